"""What a peer hands over for a picture - a path, bytes, pixels - as a file, and as our `Picture`.

Bytes are kept as they came; pixels are written as PNG. Both lie under the hash of their content, so
that a picture that comes again is the same file.
"""

import hashlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from retrievers.hit import Hit, Picture
from retrievers.pictures.colour.to_rgb import reduced_rgb
from retrievers.pictures.files.kinds import kind_of
from retrievers.recorded_files import record_of

Shown = str | Path | bytes | Image.Image
"""A path, the bytes of a file, or pixels."""


class PictureFiles:
    """Keep in a folder what has no file yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[Path, Picture] = {}

    def path(self, shown: Shown) -> Path:
        """Return the file of a picture; the user's own stays where it is.

        Raises:
            TypeError: this is nothing that can be a picture.
        """
        if isinstance(shown, str | Path):
            return Path(shown).absolute()
        if isinstance(shown, Image.Image):
            return self._kept(_png(shown))
        if isinstance(shown, bytes):
            return self._kept(shown)
        raise TypeError(
            f"a picture must be a path, bytes or a PIL image; got {type(shown).__name__}"
        )

    def picture(self, shown: Shown) -> Picture:
        """Return its record, read from the file the first time.

        Raises:
            UnreadablePicture: the file cannot be read or is no picture.
        """
        path = self.path(shown)
        if path not in self._known:
            self._known[path] = record_of(path)
        return self._known[path]

    def _kept(self, data: bytes) -> Path:
        suffix = (kind_of(data) or "unknown").lower()
        path = self.folder / f"{hashlib.sha256(data).hexdigest()[:32]}.{suffix}"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")
            partial.write_bytes(data)
            partial.replace(path)
        return path.absolute()


def as_hits(pictures: Sequence[Picture]) -> list[Hit]:
    """Return a first stage's answer in the order handed over; a picture twice counts once."""
    once = {picture.id: picture for picture in pictures}
    return [Hit(picture, 1 / rank, rank) for rank, picture in enumerate(once.values(), start=1)]


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    upright = ImageOps.exif_transpose(image)
    reduced_rgb(upright, 1).save(file, "PNG", compress_level=1)
    return file.getvalue()
