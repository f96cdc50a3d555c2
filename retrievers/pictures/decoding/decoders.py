"""Where pictures from elsewhere are decoded: plain ones here, all others in processes of their own.

A plain picture is a JPEG or PNG of moderate size and few parts, as nearly every photograph is: its
decoder is simple, and its cost known from its markers. The rest may take minutes or gigabytes, or
break a decoder; it is decoded by processes (`decoder`) that are limited in time and memory, start
when the first such picture comes, and are kept warm.

There are two lanes, so that what is dear never holds up what is not: a few processes with seconds
for each picture, and one for all that takes more.
"""

import os
from contextlib import suppress
from dataclasses import replace
from typing import Self
from weakref import finalize

from PIL.Image import frombytes

from retrievers.pictures.decoding import decode as here
from retrievers.pictures.decoding.decode import (
    MAX_PIXELS,
    Decoded,
    TooCostly,
    TookTooLong,
    UndecodableBytes,
)
from retrievers.pictures.decoding.decoder_pool import Head, Lane
from retrievers.pictures.decoding.decoder_process import LIGHT_SECONDS
from retrievers.pictures.decoding.decoding_cost import is_plain, seconds_for
from retrievers.pictures.files.kinds import kind_of
from retrievers.pictures.metadata.facts import Facts, from_json

MEMORY = 3_000_000_000  # bytes that one picture may take


class Decoders:
    """Decode pictures, whatever they are.

    Who works for others, or may be stopped, has decoders of its own and closes them, which kills
    what they are at.

    Args:
        many: pictures of moderate cost at a time.
        memory: bytes that one picture may take.
        waiting: dear pictures that may wait; None: all.
    """

    def __init__(
        self, *, many: int = os.cpu_count() or 1, memory: int = MEMORY, waiting: int | None = None
    ) -> None:
        self._light = Lane("light", memory, size=max(2, many))
        self._heavy = Lane("heavy", memory, size=1, waiting=waiting)
        self._end = finalize(self, _close, self._light, self._heavy)  # at exit at the latest

    def decode(
        self, data: bytes, *, min_side: int, most: int = MAX_PIXELS, facts: bool = False
    ) -> Decoded:
        """Decode as `decode` in `decode.py` does; with `facts`, read what the file says.

        Raises:
            TooCostly: it would take more time or memory than a picture may, or took it.
            TooManyPixels: it states more than `most`.
            TooManyWait: other dear pictures come first.
            UndecodableBytes: no known kind, cut short, damaged; or these decoders were closed.
        """
        kind = kind_of(data)
        if kind is None or is_plain(kind, data):
            held = here.decode(data, min_side=min_side, most=most)
            return replace(held, facts=here.facts_of(data)) if facts else held
        head, pixels = self._asked(data, {"min_side": min_side, "most": most, "facts": facts})
        image = frombytes("RGB", tuple(head["size"]), pixels)
        width, height = head["full"]
        return Decoded(image, width, height, from_json(head["said"]))

    def facts(self, data: bytes) -> Facts:
        """Return what a picture file itself says; nothing if that cannot be read."""
        kind = kind_of(data)
        if kind is None or is_plain(kind, data):
            return here.facts_of(data)
        with suppress(UndecodableBytes):
            return from_json(self._asked(data, {"min_side": 0, "most": 0})[0]["said"])
        return Facts()

    def abandon(self) -> None:
        """Give up what is being decoded now; who waits for it is told so."""
        for lane in self._light, self._heavy:
            lane.abandon()

    def close(self) -> None:
        """Give up everything, for good."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _asked(self, data: bytes, wanted: Head) -> tuple[Head, bytes]:
        spent = 0.0
        try:
            return self._light.asked(data, wanted, LIGHT_SECONDS)
        except TookTooLong:
            spent = LIGHT_SECONDS
        except TooCostly:
            pass
        return self._heavy.asked(data, {**wanted, "spent": spent}, seconds_for(wanted["most"]))


def _close(*lanes: "Lane") -> None:
    for lane in lanes:
        lane.close()


SHARED = Decoders()
"""For pictures that somebody chose; those that strangers send have others."""
