"""A class of one's own as a system: what it raises is told in a line, what it ranks is checked.

DIALENS_DEBUG=1 shows where in the class an error rose.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from eval.benchmark import Question, Task
from eval.systems.system import Answer, CannotRankError, OpenedSystem, System


class OwnSystemError(ValueError):
    """A class of one's own failed, or answered what cannot be scored. One line."""


@dataclass(frozen=True)
class OwnSystem:
    """A system whose code is not ours.

    Attributes:
        spec: how it was named.
        system: what its class made.
    """

    spec: str
    system: System

    @property
    def name(self) -> str:
        return self.system.name

    @contextmanager
    def open(self, task: Task) -> Iterator[OpenedSystem]:
        with ExitStack() as stack:
            with _blamed(f"{self.spec}, task {task.name}"):
                opened = stack.enter_context(self.system.open(task))
            yield _OwnOpened(self.spec, opened, frozenset(item.id for item in task.gallery))


@dataclass(frozen=True)
class _OwnOpened:
    spec: str
    opened: OpenedSystem
    gallery: frozenset[str]

    @property
    def config(self) -> Mapping[str, Any]:
        with _blamed(f"{self.spec}, config"):
            return self.opened.config

    def answers(self, questions: Sequence[Question], *, start: int = 0) -> Iterator[Answer]:
        with _blamed(self.spec):
            answers = iter(self.opened.answers(questions, start=start))
        for question in questions[start:]:
            where = f"{self.spec}, question {question.id!r}"
            with _blamed(where):
                answer = next(answers, None)
            yield self._checked(where, answer)
        with _blamed(self.spec):
            if next(answers, None) is not None:
                raise OwnSystemError(f"{self.spec} gives more answers than {len(questions)}")

    def _checked(self, where: str, answer: object) -> Answer:
        if answer is None:
            raise OwnSystemError(f"{where}: no answer; `answers` yields one a question, in order")
        if not isinstance(answer, Answer):
            raise OwnSystemError(f"{where}: an answer is an Answer; got {answer!r:.80}")
        if unknown := next((one for one in answer.ranking.ids if one not in self.gallery), None):
            raise OwnSystemError(f"{where}: ranks {unknown!r:.80}, which the gallery does not hold")
        return answer


@contextmanager
def _blamed(where: str) -> Iterator[None]:
    """Tell who raised what."""
    try:
        yield
    except (CannotRankError, OwnSystemError):
        raise
    except Exception as error:  # their code may raise anything
        said = f"{where}: {type(error).__name__}: {error}"
        raise OwnSystemError(f"{said}; DIALENS_DEBUG=1 shows where") from error
