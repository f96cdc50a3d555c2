"""What pydantic found wrong with a request, in words, field by field."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from app.server.errors import Problem

MOST = 20  # that are told
LONGEST = 60  # characters of a wrong value that are said


def problems(errors: Sequence[Mapping[str, Any]], *, within: int) -> list[Problem]:
    """Return what is wrong with each field; fields that do not exist are named one by one.

    Args:
        errors: as pydantic lists them.
        within: parts of a field's place that say no more than where the request holds it.
    """
    return list(islice(chain.from_iterable(_problems(one, within) for one in errors), MOST))


def told(problems: Sequence[Problem]) -> str:
    """Write a sentence of each: `k must be less than or equal to 200; got 500`."""
    return "; ".join(f"{one.field} {one.problem}".strip() for one in problems)


def utf8(text: str) -> str:
    """Write what UTF-8 cannot hold as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _problems(error: Mapping[str, Any], within: int) -> Iterator[Problem]:
    where = "" if error["type"] == "json_invalid" else _named(error["loc"][within:])
    message, given = _sentence(error), error.get("input")
    if error["type"] == "unknown_fields":
        for name in error["ctx"]["names"]:
            shown = name if len(name) <= LONGEST else f"{name[:LONGEST]}..."
            yield Problem(field=_named([where, shown] if where else [shown]), problem=message)
    elif error["type"] == "exclusive":
        one, other = error["ctx"]["names"]
        for name, rival in ((one, other), (other, one)):
            said = f"does not go with {rival}; {error['ctx']['why']}"
            yield Problem(field=_named([where, name] if where else [name]), problem=said)
    elif error["type"] in ("missing", "json_invalid") or isinstance(given, dict | list):
        yield Problem(field=where, problem=message)
    else:
        shown = repr(given)
        shown = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}..."
        yield Problem(field=where, problem=utf8(f"{message}; got {shown}"))


def _sentence(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"the body is no JSON: {error.get('ctx', {}).get('error', 'it cannot be read')}"
    if error["type"] == "missing":
        return "is missing"
    if error["type"] in ("model_attributes_type", "model_type", "dict_type"):
        return "must be a JSON object, sent as application/json"
    plain = str(error["msg"]).removeprefix("Value error, ")
    return utf8(re.sub(r"^\w+ should\b", "must", " ".join(plain.split())))


def _named(location: Sequence[Any]) -> str:
    """Write where a field is: `filters.paths[0]`."""
    written = ""
    for one in location:
        written += f"[{one}]" if isinstance(one, int) else f".{one}" if written else str(one)
    return utf8(written)
