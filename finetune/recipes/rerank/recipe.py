"""The second stage: a BLIP-2 that matches, or an MLLM that selects, trained on captioned pictures.

`blip2`: ITC + ITM (+ ITG) on the Q-Former (BLIP-2, arXiv:2301.12597). `pick` and `yesno`: selection
tuning in the manner of InternLM-XComposer (arXiv:2309.15112) on shortlists of the first stage.
"""

from dataclasses import replace
from typing import Any

from torch import nn

from finetune.data import first_part
from finetune.job import Recipe, Size, TrainingJob
from finetune.model.lora_layers import adapted
from finetune.recipes.rerank.blip2_job import QformerJob, fitted
from finetune.recipes.rerank.selection_job import SelectionJob
from finetune.recipes.rerank.settings import RerankConfig
from finetune.recipes.rerank.shortlists import count_captions

QUERIES, WORDS = 32, 60  # of a Q-Former; of a caption with what is asked about it
PICTURE = 350  # tokens of one of 448 x 600 pixels, 28 x 28 each, as Qwen's


def open_job(config: RerankConfig) -> TrainingJob:
    """Open the job of the method.

    Raises:
        FinetuneError: the base or the data cannot be read, or do not go together.
    """
    if config.method == "blip2":
        return QformerJob(config)
    return SelectionJob(config)


def size(config: RerankConfig) -> Size:
    """Count the captions to train on, and estimate the tokens of one example.

    Raises:
        FinetuneError: the captions cannot be read.
    """
    pictures, captions = count_captions(config.captions, config.pictures, config.columns)
    trained = round(captions * (1 - config.validation))
    if config.method == "blip2":
        tokens = (4 + config.itg) * (QUERIES + WORDS)  # ITC, three times ITM, ITG
        asked = config.k * (QUERIES + WORDS)
    elif config.method == "pick":
        tokens = config.k * PICTURE + WORDS
        asked = 2 * tokens  # in two orders
    else:
        tokens = 2 * (PICTURE + WORDS)
        asked = config.k * (PICTURE + WORDS)
    return Size(pictures, trained, tokens, asked * (captions - trained))


def fit(model: Any, config: RerankConfig) -> nn.Module:
    """Put what is trained into a base without weights."""
    if config.method == "blip2":
        return fitted(model, config)[0]
    found: nn.Module = adapted(model, replace(config.lora, bits=0))
    return found


RECIPE = Recipe(
    "rerank",
    "a BLIP-2 or an MLLM that reorders what the first stage found",
    RerankConfig,
    open_job,
    size,
    first_part.of_captions,
    fit,
)
