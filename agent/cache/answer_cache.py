"""Answers that were paid for once: (who answers, picture) -> answer, in one SQLite file.

Who answers is named with the model and the prompt's hash, and a picture's id is its content, so an
answer never outlives what it was about. Plain tables, since diskcache would unpickle a copied file.
"""

import errno
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from agent.mllm.mllm import Usage
from retrievers.files.regular_file import REMEDY
from retrievers.files.sqlite_file import OneLineConnection, UnusableFile, open_sqlite

Answer = TypeVar("Answer", float, str)
Shown = TypeVar("Shown")

_SQL_TYPES = {float: "REAL", str: "TEXT"}


class AnswerCache(Generic[Answer]):
    """Open or make a file of answers; several processes may share it.

    Args:
        path: the file they are kept in; none: they are forgotten at the end.
        table: its table.
        who: the columns that name who answers, and to what.
        answer: the column of the answer.
        kind: what an answer is.
    """

    def __init__(
        self, path: Path | None, table: str, who: Sequence[str], answer: str, kind: type[Answer]
    ) -> None:
        self.usage = Usage()
        self._path = path
        self._kind: type[Answer] = kind
        key = [*who, "picture"]
        columns = ", ".join(f"{column} TEXT NOT NULL" for column in key)
        schema = (
            f"CREATE TABLE IF NOT EXISTS {table} ({columns}, {answer} {_SQL_TYPES[kind]} NOT NULL,"
            f" PRIMARY KEY ({', '.join(key)})) WITHOUT ROWID"
        )
        if path is None:
            self._db: sqlite3.Connection = sqlite3.connect(":memory:", check_same_thread=False)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = open_sqlite(
                path, OneLineConnection, schema, timeout=10, check_same_thread=False
            )
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(schema)
        met = " AND ".join(f"{column} = ?" for column in key)
        self._read = f"SELECT {answer} FROM {table} WHERE {met}"
        self._write = f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(key))}, ?)"

    def known(self, *who: str, pictures: Iterable[str]) -> dict[str, Answer]:
        """Return the answers remembered for those of the picture ids that have one.

        Args:
            who: who answers, exactly: another name is served nothing of this one's.
            pictures: the ids.
        """
        found = {
            one: self._checked(answer)
            for one in pictures
            for (answer,) in self._db.execute(self._read, (*who, one))
        }
        self.usage.remembered += len(found)
        return found

    def _checked(self, answer: object) -> Answer:
        if isinstance(answer, self._kind):
            return answer
        said = f"cannot be read ({answer!r:.40} is no answer); {REMEDY}"
        raise UnusableFile(errno.EINVAL, said, str(self._path))

    def remember(self, *who: str, answers: Mapping[str, Answer]) -> None:
        """Keep answers by picture id; a newer one replaces an older one."""
        with self._db:
            self._db.executemany(self._write, [(*who, one, said) for one, said in answers.items()])

    def of(
        self,
        *who: str,
        shown: Mapping[str, Shown],
        ask: Callable[[Sequence[Shown]], Sequence[Answer]],
    ) -> list[Answer]:
        """Return one answer per picture.

        Args:
            who: who answers.
            shown: each picture, as `ask` takes it, by its id.
            ask: called with those of which nothing is known, if there are any.
        """
        known = self.known(*who, pictures=shown)
        new = [one for one in shown if one not in known]
        if new:
            answers = dict(zip(new, ask([shown[one] for one in new]), strict=True))
            self.remember(*who, answers=answers)
            known |= answers
        return [known[one] for one in shown]

    def close(self) -> None:
        """Release the file."""
        self._db.close()
