"""A question to the user, and the pictures that answer it."""

from dataclasses import dataclass

from retrievers.hit import Picture


@dataclass(frozen=True, slots=True)
class Alternative:
    """A possible answer: a picture of one kind, and its caption, which may be empty."""

    caption: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class ClarifyingQuestion:
    """One question, and the pictures that a user may point at instead of answering in words."""

    text: str
    alternatives: tuple[Alternative, ...]
