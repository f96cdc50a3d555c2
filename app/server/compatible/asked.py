"""What other people's clients send: null for what is left out, and more than is known here."""

from typing import Any

from pydantic import ConfigDict

from app.server.api.bodies import Body


class Asked(Body):
    """A body of another's shape; what it holds besides its fields is passed over."""

    model_config = ConfigDict(extra="allow")

    @property
    def more(self) -> dict[str, Any]:
        """What was sent besides the fields."""
        return {name: one for name, one in (self.model_extra or {}).items() if one is not None}
