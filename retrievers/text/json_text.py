"""JSON that others wrote: whatever is wrong with it is one kind of error."""

import json
from typing import Any

from retrievers.text.lettering import whole


def json_of(text: str | bytes) -> Any:
    """Return what a text says, every letter in it whole.

    Raises:
        ValueError: it is no JSON, is nested too deeply, or holds a number of thousands of digits.
    """
    try:
        return whole(json.loads(text))
    except RecursionError as error:
        raise ValueError(f"nested too deeply: {error}") from error
