"""What can be evaluated: anything that ranks a task's gallery for its questions."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from eval.benchmark import Question, Task
from eval.ranking import Ranking


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system made of one question.

    Attributes:
        ranking: the result.
        first: the first stage's own ranking, if later stages changed it.
        shortlist: how many of `first` the reranker was given; 0 without one.
        seconds: by stage.
        tokens: in and out, of all models.
        remembered: verdicts and captions of earlier questions or runs, which cost no tokens now.
        lost: stages that failed and were passed over, each with its reason.
    """

    ranking: Ranking
    first: Ranking | None = None
    shortlist: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    tokens: int = 0
    lost: tuple[str, ...] = ()
    remembered: int = 0


class CannotRankError(ValueError):
    """A system has nothing to answer such a task with. One line."""


class OpenedSystem(Protocol):
    """A system that has taken in one gallery."""

    @property
    def config(self) -> Mapping[str, Any]:
        """All that its answers depend on, as JSON: settings, exact weights, prompt hashes, data."""
        ...

    def answers(self, questions: Sequence[Question], *, start: int = 0) -> Iterator[Answer]:
        """Yield an answer for each question from `start` on, in order, as soon as it is known.

        An answer does not depend on `start`. Rankings hold the task's `depth` items, or all that
        may be ranked.
        """
        ...


class System(Protocol):
    @property
    def name(self) -> str:
        """Short, for tables and file names."""
        ...

    def open(self, task: Task) -> AbstractContextManager[OpenedSystem]:
        """Take in the gallery: index it, or find it indexed.

        Raises:
            CannotRankError: the system cannot rank such a gallery; its row is left out.
        """
        ...
