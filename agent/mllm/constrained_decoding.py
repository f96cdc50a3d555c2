"""Greedy decoding that is held to a JSON schema, for models of transformers in this process.

The schema becomes a regular expression of compact JSON, properties in their order; at each step the
likeliest token is taken with which the text can still match (Willard and Louf, arXiv:2307.09702,
section 3, without their index: our replies are short). Characters that a tokenizer spreads over
several tokens can only be written as escapes.
"""

import json
from collections.abc import Mapping
from typing import Any

import regex  # type: ignore[import-untyped, unused-ignore]
import torch
from torch import Tensor
from transformers import LogitsProcessor

from agent.mllm.json_schema import NOTES
from agent.mllm.mllm import Schema

_CHARACTER = r'(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-f]{4})'
_PLAIN = {
    "integer": r"-?(?:0|[1-9][0-9]{0,8})",
    "number": r"-?(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,6})?",
    "boolean": "(?:true|false)",
    "null": "null",
}
_KNOWN: Mapping[str, set[str]] = {
    "string": {"minLength", "maxLength"},
    "array": {"items", "minItems", "maxItems"},
    "object": {"properties", "required", "additionalProperties"},
}


def pattern(schema: Schema) -> str | None:
    """Return a regular expression of what meets a schema; None: it says more than this can."""
    try:
        return _pattern(schema)
    except KeyError:
        return None


def _pattern(schema: Schema) -> str:
    if "enum" in schema:
        values = [json.dumps(value, ensure_ascii=False) for value in schema["enum"]]
        return f"(?:{'|'.join(map(regex.escape, values))})"
    kind = schema["type"]
    if set(schema) - NOTES - {"type"} - _KNOWN.get(kind, set()):
        raise KeyError(kind)
    if kind == "string":
        return f'"{_CHARACTER}{_times(schema, "Length", 0)}"'
    if kind == "array":
        return _array(schema)
    if kind == "object":
        parts = [f'"{name}": ?{_pattern(one)}' for name, one in schema["properties"].items()]
        return r"\{" + ", ?".join(parts) + r"\}"
    return _PLAIN[kind]


def _array(schema: Schema) -> str:
    item = _pattern(schema["items"])
    filled = rf"\[{item}(?:, ?{item}){_times(schema, 'Items', 1)}\]"
    return filled if schema.get("minItems", 0) else rf"(?:\[\]|{filled})"


def _times(schema: Schema, measure: str, counted: int) -> str:
    least = max(schema.get(f"min{measure}", 0) - counted, 0)
    most = schema.get(f"max{measure}")
    return f"{{{least},{'' if most is None else most - counted}}}"


class HeldTo(LogitsProcessor):  # type: ignore[misc, unused-ignore]
    """Leave the likeliest token with which a lone reply can still match a pattern.

    Args:
        pattern: of the whole reply.
        tokenizer: reads tokens.
        ends: the token that ends a reply.
    """

    def __init__(self, pattern: str, tokenizer: Any, ends: int) -> None:
        self._matches = regex.compile(rf" ?{pattern}").fullmatch
        self._tokenizer, self._ends = tokenizer, ends
        self._start: int | None = None

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        if self._start is None:
            self._start = input_ids.shape[1]
        written = input_ids[0, self._start :].tolist()
        kept = torch.full_like(scores, -torch.inf)  # [1, V]
        kept[0, self._likeliest(written, scores[0])] = 0.0
        return kept

    def _likeliest(self, written: list[int], scores: Tensor) -> int:
        text = self._read(written)
        for token in scores.argsort(descending=True).tolist():
            if token == self._ends:
                if self._matches(text):
                    return int(token)
                continue
            longer = self._read([*written, token])
            if len(longer) > len(text) and "\ufffd" not in longer and self._can_match(longer):
                return int(token)
        return self._ends

    def _can_match(self, text: str) -> bool:
        return self._matches(text, partial=True) is not None

    def _read(self, tokens: list[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))


def closed(reply: str, wanted: str) -> str:
    """Close what is open in a reply that ran out of tokens, as late as that makes it match.

    A reply that matches is returned as it is, and so is one that no closing helps.
    """
    whole = regex.compile(wanted)
    for end in range(len(reply), 0, -1):
        text = reply[:end].rstrip(", ")
        for quote in ("", '"'):
            if whole.fullmatch(ended := text + quote + _closers(text + quote)):
                return str(ended)
    return reply


def _closers(text: str) -> str:
    bare = regex.sub(rf'"{_CHARACTER}*"', "", text)
    opened: list[str] = []
    for mark in bare:
        if mark in "[{":
            opened.append("]" if mark == "[" else "}")
        elif mark in "]}" and opened:
            opened.pop()
    return "".join(reversed(opened))
