"""A conversation whose last turn can mean two things, put into a server's home."""

from pathlib import Path

from agent.conversation.session import Session
from agent.understanding.acts import Filter, NewSearch, Reading, Refine, Unclear
from retrievers.query import Filters
from tests.agent.fakes import Gallery

READINGS = (
    Reading("only portraits", (Filter(Filters(orientation="portrait")),)),
    Reading("a portrait of someone", (Refine("a portrait"),)),
)


def offered(home: Path, name: str) -> None:
    """Write it; the server finds it among the sessions."""
    gallery = Gallery("circle")
    session = Session.start(name, gallery, folder=home / "sessions", collection="Shapes")
    session.act(NewSearch("circle"), said="circle")
    session.act(Unclear("That can mean two things.", READINGS), said="portrait")
