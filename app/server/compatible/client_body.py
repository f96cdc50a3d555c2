"""What other people's clients send: null for what is left out, and more than is known here."""

from itertools import islice
from typing import Any

from pydantic import ConfigDict

from app.server.contract.bodies import Body

MOST, LONGEST = 100, 100  # names that are said to have no effect, and letters of each


class ClientBody(Body):
    """A body of another's shape; what it holds besides its fields is passed over."""

    model_config = ConfigDict(extra="allow")

    @property
    def more(self) -> dict[str, Any]:
        """What was sent besides the fields."""
        return {name: one for name, one in (self.model_extra or {}).items() if one is not None}

    @property
    def passed_over(self) -> list[str]:
        """The names of it."""
        return [name[:LONGEST] for name in islice(self.more, MOST)]
