"""Where what a turn wrote for its user can be downloaded."""

from urllib.parse import quote

from pydantic import BaseModel

from agent.turns.turn import Written
from app.server.contract.versions import PREFIX


class LinkOut(BaseModel):
    """What was saved or exported, under its name, and the address that gives it to its owner."""

    name: str
    address: str


def link_to(written: Written, session: str) -> LinkOut:
    """Return the link; it follows the conversation when that is given another name."""
    at = f"{PREFIX}/sessions/{quote(session, safe='')}"
    if written.what == "document":
        return LinkOut(name=written.name, address=f"{at}/export?form={quote(written.name)}")
    return LinkOut(name=written.name, address=f"{at}/saved/{quote(written.name, safe='')}")
