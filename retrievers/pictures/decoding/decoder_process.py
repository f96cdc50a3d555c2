"""A process that decodes pictures for another one, which may kill it: `python -m`, and its limits.

Its standard input brings requests, a line of JSON and the file each; its standard output takes the
answers, a line of JSON and raw pixels: never a pickle, for who has broken into this process must
not get into the other. It ends when its input does.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from time import process_time
from typing import Any, BinaryIO

from retrievers.pictures.decoding.decode import TooCostly, UndecodableBytes, decode, facts_of
from retrievers.pictures.decoding.decoding_cost import Cost, seconds_for
from retrievers.pictures.metadata.facts import to_json

if sys.platform != "win32":
    import resource

LIGHT = Cost(pixels=24_000_000, seconds=1.0, bytes=400_000_000)
"""What a picture may cost, as estimated, in the lane of the many."""

LIGHT_SECONDS = 2.0  # that it may take there in fact
ROOM = 1 << 28  # bytes for whatever is not the picture

Answer = tuple[dict[str, Any], bytes]


def main(lane: str, memory: int) -> None:
    """Answer until the input ends."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)  # who asks decides when this ends
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # decoders that print shall not be taken for answers
    light = lane == "light"
    _leave_no_core()
    _limit_memory(min(memory, LIGHT.bytes) if light else memory)
    asked: SimpleQueue[tuple[dict[str, Any], bytes]] = SimpleQueue()
    Thread(target=_listen, args=(sys.stdin.buffer, asked), daemon=True).start()
    while True:
        _limit_seconds(LIGHT_SECONDS if light else seconds_for(0))
        wanted, data = asked.get()
        spent = wanted.get("spent", 0.0)
        if spent:
            _limit_seconds(seconds_for(0) - spent)
        head, pixels = _answer(wanted, data, _check_light if light else _checked(memory, spent))
        answers.write(json.dumps(head).encode() + b"\n" + pixels)
        answers.flush()


def _listen(source: BinaryIO, asked: "SimpleQueue[tuple[dict[str, Any], bytes]]") -> None:
    """Read in a thread of its own: when nobody asks any more, a decode under way is of no use."""
    while line := source.readline():
        wanted = json.loads(line)
        asked.put((wanted, source.read(wanted["bytes"])))
    os._exit(0)


def _answer(wanted: dict[str, Any], data: bytes, afford: Callable[[Cost], None]) -> Answer:
    try:
        if not wanted["min_side"]:
            return {"said": to_json(facts_of(data, afford=afford))}, b""
        held = decode(data, min_side=wanted["min_side"], most=wanted["most"], afford=afford)
    except UndecodableBytes as error:
        return {"error": type(error).__name__, "reason": str(error)}, b""
    said = to_json(facts_of(data)) if wanted["facts"] else "{}"
    head = {"full": (held.width, held.height), "size": held.image.size, "said": said}
    return head, held.image.tobytes()


def _check_light(cost: Cost) -> None:
    if not cost.is_within(LIGHT):
        raise TooCostly("a matter for the other lane")


def _checked(memory: int, spent: float) -> Callable[[Cost], None]:
    def check(cost: Cost) -> None:
        limit = seconds_for(cost.pixels)
        size = f"{cost.pixels / 1e6:.0f} megapixels"
        if cost.bytes > memory:
            takes = f"{cost.bytes / 1e9:.1f} GB of memory; the limit is {memory / 1e9:.1f}"
            raise TooCostly(f"too large: to decode its {size} takes {takes}")
        if cost.seconds > limit:
            takes = f"{cost.seconds:.0f} seconds; the limit is {limit:.0f}"
            raise TooCostly(f"too costly: to decode its {size} takes {takes}")
        _limit_seconds(limit - spent)

    return check


def _limit_seconds(more: float) -> None:
    """Be killed after so many more seconds of CPU time, where the system does that."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (round(process_time() + more), hard))


def _limit_memory(more: int) -> None:
    """Get no more than so much memory, on Linux; elsewhere the estimate has to do."""
    if sys.platform == "linux":
        pages = Path("/proc/self/statm").read_text().split()[0]
        now = int(pages) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (now + more + ROOM, hard))


def _leave_no_core() -> None:
    """Write no file of the memory when a limit or a fault ends this."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
