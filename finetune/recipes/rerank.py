"""The second stage: a BLIP-2 that matches, or an MLLM that selects, trained on captioned pictures.

`blip2`: ITC + ITM (+ ITG) on the Q-Former (BLIP-2, arXiv:2301.12597). `pick` and `yesno`: selection
tuning in the manner of InternLM-XComposer (arXiv:2309.15112) on shortlists of the first stage.
"""

from finetune.job import Job, Recipe
from finetune.rerank.qformer_job import QformerJob
from finetune.rerank.selection_job import SelectionJob
from finetune.rerank.settings import RerankConfig


def open_job(config: RerankConfig) -> Job:
    """Open the job of the method.

    Raises:
        FinetuneError: the base or the data cannot be read, or do not go together.
    """
    if config.method == "blip2":
        return QformerJob(config)
    return SelectionJob(config)


RECIPE = Recipe(
    "rerank",
    "a BLIP-2 or an MLLM that reorders what the first stage found",
    RerankConfig,
    open_job,
)
