"""What a grid asks: conversations, each with the one picture that is meant."""

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from eval.ranking import rank_in
from retrievers.hit import Hit
from retrievers.query import Query
from retrievers.text_bytes import read_text


@dataclass(frozen=True, slots=True)
class Question:
    """What is said, turn by turn, and the one picture that is meant.

    Attributes:
        turns: oldest first.
        target: id of the picture that is meant.
        picture: id of the picture pointed at, if any. It is searched for as a liked one, and left
            out of the ranking, as CIRR leaves out the reference.
    """

    turns: tuple[str, ...]
    target: str
    picture: str = ""

    @property
    def query(self) -> Query:
        return Query(wanted=self.turns, like=(self.picture,) if self.picture else ())

    def rank_in(self, hits: Sequence[Hit], verdict: Callable[[Hit], Hashable]) -> int | None:
        """Return the rank of the target, from 1, or None if it is not there.

        Args:
            hits: best first.
            verdict: what put a hit where it is; of neighbours with one, the target is the last.
        """
        left = [hit for hit in hits if hit.picture.id != self.picture]
        return rank_in(left, {self.target}, verdict)


def read_questions(path: Path) -> list[Question]:
    """Read JSON lines such as {"turns": ["a dog", "on a beach"], "target": "ID"}.

    A line may also hold "picture": "ID", the picture pointed at.

    Raises:
        ValueError: a line is not of this form; the message names the file and the line.
    """
    questions = []
    for number, line in enumerate(StringIO(read_text(path)), start=1):
        try:
            held = json.loads(line)
            turns, picture = tuple(map(str, held["turns"])), str(held.get("picture", ""))
            questions.append(Question(turns, str(held["target"]), picture))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f'{path}:{number}: not {{"turns": [...], "target": ID}}') from error
    if not questions:
        raise ValueError(f"{path} holds no questions")
    return questions
