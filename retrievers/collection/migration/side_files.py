"""What a migration has encoded so far, in files beside the collection that only it writes.

`migration.json` says which encoder, `migration.f32` holds the vectors, `migration.ids` whose they
are: an entry is written when its vector is on the disk, and only then counts. A kill at any moment
leaves whole entries, and what lies behind the last one is written over.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.vector_forms import Form, form_named
from retrievers.collection.storage.vectors_file import (
    LONGEST,
    append_rows,
    map_rows,
    sync_folder,
)
from retrievers.encoder import Vectors
from retrievers.files.regular_file import read_regular
from retrievers.files.whole_file import write_whole

TARGET, IDS, VECTORS = "migration.json", "migration.ids", "migration.f32"
ENTRY = np.dtype([("id", "S16"), ("pixels", "S32")])
"""A picture, and the digest of what the encoder saw of it, `retrievers.pictures.ReadPicture`."""
_LARGEST = 100_000  # bytes of the first file


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a migration leads.

    Attributes:
        encoder: the exact weights, `Encoder.name`.
        spec: how to open that encoder again.
        dim: length of a vector.
        form: in how many bytes the collection will keep them; here they are float32.
        mark: of this migration alone.
    """

    encoder: str
    spec: str
    dim: int
    form: Form = "float32"
    mark: str = ""


class SideFiles:
    """A migration's vectors; whoever writes holds `MigrationLock`.

    Attributes:
        target: where it leads.
        entries: [n], of `ENTRY`, in the order of the vectors; a picture's last one counts.
    """

    def __init__(self, folder: Path, target: Target) -> None:
        self.folder, self.target = folder, target
        self.entries: NDArray[np.void] = _entries(folder / IDS)

    @classmethod
    def begin(cls, folder: Path, target: Target) -> "SideFiles":
        """Begin anew, with a mark of its own."""
        cls.remove(folder)
        marked = {**asdict(target), "mark": token_hex(8)}
        write_whole(folder / TARGET, json.dumps(marked, ensure_ascii=False).encode())
        sync_folder(folder)
        return cls(folder, Target(**marked))

    @classmethod
    def open(cls, folder: Path) -> "SideFiles | None":
        """Open what is there; None if no migration was begun.

        Raises:
            CollectionError: it cannot be read.
        """
        path = folder / TARGET
        try:
            told = json.loads(read_regular(path, _LARGEST))
            target = Target(
                encoder=str(told["encoder"]),
                spec=str(told["spec"]),
                dim=int(told["dim"]),
                form=form_named(str(told.get("form", "float32"))),
                mark=str(told["mark"]),
            )
            if not 0 < target.dim <= LONGEST:
                raise ValueError(f"vectors of length {target.dim}")
            return cls(folder, target)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise CollectionError(
                f"{path} cannot be read ({str(error)[:200]}); run `dialens doctor {folder.name}`"
            ) from error

    @staticmethod
    def remove(folder: Path) -> None:
        """Remove it, what says that it is there first."""
        for name in (TARGET, IDS, VECTORS):
            (folder / name).unlink(missing_ok=True)
        sync_folder(folder)

    def places(self) -> dict[bytes, int]:
        """Return the place of each picture's vector, by id."""
        self.vectors()  # raises, if they are not there
        return {one: at for at, one in enumerate(self.entries["id"].tolist()) if one}

    def pixels(self) -> dict[bytes, str]:
        """Return what the encoder saw of each picture, by id."""
        ids, seen = self.entries["id"].tolist(), self.entries["pixels"].tolist()
        return {
            one: digest.decode("ascii", "replace") for one, digest in zip(ids, seen, strict=True)
        }

    def vectors(self) -> Vectors:
        """Map the vectors [n, d] in the order of the entries.

        Raises:
            CollectionError: fewer lie there than there are entries.
        """
        found = map_rows(self.folder / VECTORS, len(self.entries), self.target.dim)
        assert isinstance(found, np.ndarray)
        return found

    def append(self, ids: Sequence[str], pixels: Sequence[str], vectors: Vectors) -> None:
        """Add vectors [n, d]; they are on the disk when this returns, or none of them counts.

        Raises:
            CollectionError: they cannot be written.
        """
        if not ids:
            return
        new = np.array(
            [(one.encode(), seen.encode()) for one, seen in zip(ids, pixels, strict=True)], ENTRY
        )
        append_rows(self.folder / VECTORS, len(self.entries), vectors)
        path = self.folder / IDS
        try:
            path.touch()
            with path.open("r+b") as file:
                file.seek(len(self.entries) * ENTRY.itemsize)
                file.write(new.tobytes())
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise CollectionError(
                f"{path} cannot be written ({error.strerror}); what was encoded is kept; see"
                " whether its disk is full, then run the same command again"
            ) from error
        self.entries = np.concatenate([self.entries, new])


def _entries(path: Path) -> NDArray[np.void]:
    """Return the whole entries of a file; half a one at its end is what a kill left."""
    held = path.read_bytes() if path.exists() else b""
    return np.frombuffer(held[: len(held) // ENTRY.itemsize * ENTRY.itemsize], ENTRY)
