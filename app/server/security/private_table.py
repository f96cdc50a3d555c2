"""A table in a file of the server's home, which only its owner may read and all servers share."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from retrievers.files.home import private
from retrievers.files.sqlite_file import OneLineConnection, open_sqlite


@contextmanager
def opened(path: Path, table: str) -> Iterator[OneLineConnection]:
    """Open the file; what is done within is one step.

    Args:
        path: of the file; it is made if it is not there.
        table: the SQL that makes the table, where it is not yet.

    Raises:
        OSError, sqlite3.Error: it cannot be used.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(private(str(path), os.O_CREAT | os.O_RDWR))
    with closing(open_sqlite(path, OneLineConnection, table, timeout=5)) as file, file:
        file.execute(table)
        yield file
