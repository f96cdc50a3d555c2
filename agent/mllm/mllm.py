"""What an MLLM, a multimodal LLM, is to the rest of dialens, and the two errors it can cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from prompts.load import Prompt
from retrievers.text.lettering import whole

Schema = Mapping[str, Any]
"""A JSON schema that the answer must meet."""


class MllmError(Exception):
    """The model cannot be loaded or reached. One line: which, why, and the remedy."""


class ReplyError(Exception):
    """The model answered, but not in the form that was asked for."""

    def __init__(self, prompt_name: str, wanted: str, reply: str) -> None:
        super().__init__(
            f"prompt {prompt_name!r} asked for {wanted}; the model said {reply[:200]!r}"
        )
        self.prompt_name = prompt_name


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat: text and pictures in the order in which the model reads them."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | Image, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", whole(self.parts))


@dataclass(slots=True)
class Usage:
    """What a model has done since it was opened; `tokens_in` counts picture tokens too.

    `remembered` counts verdicts and captions that were paid for before, and cost nothing now.
    """

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    remembered: int = 0


class Mllm(Protocol):
    @property
    def name(self) -> str:
        """The exact weights, or the endpoint's model, such as `openai:qwen3-vl@localhost:8000`."""
        ...

    @property
    def sees(self) -> bool:
        """Whether messages may hold pictures."""
        ...

    @property
    def usage(self) -> Usage:
        """Counters, updated in place."""
        ...

    def generate(
        self, messages: Sequence[Message], *, max_tokens: int = 128, schema: Schema | None = None
    ) -> str:
        """Return the answer, decoded greedily; with a schema, decoding is constrained to it.

        Raises:
            MllmError: the model cannot be reached, or a message holds a picture and `sees` is off.
        """
        ...

    def caption(self, images: Sequence[Image], *, prompt: Prompt | None = None) -> list[str]:
        """Return one plain sentence per picture.

        Args:
            images: upright RGB pictures.
            prompt: asks for a caption of `image(0)`; none: `caption/describe`. A model that obeys
                no orders captions as it was trained to.

        Raises:
            MllmError: the model cannot be reached or cannot see.
        """
        ...

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> NDArray[np.float64]:
        """Return the log-probability of each option as the answer, normalised over the options.

        Raises:
            ValueError: there are no options, or two are equal.
            MllmError: the model cannot be reached, or a message holds a picture and `sees` is off.
        """
        ...


def user_message(prompt: Prompt, images: Sequence[Image] = (), **inputs: object) -> Message:
    """Render a prompt as the user's message, with the pictures at the places that it names."""
    pieces = prompt.render(**inputs)
    return Message(
        "user", tuple(images[piece] if isinstance(piece, int) else piece for piece in pieces)
    )
