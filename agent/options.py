"""Whether a file's options are those of what they are handed to: a stage's opener, a model."""

from collections.abc import Callable, Mapping
from dataclasses import field, make_dataclass
from importlib import import_module
from inspect import Parameter, signature
from typing import Any, get_type_hints

from agent.typed_toml import wrong

MODELS = {
    "offline": "agent.mllm.offline_mllm:OfflineMllm",
    "openai": "agent.mllm.openai_mllm:OpenAiMllm",
    "transformers": "agent.mllm.transformers_mllm:TransformersMllm",
}
"""What is given a model's options, by the beginning of its name."""


def found(where: str) -> Callable[..., Any]:
    """Return the function or class at `module:name`, whose module is imported if need be.

    Raises:
        ImportError: a package that it needs is missing.
    """
    module, _, name = where.partition(":")
    made: Callable[..., Any] = getattr(import_module(module), name)
    return made


def wrong_options(options: Mapping[str, Any], where: str, *, table: str) -> list[str]:
    """Return a line for each option that is not taken, or whose value is of another kind.

    Args:
        options: keyword arguments, as a file holds them.
        where: of what takes them, as `found` has it; if a package that it needs is missing,
            opening it says so, and nothing is refused here.
        table: what the options are called.
    """
    if not options:
        return []
    try:
        taken = _keywords(found(where))
    except ImportError:
        return []
    return [f"{table}.{line}" for line in wrong(taken, options)]


def _keywords(made: Callable[..., Any]) -> type[Any]:
    """Return a dataclass of the keyword-only arguments, none of them needed."""
    hints = get_type_hints(vars(made)["__init__"] if isinstance(made, type) else made)
    names = [
        one.name
        for one in signature(made).parameters.values()
        if one.kind is Parameter.KEYWORD_ONLY
    ]
    return make_dataclass("Options", [(name, hints[name], field(default=None)) for name in names])
