"""Wrong tokens by the address that they come from: after some, it has to wait before it tries more.

Behind a proxy all clients have its address, and wait together; who is signed in does not.
"""

import ipaddress
from collections import deque
from math import ceil
from time import monotonic

from cachetools import LRUCache

FREE = 30  # wrong tokens within a minute
MINUTE = 60.0
KNOWN = 10_000  # addresses that are remembered, the latest


class Guesses:
    """Count wrong tokens."""

    def __init__(self) -> None:
        self._wrong: LRUCache[str, deque[float]] = LRUCache(KNOWN)

    def wait(self, address: str) -> int:
        """Return the seconds that this address has to wait; 0: it may try."""
        times = self._wrong.get(_network(address))
        if times is None or len(times) < FREE:
            return 0
        return max(0, ceil(times[0] + MINUTE - monotonic()))

    def wrong(self, address: str) -> None:
        """Note that a token which came from there is nobody's."""
        self._wrong.setdefault(_network(address), deque(maxlen=FREE)).append(monotonic())


def _network(address: str) -> str:
    """Return what one client has of addresses: of IPv6 it has 64 bits' worth."""
    try:
        known = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(getattr(known, "ipv4_mapped", None) or known)
