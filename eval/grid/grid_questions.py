"""What a grid asks: conversations, or captions, each with the one picture that is meant."""

import hashlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.benchmarks.own.own_pictures import LINES, asks, read_captions
from eval.benchmarks.own.own_questions import Asked, read_questions
from eval.ranking import rank_in
from retrievers.files.spelling import file_named
from retrievers.hit import Hit
from retrievers.query import Query


@dataclass(frozen=True, slots=True)
class GridQuestion:
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


@dataclass(frozen=True, slots=True)
class Pool:
    """The collection that is searched.

    Attributes:
        name: what it is called.
        holds: whether an id is one of its pictures.
        id_with: the id of its picture that has a file of that SHA-256, if any.
        folder: where pictures lie that questions name by their files.
    """

    name: str
    holds: Callable[[str], bool]
    id_with: Callable[[str], str | None]
    folder: Path

    def id_of(self, where: str, name: str) -> str:
        """Return the id of a picture that is named by its id or its file.

        Raises:
            ValueError: the collection does not hold it; it would count as a miss.
        """
        if self.holds(name):
            return name
        path = file_named(self.folder, name) if "\0" not in name else self.folder
        if path.is_file():
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            if found := self.id_with(content):
                return found
        raise ValueError(
            f"{where}: no picture {name!r} in collection {self.name!r}; name an id, as in"
            f" dialens search --json, or a file in {self.folder}"
        )


def questions_of(path: Path, pool: Pool, *, home: Path) -> list[GridQuestion]:
    """Read questions, or any file of captions, each of them a question.

    Args:
        path: the file.
        pool: what is searched.
        home: where pictures out of tars and parquet files are kept.

    Raises:
        ValueError: a line is not as it must be, or names a picture that is not searched.
    """
    if path.suffix.lower() in LINES and asks(path):
        return [_question(one, pool) for one in read_questions(path)]
    return [
        GridQuestion((caption,), pool.id_of(str(path), str(one.path.absolute())))
        for one in read_captions(path, pool.folder, home=home)
        for caption in one.captions
    ]


def _question(asked: Asked, pool: Pool) -> GridQuestion:
    target = pool.id_of(asked.where, asked.target)
    picture = asked.picture and pool.id_of(asked.where, asked.picture)
    asked.refuse_same([target], [picture])
    return GridQuestion(asked.turns, target, picture)
