"""Fine-tuning: data becomes an adapter that search, chat and eval load by path.

The names below are what other programs may rely on (docs/stability.md); each is imported when it is
first asked for, so that the package itself costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finetune.dialogues.benchmark import benchmark_of
    from finetune.dialogues.dialogue import Dialogue, read_dialogues, write_dialogues
    from finetune.dialogues.template_dialogues import made_of
    from finetune.error import FinetuneError
    from finetune.job import Recipe, TrainingJob
    from finetune.settings import Lora, Training
    from finetune.training.settings_file import read_config
    from finetune.training.start import begin, recipe_of, resume

__all__ = [
    "Dialogue",
    "FinetuneError",
    "Lora",
    "Recipe",
    "Training",
    "TrainingJob",
    "begin",
    "benchmark_of",
    "made_of",
    "read_config",
    "read_dialogues",
    "recipe_of",
    "resume",
    "write_dialogues",
]

_HOMES = {
    "finetune.training.settings_file": "read_config",
    "finetune.dialogues.benchmark": "benchmark_of",
    "finetune.dialogues.dialogue": "Dialogue read_dialogues write_dialogues",
    "finetune.dialogues.template_dialogues": "made_of",
    "finetune.error": "FinetuneError",
    "finetune.job": "TrainingJob Recipe",
    "finetune.training.start": "begin recipe_of resume",
    "finetune.settings": "Lora Training",
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
