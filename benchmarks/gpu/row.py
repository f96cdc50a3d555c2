"""One line of the table: a figure of the GPU, and whether the CPU says the same."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

import torch


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement.

    Attributes:
        what: was measured.
        figure: with its unit.
        check: what was compared with the CPU, and what came of it.
        agrees: whether that is good enough.
    """

    what: str
    figure: str
    check: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """Where, and how much.

    Attributes:
        device: `cuda`, or `cpu` to try the program itself.
        small: tiny networks and few rows, whose figures mean nothing.
    """

    device: str
    small: bool

    def of(self, real: int, small: int) -> int:
        """Return the size for this run."""
        return small if self.small else real


Measure = Callable[[Scale], Iterator[Row]]


def seconds(act: Callable[[], object], *, times: int = 1) -> float:
    """Return the seconds that one of several calls took, all work of the GPU included."""
    _wait()
    begin = perf_counter()
    for _ in range(times):
        act()
    _wait()
    return (perf_counter() - begin) / times


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
