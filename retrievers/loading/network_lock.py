"""Taking turns: one lock for each loaded network, held for a forward.

Some networks keep what belongs to the forward that is running (Qwen-VL its positions, partial LoRA
its mask), and a tokenizer its padding, so that threads that run one at once answer each other's
questions. Whoever runs a network takes its turn, from the tokens to what comes out.
"""

from threading import Lock, RLock
from typing import Any
from weakref import WeakKeyDictionary

_TURNS: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
_ADDING = Lock()


def turn_of(network: Any) -> Any:
    """Return the lock of a loaded network, the same for all who share it; one may take it twice.

    Args:
        network: what is run, such as a torch module; compared by identity.
    """
    with _ADDING:
        found = _TURNS.get(network)
        if found is None:
            found = _TURNS[network] = RLock()
        return found
