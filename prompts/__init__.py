"""Prompt templates as text files, and their loader. Knows nobody.

The names below are what other programs may rely on (docs/stability.md); each is imported when it is
first asked for, so that the package itself costs nothing. `load` is in `prompts.load`, which would
take its name here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prompts.load import Prompt, PromptError, names, parse

__all__ = [
    "Prompt",
    "PromptError",
    "names",
    "parse",
]

_HOMES = {
    "prompts.load": "Prompt PromptError names parse",
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
