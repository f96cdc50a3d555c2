"""What `/v1/chat/completions` takes and gives: OpenAI's shapes, of which a search uses a part."""

from itertools import islice
from typing import Any, Literal

from pydantic import BaseModel, Field, PrivateAttr

from app.server.compatible.client_body import MOST, ClientBody
from app.server.compatible.contents import Contents
from app.server.contract.bodies import Some
from app.server.contract.responses import TurnOut


class Message(ClientBody):
    """One message; those that are not the user's are passed over."""

    role: str = Field(max_length=100)
    content: Contents = Field(default=[])
    _at: int = PrivateAttr(0)

    @property
    def pictures(self) -> dict[str, str]:
        """Its pictures, by the fields of the request that hold them."""
        parts = enumerate(self.content)
        held = {f"messages[{self._at}].content[{at}]": one.picture for at, one in parts}
        return {field: image for field, image in held.items() if image}

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(one.text for one in self.content if one.text)


class StreamOptions(ClientBody):
    """How a stream is told."""

    include_usage: bool = False


class Format(ClientBody):
    """Markdown, or the turn as JSON."""

    type: Literal["text", "json_object", "json_schema"] = "text"


class CompletionIn(ClientBody):
    """A conversation about a collection.

    The answer's `ignored` names what was sent and has no effect, such as what steers a language
    model's sampling, and tools, of which none is called.
    """

    model: str = Field(max_length=200)
    messages: Some[Message] = Field(min_length=1, max_length=2000)
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    n: int = Field(default=1, ge=1, le=128, description="So many times the one answer.")
    response_format: Format = Format()

    def model_post_init(self, context: Any) -> None:
        """Tell each message its place."""
        for at, one in enumerate(self.messages):
            one._at = at

    @property
    def ignored(self) -> list[str]:
        """The names of what has no effect."""
        parts = (
            f"messages[{at}].content[{place}]"
            for at, message in enumerate(self.messages)
            for place, one in enumerate(message.content)
            if message.role == "user" and one.text is None and one.picture is None
        )
        schema = (
            ["response_format.json_schema"] if "json_schema" in self.response_format.more else []
        )
        return [*self.passed_over, *schema, *islice(parts, MOST)]


class Choice(BaseModel):
    """The answer."""

    index: int
    message: dict[str, Any]
    finish_reason: str = "stop"
    logprobs: None = None


class CompletionOut(BaseModel):
    """OpenAI's shape; `dialens` is the turn as the rest of this API gives it, if it is one."""

    id: str
    object: str = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: dict[str, int]
    ignored: list[str]
    dialens: TurnOut | None


def usage(messages: list[Message], text: str) -> dict[str, int]:
    """Count words, which others bill by."""
    read, told = sum(len(one.text.split()) for one in messages), len(text.split())
    return {"prompt_tokens": read, "completion_tokens": told, "total_tokens": read + told}
