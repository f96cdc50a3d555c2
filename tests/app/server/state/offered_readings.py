"""A conversation whose last turn can mean two things, put into a server's home."""

from pathlib import Path

from agent.conversation.session import Session
from agent.understanding.acts import Filter, NewSearch, Reading, Refine, Unclear
from retrievers.hit import Hit
from retrievers.query import Filters, Query

READINGS = (
    Reading("only portraits", (Filter(Filters(orientation="portrait")),)),
    Reading("a portrait of someone", (Refine("a portrait"),)),
)


class Empty:
    """Finds nothing."""

    def search(self, query: Query, k: int) -> list[Hit]:
        return []


def offered(home: Path, name: str) -> None:
    """Write it; the server finds it among the sessions."""
    session = Session.start(name, Empty(), folder=home / "sessions", collection="Shapes")
    session.act(NewSearch("circle"), said="circle")
    session.act(Unclear("That can mean two things.", READINGS), said="portrait")
