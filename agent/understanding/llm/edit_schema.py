"""The edits that a language model may answer with: a closed set that decoding is held to."""

import json
from dataclasses import dataclass
from typing import Any

from agent.mllm.json_schema import read_reply
from agent.mllm.mllm import ReplyError

DOES = (
    *("search", "add", "refuse", "change", "drop", "condition", "exclude", "allow", "start over"),
    *("like", "dislike", "more", "show", "back", "first", "order", "undo", "redo", "why", "help"),
    *("question", "save", "export", "unclear"),
)
MOST = 6  # edits of one utterance
LONGEST = 200  # characters of a text
_EDIT = {
    "type": "object",
    "properties": {
        "do": {"type": "string", "enum": list(DOES)},
        "number": {"type": "integer"},
        "text": {"type": "string", "maxLength": LONGEST},
        "pictures": {"type": "array", "items": {"type": "integer"}, "maxItems": 20},
    },
    "required": ["do", "number", "text", "pictures"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"edits": {"type": "array", "items": _EDIT, "minItems": 1, "maxItems": MOST}},
    "required": ["edits"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit as a model writes it.

    Attributes:
        do: one of `DOES`.
        number: of a line of the list, of pictures or of steps; 0: none.
        text: words of the person.
        pictures: numbers on the screen.
    """

    do: str
    number: int = 0
    text: str = ""
    pictures: tuple[int, ...] = ()


def read_edits(reply: str, prompt_name: str) -> list[Edit]:
    """Read a reply.

    Raises:
        ReplyError: it does not meet the schema.
    """
    try:
        held = json.loads(read_reply(reply, SCHEMA))
    except (ValueError, RecursionError) as error:
        raise ReplyError(prompt_name, "edits as JSON", reply) from error
    return [
        Edit(one["do"], one["number"], " ".join(one["text"].split()), tuple(one["pictures"]))
        for one in held["edits"]
    ]
