"""Texts of a request as UTF-8 can hold them: JSON may escape half of a character."""

import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")


def whole(value: Any) -> Any:
    """Replace lone surrogates in every text of a JSON value, names of fields included."""
    match value:
        case str():
            return value if value.isascii() else _HALF.sub("\N{REPLACEMENT CHARACTER}", value)
        case list():
            return [whole(one) for one in value]
        case dict():
            return {whole(name): whole(one) for name, one in value.items()}
    return value
