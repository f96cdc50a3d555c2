"""Which folders a server may index: those it was given, and what its owner indexed by hand."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.library.indexed_here import noted
from app.output.no_folder import no_folder
from app.output.printable import printable
from app.server.contract.errors import ForbiddenError, NotFoundError


def allowed(folder: str, given: Sequence[Path]) -> Path:
    """Return a folder that a new collection may be made of.

    Raises:
        ForbiddenError: it is in none of those that were given.
        NotFoundError: it is not there.
    """
    path = Path(os.path.abspath(folder))  # noqa: PTH100 - a linked folder stays one
    if "\0" in folder or not Path(folder).is_absolute() or not _is_inside(path, given):
        known = ", ".join(map(str, given)) or "none"
        raise ForbiddenError(f"folders that may be indexed here, with all below them: {known}")
    if not path.is_dir():
        raise NotFoundError(no_folder(path, folder))
    return path


def known(roots: Iterable[Path], given: Sequence[Path]) -> tuple[Path, ...]:
    """Return the folders of a collection, which may have come from elsewhere.

    Raises:
        ForbiddenError: one of them only the collection names.
    """
    roots, by_hand = tuple(roots), noted()
    for root in roots:
        if root not in by_hand and not _is_inside(root, given):
            raise ForbiddenError(
                f"{printable(root.name)!r} was not indexed with this home; on its command line:"
                " dialens index FOLDER, or serve it with --folder"
            )
    return roots


def _is_inside(path: Path, given: Sequence[Path]) -> bool:
    return any(path.resolve().is_relative_to(root) for root in given)
