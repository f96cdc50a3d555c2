"""Fails a test when a call of ours is warned of, such as a deprecated one: see `make test-newest`.

A pytest plugin. Whose call it was, a package says with its `stacklevel`, and the stack says, too:
outwards from the package that warns, past what only passes calls on, the first line met called it.
What packages are warned of among themselves is not ours to mend.
"""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

HOUSE = Path(__file__).parents[1]
OURS = ("agent", "app", "benchmarks", "eval", "finetune", "prompts", "retrievers", "tests")
PASSING_ON = ("torch.nn.modules.module", "torch.utils._contextlib")
"""Modules of other packages that call what they are given; those of the standard library do."""


def is_ours(frame: FrameType | None) -> bool:
    """Tell whether what warns in this frame was called by a line of ours."""
    warner = _package(frame)
    while frame and not _of_ours(frame) and (_passes_on(frame) or _package(frame) == warner):
        frame = frame.f_back
    return bool(frame) and _of_ours(frame)


def _module(frame: FrameType | None) -> str:
    return str(frame.f_globals.get("__name__", "")) if frame else ""


def _package(frame: FrameType | None) -> str:
    return _module(frame).partition(".")[0]


def _passes_on(frame: FrameType) -> bool:
    return _package(frame) in sys.stdlib_module_names or _module(frame) in PASSING_ON


def _of_ours(frame: FrameType | None) -> bool:
    path = Path(frame.f_code.co_filename) if frame else Path()
    return any(HOUSE / name in path.parents for name in OURS)


class _CalledByUs:
    """Stands in a filter where the pattern of a warning's text does, and looks at the stack."""

    def match(self, _: str) -> bool:
        return is_ours(sys._getframe(1))


def _be_strict() -> None:
    """Come before `default` for all, and after what pyproject.toml or a test says of some."""
    warnings.filterwarnings("error", module=rf"({'|'.join(OURS)})(\.|$)")
    filters: list[object] = warnings.filters  # type: ignore[assignment]
    strict = [filters.pop(0), ("error", _CalledByUs(), Warning, None, 0)]
    at = filters.index(("default", None, Warning, None, 0))
    filters[at:at] = strict


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    _be_strict()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    _be_strict()
    return (yield)
