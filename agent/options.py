"""Whether values of a file are of the kinds that annotations say: a stage's fields, its options."""

from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import Parameter, signature
from math import isfinite
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

MODELS = {
    "offline": "agent.mllm.offline_mllm:OfflineMllm",
    "openai": "agent.mllm.openai_mllm:OpenAiMllm",
    "transformers": "agent.mllm.transformers_mllm:TransformersMllm",
}
REWRITERS = {
    "cirevl": "",
    "eiirwqr": "agent.rewrite.eiirwqr:Eiirwqr",
    "plugir": "",
    "trained": "",
}
RERANKERS = {
    "blip2": "agent.rerank.blip2:open_blip2",
    "cross-encoder": "agent.rerank.cross_encoder:open_cross_encoder",
    "yesno": "agent.rerank.pointwise:PointwiseReranker",
    "pick": "agent.rerank.choices:Pick",
    "listwise": "agent.rerank.choices:Listwise",
    "pairwise": "agent.rerank.choices:Pairwise",
    "propositions": "agent.rerank.propositions:Propositions",
}
"""What is given the options, imported when there are any: a class or a function; empty: nothing."""

_KINDS = {
    str: "a text in quotes",
    Path: "a text in quotes",
    bool: "true or false, without quotes",
    int: "a whole number, without quotes",
    float: "a number, without quotes",
    Mapping: "a table",
}


def require(value: Any, wanted: Any, *, name: str) -> None:
    """Refuse a value that is not of the kind that an annotation says.

    Raises:
        ValueError: it is not; the message names it and says what it must be.
    """
    if not _fits(value, wanted):
        raise ValueError(f"{name} must be {_words(wanted)}; got {value!r}")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{name} must be a finite number; got {value!r}")


def require_options(options: Mapping[str, Any], maker: str, *, table: str) -> None:
    """Refuse options that what is made of them does not take.

    Args:
        options: keyword arguments, as a file holds them.
        maker: `module:name` of a class or function; if a package that it needs is missing, opening
            it says so, and nothing is refused here.
        table: what the options are called.

    Raises:
        ValueError: there is no such option, or its value is of another kind.
    """
    if not options:
        return
    try:
        known = _settable(maker) if maker else {}
    except ImportError:
        return
    for name, value in options.items():
        if name not in known:
            there = f"there are {', '.join(known)}" if known else "it has none"
            raise ValueError(f"{table}.{name}: there is no such option; {there}")
        require(value, known[name], name=f"{table}.{name}")


def _settable(maker: str) -> dict[str, Any]:
    """Return the annotation of each option that a file can hold a value of."""
    module, _, name = maker.partition(":")
    made: Callable[..., Any] = getattr(import_module(module), name)
    hints = get_type_hints(vars(made)["__init__"] if isinstance(made, type) else made)
    return {
        one.name: hints[one.name]
        for one in signature(made).parameters.values()
        if one.name in hints and one.kind is Parameter.KEYWORD_ONLY and _plain(hints[one.name])
    }


def _plain(wanted: Any) -> list[Any]:
    """Return the kinds of an annotation that a file can hold: `str` and `Path` of `str | Path`."""
    if get_origin(wanted) in (Union, UnionType):
        return [kind for one in get_args(wanted) for kind in _plain(one)]
    bare = get_origin(wanted) or wanted
    return [wanted] if bare in (*_KINDS, Literal, tuple) else []


def _fits(value: Any, wanted: Any) -> bool:
    if value is None:
        return NoneType in get_args(wanted)
    return any(_is(value, kind) for kind in _plain(wanted))


def _is(value: Any, kind: Any) -> bool:
    origin, held = get_origin(kind), get_args(kind)
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in held)
    if origin is tuple:
        return (
            isinstance(value, list | tuple)
            and len(value) == len(held)
            and all(_fits(one, each) for one, each in zip(value, held, strict=True))
        )
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            held[1] is Any or _fits(one, held[1]) for one in value.values()
        )
    if isinstance(value, bool):
        return kind is bool
    taken = {float: int | float, Path: str | Path}
    return isinstance(value, taken.get(kind, kind))


def _words(wanted: Any) -> str:
    return " or ".join(dict.fromkeys(_word(kind) for kind in _plain(wanted)))


def _word(kind: Any) -> str:
    origin, held = get_origin(kind), get_args(kind)
    if origin is Literal:
        return f"one of {', '.join(map(repr, held))}"
    if origin is tuple:
        return f"{len(held)} in brackets, each {_words(held[0])}"
    return _KINDS[origin or kind]
