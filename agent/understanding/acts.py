"""What a person can mean by one utterance. A closed set: every act is one of the classes below.

Pictures are named by the numbers they were shown with, counted from 1.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retrievers.query import Filters, Ordering

Liftable = Literal[
    "date",
    "weekday",
    "hour",
    "season",
    "orientation",
    "size",
    "folder",
    "place",
    "camera",
    "tags",
    "rating",
    "all",
]
Form = Literal["markdown", "html"]
Question = Literal["count", "when", "where", "what", "who", "other"]


@dataclass(frozen=True, slots=True)
class NewSearch:
    """Forget everything and look for this."""

    text: str


@dataclass(frozen=True, slots=True)
class Refine:
    """Look for this as well, or instead of what was said last."""

    text: str
    instead: bool = False


@dataclass(frozen=True, slots=True)
class Negate:
    """Stay away from this."""

    text: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Say `new` where `old` was said; without `old`, in the place of what was said last."""

    new: str
    old: str = ""


@dataclass(frozen=True, slots=True)
class Forget:
    """Ask no longer for what these words name: something wanted or refused, or a condition."""

    words: str


@dataclass(frozen=True, slots=True)
class Keep:
    """Ask for nothing but what these words name."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feedback:
    """These pictures are right, those are wrong; a wrong one is not shown again."""

    like: tuple[int, ...] = ()
    unlike: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Resemble:
    """Look like this file, which need not be in the collection; `instead` of earlier pictures."""

    path: Path
    instead: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Add these conditions; a field that is set replaces the earlier one, lists grow."""

    adds: Filters


@dataclass(frozen=True, slots=True)
class Widen:
    """Let in what meets these conditions, too, besides what was let in so far."""

    adds: Filters


@dataclass(frozen=True, slots=True)
class Lift:
    """Drop the conditions of this kind."""

    what: Liftable


@dataclass(frozen=True, slots=True)
class Drop:
    """Ask no longer for these constraints, by their numbers from 1."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Say this constraint, by its number from 1, in other words, or by the condition they say."""

    number: int
    text: str
    condition: Filters | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The picture that answers the question that was asked; none: none of those offered."""

    picture: str | None


@dataclass(frozen=True, slots=True)
class Undo:
    """Go back: some steps, to the turn of that number, or to the last one that said so."""

    steps: int = 1
    to: int | None = None
    named: str | None = None


@dataclass(frozen=True, slots=True)
class Redo:
    """Take the last undo back."""


@dataclass(frozen=True, slots=True)
class ShowMore:
    """Show the next best pictures; without a count, as many as a page holds."""

    count: int | None = None


@dataclass(frozen=True, slots=True)
class First:
    """Show the first page again."""


@dataclass(frozen=True, slots=True)
class Order:
    """Show what is found in this order."""

    by: Ordering


@dataclass(frozen=True, slots=True)
class Ask:
    """Answer a question about the pictures of these numbers, or about all that is found."""

    what: Question
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Show:
    """Show so many pictures, the best first."""

    count: int


@dataclass(frozen=True, slots=True)
class Why:
    """Say why this picture was found."""

    position: int


@dataclass(frozen=True, slots=True)
class Save:
    """Keep a list of these pictures, or of all that are on the screen."""

    name: str | None = None
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """Write the conversation as a document; it says which forms there are if this is none."""

    form: str | None = None


@dataclass(frozen=True, slots=True)
class StartOver:
    """Forget everything asked for."""


@dataclass(frozen=True, slots=True)
class Help:
    """Say what can be said."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One of several things that an utterance can mean, in words and as acts."""

    words: str
    acts: tuple["Act", ...]


@dataclass(frozen=True, slots=True)
class Unclear:
    """It can't be done, or can mean something else; the message is one line for the person."""

    message: str = ""
    readings: tuple[Reading, ...] = ()


Asking = (
    NewSearch
    | Refine
    | Negate
    | Replace
    | Forget
    | Keep
    | Feedback
    | Resemble
    | Filter
    | Widen
    | Lift
    | Drop
    | Change
    | Answer
    | Order
    | StartOver
)
"""The acts that change what is asked for."""

Act = Asking | Undo | Redo | ShowMore | First | Ask | Show | Why | Save | Export | Help | Unclear
