"""What pydantic found wrong with a request, in words, field by field."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from app.server.contract.errors import Problem

MOST = 20  # that are told
LONGEST = 60  # characters of a wrong value that are said
_IN_JSON = {None: "null", True: "true", False: "false"}
_BODY = "a JSON object, as application/json"
_ALTERNATIVE = re.compile(
    r"(?:str|int|float|bool|bytes|date|datetime|none|nullable|list|dict|any|constrained-\w+|chain"
    r"|[a-z-]+\[.*\]|[a-z]+-[a-z-]+|[A-Z]\w*)$"
)
"""What pydantic calls an alternative in an error's place; our fields have other names."""


def problems(errors: Sequence[Mapping[str, Any]], *, within: int) -> list[Problem]:
    """Return what is wrong with each field; fields that do not exist are named one by one.

    Args:
        errors: as pydantic lists them.
        within: parts of a field's place that say no more than where the request holds it.
    """
    every = _of_one_alternative([_placed(one, within) for one in errors])
    return list(islice(chain.from_iterable(map(_problems, every)), MOST))


def problems_sentence(problems: Sequence[Problem]) -> str:
    """Write a sentence of each: `k must be less than or equal to 200; got 500`."""
    return "; ".join(f"{one.field} {one.problem}".strip() for one in problems)


def utf8(text: str) -> str:
    """Write what UTF-8 cannot hold as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _placed(error: Mapping[str, Any], within: int) -> dict[str, Any]:
    """Return an error whose place holds fields only, and where alternatives stood in it."""
    loc = [] if error["type"] == "json_invalid" else list(error["loc"][within:])
    either = next((at for at, one in enumerate(loc) if _ALTERNATIVE.match(str(one))), None)
    fields = [one for one in loc if not _ALTERNATIVE.match(str(one))]
    return {**error, "loc": fields, "either": None if either is None else tuple(fields[:either])}


def _of_one_alternative(errors: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield one error of a value that fits no alternative: of that which fits best, or of all."""
    told = set[tuple[Any, ...]]()
    for error in errors:
        if error["either"] is None:
            yield error
        elif error["either"] not in told:
            told.add(error["either"])
            alike = [one for one in errors if one["either"] == error["either"]]
            deepest = max(len(one["loc"]) for one in alike)
            best = [one for one in alike if len(one["loc"]) == deepest]
            first, *others = dict.fromkeys(map(_sentence, best))
            text = " or ".join([first, *(one.removeprefix("must ") for one in others)])
            yield {**best[0], "sentence": text}


def _problems(error: Mapping[str, Any]) -> Iterator[Problem]:
    where = _named(error["loc"])
    message, given = error.get("sentence") or _sentence(error), error.get("input")
    if error["type"] == "unknown_fields":
        for name in error["ctx"]["names"]:
            shown = name if len(name) <= LONGEST else f"{name[:LONGEST]}..."
            yield Problem(field=_named([where, shown] if where else [shown]), problem=message)
    elif error["type"] == "exclusive":
        one, other = error["ctx"]["names"]
        for name, rival in ((one, other), (other, one)):
            said = f"does not go with {rival}; {error['ctx']['why']}"
            yield Problem(field=_named([where, name] if where else [name]), problem=said)
    elif error["type"] in ("missing", "json_invalid") or isinstance(given, dict | list | bytes):
        yield Problem(field=where, problem=message)
    else:
        shown = _IN_JSON[given] if given is None or isinstance(given, bool) else repr(given)
        shown = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}..."
        yield Problem(field=where, problem=utf8(f"{message}; got {shown}"))


def _sentence(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"the body is no JSON: {error.get('ctx', {}).get('error', 'it cannot be read')}"
    if error["type"] == "missing":
        return "is missing" if error["loc"] else f"the body is missing; send {_BODY}"
    if error["type"] in ("model_attributes_type", "model_type", "dict_type"):
        return "must be a JSON object" if error["loc"] else f"the body must be {_BODY}"
    if error["type"] == "date_from_datetime_inexact":
        return "must be a valid date, such as 2019-07-04"
    plain = " ".join(str(error["msg"]).removeprefix("Value error, ").split())
    plain = re.sub(
        r", (?:unable to|input is|invalid|got a).*| after validation, not \d+$", "", plain
    )
    return utf8(re.sub(r"^\w+ should\b", "must", plain))


def _named(location: Sequence[Any]) -> str:
    """Write where a field is: `filters.paths[0]`."""
    written = ""
    for one in location:
        written += f"[{one}]" if isinstance(one, int) else f".{one}" if written else str(one)
    return utf8(written)
