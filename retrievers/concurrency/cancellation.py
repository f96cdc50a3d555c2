"""Cancellation is a value: who works asks, between whole steps, whether to go on."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Stop:
    """Ask until the answer is yes once: what has stopped does not begin again.

    Attributes:
        should_stop: whether to stop now.
        requested: whether it was.
    """

    should_stop: Callable[[], bool]
    requested: bool = False

    def __call__(self) -> bool:
        self.requested = self.requested or self.should_stop()
        return self.requested
