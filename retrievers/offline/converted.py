"""Conversions made once and kept, named by what they are made of, so that none is ever stale."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from retrievers.files.home import dialens_home


def converted(name: str, make: Callable[[Path], None]) -> Path:
    """Return the file `<home>/models/<name>`, made by `make(path)` if it is not there yet.

    Two processes may make it at the same time; both get a whole file.

    Args:
        name: holds a hash of everything that `make` depends on.
        make: writes the file at the path it is given.
    """
    folder = dialens_home() / "models"
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".partial-") as partial:
            make(Path(partial) / name)
            (Path(partial) / name).replace(path)
    return path
