"""A turn as Markdown, for front ends that show pictures in a conversation."""

import re
from collections.abc import Iterator

from app.server.api.shapes import PictureOut, TurnOut
from app.server.settings import Settings
from app.server.signed import signed
from app.server.talks import Talk


def written(turn: TurnOut, talk: Talk, url: str, settings: Settings) -> str:
    """Write what was understood, what was found, and what is asked back."""
    return "\n".join(_lines(turn, talk, url, settings)).strip() + "\n"


def _lines(turn: TurnOut, talk: Talk, url: str, settings: Settings) -> Iterator[str]:
    if turn.understood and turn.head == turn.number:
        yield f"*{_plain(turn.understood)}*\n"
    for line in (*turn.reply.splitlines(), turn.doubt, *(f"lost: {one}" for one in turn.lost)):
        if line:
            yield f"{_plain(line)}\n"
    for hit in turn.hits:
        yield f"{hit.rank}. {_picture(hit.picture, url, settings)}"
    if turn.head != turn.number and not turn.reply and not turn.hits:
        yield f"Back at: {_plain(talk.session.current.understood or 'the start')}"
    elif not turn.hits and not turn.reply:
        yield "Nothing meets these conditions."
    if turn.question:
        yield f"\n{_plain(turn.question.text)}\n"
        for at, one in enumerate(turn.question.pictures):
            yield f"- {chr(ord('a') + at)}: {_picture(one, url, settings)}"


def _picture(picture: PictureOut, url: str, settings: Settings) -> str:
    path = f"{picture.image}?side=320"
    name = _plain(picture.name)
    return f"![{_plain(picture.caption or picture.name)}]({url}{signed(path, settings)}) {name}"


def _plain(text: str) -> str:
    """Text of any origin as plain words of one line: no markup of it takes effect."""
    return re.sub(r"([\\`*_\[\]<>#|~&!])", r"\\\1", " ".join(text.split()))
