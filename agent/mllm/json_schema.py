"""Whether a reply meets a JSON schema, for models whose decoding cannot be held to one.

Knows the keywords that our prompts use; a schema with any other is refused, as an answer would
otherwise pass unchecked (as it does with the package jsonschema).
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from agent.mllm.mllm import Schema

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
NOTES = {"title", "description", "default", "examples", "$schema"}
_FENCED = re.compile(r"```(?:json)?(.*?)```", re.DOTALL)


def choices(schema: Schema) -> list[str] | None:
    """Return the JSON texts of a schema that is an enumeration and no more; else None."""
    if "enum" not in schema or set(schema) - NOTES - {"enum", "type"}:
        return None
    return [json.dumps(value, ensure_ascii=False) for value in schema["enum"]]


def read_reply(reply: str, schema: Schema) -> str:
    """Return the JSON in a reply: all of it, or its first fenced block.

    Raises:
        ValueError: it is not JSON, does not meet the schema, or the schema has unknown keywords.
    """
    fenced = _FENCED.search(reply)
    text = (fenced[1] if fenced else reply).strip()
    for fault in faults(json.loads(text), schema):
        raise ValueError(fault)
    return text


def faults(value: object, schema: Schema, at: str = "$") -> Iterator[str]:
    """Yield every way in which a value does not meet a schema.

    Raises:
        ValueError: the schema has a keyword that is not known here.
    """
    if unknown := sorted(set(schema) - NOTES - KEYWORDS):
        raise ValueError(f"schema keywords {unknown} are not known; there are {sorted(KEYWORDS)}")
    if not _has_type(value, schema.get("type")):
        yield f"{at} must be {schema['type']}; got {value!r}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} must be one of {schema['enum']}; got {value!r}"
    if "const" in schema and value != schema["const"]:
        yield f"{at} must be {schema['const']!r}; got {value!r}"
    yield from _out_of_range(value, schema, at)
    if isinstance(value, dict):
        yield from _object_faults(value, schema, at)
    if isinstance(value, list) and "items" in schema:
        for place, item in enumerate(value):
            yield from faults(item, schema["items"], f"{at}[{place}]")


def _has_type(value: object, wanted: str | list[str] | None) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    if names is None:
        return True
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, TYPES[name]) for name in names)


def _out_of_range(value: object, schema: Schema, at: str) -> Iterator[str]:
    for least, most, kinds, measure in RANGES:
        if isinstance(value, kinds) and not isinstance(value, bool):
            size = measure(value)
            if not schema.get(least, size) <= size <= schema.get(most, size):
                yield f"{at} is outside {least} and {most}: {value!r}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{at} must match {schema['pattern']!r}; got {value!r}"


def _object_faults(value: dict[str, Any], schema: Schema, at: str) -> Iterator[str]:
    known = schema.get("properties", {})
    yield from (f"{at} lacks {name!r}" for name in schema.get("required", ()) if name not in value)
    if schema.get("additionalProperties") is False:
        yield from (f"{at} has {name!r} besides" for name in value if name not in known)
    for name in value.keys() & known.keys():
        yield from faults(value[name], known[name], f"{at}.{name}")


RANGES: tuple[tuple[str, str, tuple[type, ...], Any], ...] = (
    ("minimum", "maximum", (int, float), lambda number: number),
    ("minLength", "maxLength", (str,), len),
    ("minItems", "maxItems", (list,), len),
)
KEYWORDS = {"type", "enum", "const", "pattern", "properties", "required", "items"} | {
    "additionalProperties",
    *(keyword for least, most, _, _ in RANGES for keyword in (least, most)),
}
