"""What scripts read: JSON that every reader takes, whatever the bytes of files' names are."""

import json
import re
from math import isfinite
from typing import Any

from retrievers.text.display import escape
from retrievers.text.lettering import cleaned, whole

_BYTE = re.compile("(?<![\ud800-\udbff])[\udc80-\udcff]")


def as_document(value: Any, *, indent: int | None = 2) -> str:
    """Return a value as JSON without lone surrogates; a number that is not finite is null."""
    return json.dumps(_finite(whole(value, as_utf8)), indent=indent, allow_nan=False)


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if isfinite(value) else None
        case list() | tuple():
            return [_finite(one) for one in value]
        case dict():
            return {name: _finite(one) for name, one in value.items()}
    return value


def as_utf8(text: str) -> str:
    r"""Return a text as UTF-8 can hold it: a byte of a name that is none as `\xff`."""
    if text.isascii():
        return text
    return cleaned(_BYTE.sub(lambda byte: escape(byte[0]), text))
