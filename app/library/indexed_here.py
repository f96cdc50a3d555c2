"""The folders that were indexed by hand with this home.

A collection may have been copied from elsewhere, and its own word for what its folders are is not
enough for a server to read them anew.
"""

import json
from contextlib import suppress
from pathlib import Path

from retrievers.files.home import dialens_home
from retrievers.files.regular_file import read_regular
from retrievers.files.whole_file import lines_to_add

LARGEST = 10_000_000  # bytes
_NAME = "indexed-folders.jsonl"  # a JSON string a line


def note(root: Path) -> None:
    """Remember a folder that its user indexed."""
    if root in noted():
        return
    path = dialens_home() / _NAME
    with lines_to_add(path) as file:
        file.write(json.dumps(str(root)) + "\n")


def noted() -> frozenset[Path]:
    """Return the folders that are remembered."""
    path = dialens_home() / _NAME
    try:
        kept = read_regular(path, LARGEST)
    except OSError:
        return frozenset()
    found = set()
    for line in kept.decode(errors="replace").splitlines():
        with suppress(ValueError, TypeError, RecursionError):  # half a line, after a kill
            found.add(Path(json.loads(line)))
    return frozenset(found)
