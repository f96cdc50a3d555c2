"""Whether a condition has the value that a right reading names."""

import re
from typing import Any

_BOUNDS = ("after", "before", "min_pixels", "max_pixels")


def same(name: str, value: Any, wish: Any) -> bool:
    """Whether a condition has the value that is wished; `low..high` is a window."""
    if name in _BOUNDS:
        low, dots, high = str(wish).partition("..")
        if not dots:
            return str(value) == low
        return low <= str(value) <= high if "-" in low else int(low) <= int(value) <= int(high)
    if name in ("paths", "not_paths"):
        return _spaced(wish) in _spaced(value)
    if name in ("tags", "not_tags"):
        return sorted(_folded(value)) == sorted(_folded(wish))
    if name in ("camera", "not_camera"):
        return _folded(value) == _folded(wish)
    return str(value) == str(wish)


def _folded(value: Any) -> list[str]:
    return [str(one).casefold() for one in ([value] if isinstance(value, str) else value)]


def _spaced(value: Any) -> str:
    return re.sub(r"[\s_]+", " ", " ".join(_folded(value)))
