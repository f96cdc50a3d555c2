"""One exchange of a conversation, and what it leaves behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from agent.turns.clarifying_question import ClarifyingQuestion
from agent.understanding.acts import Act, Feedback, Reading, Unclear
from agent.understanding.constraint_list import Constraints, query_of
from agent.understanding.edits import Edits
from retrievers.hit import Hit
from retrievers.query import Query


@dataclass(frozen=True, slots=True)
class Judgement:
    """A person's verdict on pictures that a query found; fine-tuning learns from these.

    Attributes:
        query: what was asked for when the pictures were shown.
        shown: ids on the screen, in their order.
        liked: ids that were called right.
        disliked: ids that were called wrong.
    """

    query: Query
    shown: tuple[str, ...]
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What a turn wrote for the user: a list of pictures, or the conversation as a document.

    Attributes:
        what: which of them.
        name: of the list; of a document, its form.
    """

    what: Literal["list", "document"]
    name: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said, what was made of it, and what was found.

    Attributes:
        number: counts from 1; turns are never changed or removed.
        said: the person's words.
        at: when it was said.
        acts: what the words meant.
        understood: the constraints now in force, in one line.
        constraints: what is asked for after this turn.
        edits: what made them of those that held before it.
        hits: the pictures this turn puts on the screen; a hit's rank is its number there.
        shown: ids of every picture that a number can refer to: number n is `shown[n - 1]`.
        reply: an answer in words, for the acts that have one.
        written: what it wrote for the user.
        parent: the turn that this one built on; 0 is the blank start.
        head: the turn whose state holds after this one: itself, or an earlier one after an undo or
            a question.
        seconds: time spent, by stage.
        lost: stages that failed and were passed over, each with its reason.
        rewritten: the words that were searched with, if a rewriter changed them.
        doubt: says that nothing in the collection fits, if that is likely.
        judgement: the verdict on pictures, if this turn holds one.
        question: what the user is asked back.
    """

    number: int
    said: str
    at: datetime
    acts: tuple[Act, ...] = ()
    understood: str = ""
    constraints: Constraints = ()
    edits: Edits = ()
    hits: tuple[Hit, ...] = ()
    shown: tuple[str, ...] = ()
    reply: str = ""
    written: tuple[Written, ...] = ()
    parent: int = 0
    head: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    rewritten: str = ""
    doubt: str = ""
    judgement: Judgement | None = None
    question: ClarifyingQuestion | None = None

    @property
    def query(self) -> Query:
        """What is searched for."""
        return query_of(self.constraints)

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What the words can mean, if they were not clear; the person chooses one."""
        return tuple(one for act in self.acts if isinstance(act, Unclear) for one in act.readings)

    @property
    def searched(self) -> bool:
        """Whether it asked the collection for something."""
        return self.head == self.number and not self.query.is_empty


BLANK = Turn(number=0, said="", at=datetime.min)
"""What holds before the first turn."""


def judgement(acts: Sequence[Act], before: Turn) -> Judgement | None:
    """Return the verdict on the pictures of a turn that acts hold, if they hold one."""
    said = [act for act in acts if isinstance(act, Feedback)]
    liked = tuple(before.shown[n - 1] for act in said for n in act.like)
    disliked = tuple(before.shown[n - 1] for act in said for n in act.unlike)
    if not liked and not disliked:
        return None
    return Judgement(before.query, before.shown, liked=liked, disliked=disliked)
