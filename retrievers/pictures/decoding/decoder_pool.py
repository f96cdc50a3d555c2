"""A few warm processes that decode pictures (`decoder`): lent one at a time, watched, replaced."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Condition, Event, Timer
from typing import Any

from retrievers.pictures.decoding.decode import (
    MAX_PIXELS,
    TooCostly,
    TookTooLong,
    TooManyPixels,
    UndecodableBytes,
)

LONGEST_HEAD = 1 << 20  # bytes that are said besides the pixels
PATIENCE = 4  # so many may share a core
ERRORS = {one.__name__: one for one in (TooCostly, TooManyPixels, UndecodableBytes)}
OUT_OF_TIME = getattr(signal, "SIGXCPU", None)

Head = dict[str, Any]
Process = subprocess.Popen[bytes]


class TooManyWait(UndecodableBytes):
    """So many dear pictures wait that this one may not."""


class Lane:
    """A few processes of one kind, started when they are needed."""

    def __init__(self, name: str, memory: int, *, size: int, waiting: int | None = None) -> None:
        self.command = [
            sys.executable,
            "-P",
            "-m",
            "retrievers.pictures.decoding.decoder_process",
            name,
        ]
        self.command.append(str(memory))
        self.size, self.most = size, waiting
        self._turn = Condition()
        self._idle, self._busy = list[Process](), set[Process]()
        self._waiting = 0
        self._closed = False

    def asked(self, data: bytes, wanted: Head, seconds: float) -> tuple[Head, bytes]:
        """Return what a process answers about a picture; raises what it says is wrong with it.

        Args:
            data: the picture's file.
            wanted: of it, as `decoder` reads that.
            seconds: of a core that it may take; the process sees to that where the system can.
        """
        with self._process() as process, _watched(process, PATIENCE * seconds) as late:
            try:
                head, pixels = _exchange(process, data, wanted)
            except (OSError, ValueError, EOFError) as error:
                process.kill()
                raise self._why(process, late) from error
        if reason := head.get("reason"):
            raise ERRORS.get(head["error"], UndecodableBytes)(reason)
        return head, pixels

    def _why(self, process: Process, late: Event) -> UndecodableBytes:
        status = process.wait()
        if self._closed:
            return UndecodableBytes("its decoding was stopped")
        if late.is_set() or (OUT_OF_TIME and status == -OUT_OF_TIME):
            return TookTooLong("too costly: decoding it took longer than one of its size may take")
        return UndecodableBytes("damaged: the program that decodes it broke down over it")

    @contextmanager
    def _process(self) -> Iterator[Process]:
        """Lend a process; one that was not left in order is ended."""
        process = self._taken()
        in_order = False
        try:
            yield process
            in_order = process.poll() is None
        finally:
            with self._turn:
                self._busy.discard(process)
                keep = in_order and not self._closed
                if keep:
                    self._idle.append(process)
                self._turn.notify()
            if not keep:
                _end(process)

    def _taken(self) -> Process:
        with self._turn:
            if self.most is not None and self._waiting >= self.most and self._is_full():
                raise TooManyWait("too many large pictures are being decoded; try again later")
            self._waiting += 1
            try:
                self._turn.wait_for(lambda: self._closed or not self._is_full())
            finally:
                self._waiting -= 1
            if self._closed:
                raise UndecodableBytes("its decoding was stopped")
            process = self._warm() or _begun(self.command)
            self._busy.add(process)
            return process

    def _is_full(self) -> bool:
        return len(self._busy) >= self.size

    def _warm(self) -> Process | None:
        while self._idle:
            process = self._idle.pop()
            if process.poll() is None:
                return process
            _end(process)
        return None

    def abandon(self, *, closed: bool = False) -> None:
        """Kill what is at work, and with `closed` begin nothing any more."""
        with self._turn:
            self._closed = closed
            for process in self._busy:
                process.kill()  # who waits for it cleans up

    def close(self) -> None:
        """End all processes; the lane cannot be used any more."""
        self.abandon(closed=True)
        with self._turn:
            while self._idle:
                _end(self._idle.pop())
            self._turn.notify_all()


def _begun(command: list[str]) -> Process:
    """Start a process: of this program's own modules, and out of reach of the terminal's Ctrl-C."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "MALLOC_ARENA_MAX": "1",  # glibc reserves 64 MB of addresses per thread
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


@contextmanager
def _watched(process: Process, seconds: float) -> Iterator[Event]:
    """Kill a process that is still at work after so long; yields whether that was done."""
    late = Event()

    def kill() -> None:
        late.set()
        process.kill()

    watch = Timer(seconds, kill)
    watch.daemon = True
    watch.start()
    try:
        yield late
    finally:
        watch.cancel()


def _end(process: Process) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            if pipe:
                pipe.close()


def _exchange(process: Process, data: bytes, wanted: Head) -> tuple[Head, bytes]:
    """Ask and read the answer.

    Raises:
        EOFError: the process ended.
        OSError: likewise.
        ValueError: what it says is no answer.
    """
    assert process.stdin and process.stdout
    process.stdin.write(json.dumps({**wanted, "bytes": len(data)}).encode() + b"\n")
    process.stdin.write(data)
    process.stdin.flush()
    head: Head = json.loads(process.stdout.readline(LONGEST_HEAD) or "EOF")
    width, height = map(int, head.get("size", (0, 0)))
    if not 0 <= width * height <= MAX_PIXELS:
        raise ValueError(f"no picture has {width} x {height} pixels")
    pixels = process.stdout.read(3 * width * height)
    if len(pixels) < 3 * width * height:
        raise EOFError
    return head, pixels
