"""Several threads that ask one network at once, and what they must be answered."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, get_ident
from time import sleep
from typing import Any

ROUNDS = 4


class Inside:
    """Counts the threads that are inside of a torch network at once.

    Attributes:
        most: the most there were.
    """

    def __init__(self, network: Any) -> None:
        self.most, self._lock, self._depths = 0, Lock(), Counter[int]()
        for module in network.modules():
            module.register_forward_pre_hook(self._enter)
            module.register_forward_hook(self._leave, always_call=True)

    def _enter(self, *_: Any) -> None:
        with self._lock:
            self._depths[get_ident()] += 1
            self.most = max(self.most, len(+self._depths))
        sleep(1e-5)  # let another one come in, if it can

    def _leave(self, *_: Any) -> None:
        with self._lock:
            self._depths[get_ident()] -= 1


def assert_threads_are_answered_as_one(
    ask: Callable[[Any], Any], asked: Sequence[Any], network: Any = None
) -> None:
    """Ask everything several times from four threads that change often.

    Args:
        network: of torch, in which there must never be two threads.
    """
    alone = [ask(one) for one in asked]
    inside = Inside(network) if network is not None else None
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(ask, [*asked] * ROUNDS))
    finally:
        sys.setswitchinterval(before)
    wrong = sum(one != other for one, other in zip(together, alone * ROUNDS, strict=True))
    assert not wrong, f"{wrong} of {len(together)} answers are another's"
    assert inside is None or inside.most == 1
