"""A turn as Markdown, for front ends that show pictures in a conversation."""

import re
from collections.abc import Callable, Iterator

from app.server.contract.responses import PictureOut, TurnOut
from app.server.state.open_sessions import OpenSession


def written(
    turn: TurnOut, open_session: OpenSession, link: Callable[[str], str], server: str
) -> str:
    """Write what was understood, what was found, and what is asked back.

    Args:
        turn: what to write of.
        open_session: the conversation.
        link: makes the address of a picture one that its reader can open.
        server: the address of the server, for what its reader needs a token or a sign-in to open.
    """
    files = [f"[{_plain(one.name)}]({server}{one.address})\n" for one in turn.links]
    return "\n".join([*_lines(turn, open_session, link), *files]).strip() + "\n"


def _lines(turn: TurnOut, open_session: OpenSession, link: Callable[[str], str]) -> Iterator[str]:
    if turn.understood and turn.head == turn.number:
        yield f"*{_plain(turn.understood)}*\n"
    for line in (*turn.reply.splitlines(), turn.doubt, *(f"lost: {one}" for one in turn.lost)):
        if line:
            yield f"{_plain(line)}\n"
    for hit in turn.hits:
        yield f"{hit.rank}. {_picture(hit.picture, link)}"
    if turn.head != turn.number and not turn.reply and not turn.hits:
        yield f"Back at: {_plain(open_session.session.current.understood or 'the start')}"
    elif not turn.hits and not turn.reply:
        yield "Nothing meets these conditions."
    if turn.question:
        yield f"\n{_plain(turn.question.text)}\n"
        for at, one in enumerate(turn.question.pictures):
            yield f"- {chr(ord('a') + at)}: {_picture(one, link)}"


def _picture(picture: PictureOut, link: Callable[[str], str]) -> str:
    alt, name = _plain(picture.caption or picture.name), _plain(picture.name)
    return f"![{alt}]({link(f'{picture.image}?side=320')}) {name}"


def _plain(text: str) -> str:
    """Text of any origin as plain words of one line: no markup of it takes effect."""
    return re.sub(r"([\\`*_\[\]<>#|~&!])", r"\\\1", " ".join(text.split()))
