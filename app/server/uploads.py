"""Pictures that users hand in as examples: bounded, decoded, and kept re-encoded by their content.

What is kept is what was decoded; no byte of the file that came in is.
"""

import hashlib
import re
from pathlib import Path
from uuid import uuid4

from PIL import Image

from app.server.errors import NotAPictureError, NotFoundError, TooLargeError
from app.server.quotas import BLOCK, Quota
from app.server.settings import Settings
from app.server.versions import PREFIX
from app.shrunk import encoded
from retrievers.home import dialens_home, private
from retrievers.pictures.decode import TooManyPixels, UndecodableBytes, decode

SIDE = 1024  # pixels of the longer side that are kept; encoders look at less


class Uploads:
    """Keep pictures per user."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        remedy = f"delete some: DELETE {PREFIX}/uploads/ID"
        most = settings.kept_bytes
        self.quota = Quota(self.folder, files=most // BLOCK, size=most, remedy=remedy)

    def folder(self, user: str) -> Path:
        """Return where a user's pictures lie; it may not exist."""
        home = dialens_home()
        return (home / "users" / user if user else home) / "uploads"

    def take(self, user: str, data: bytes) -> str:
        """Keep a picture and return its id.

        Raises:
            NotAPictureError: it cannot be decoded.
            TooLargeError: it has too many bytes or pixels, or the user keeps too much already.
        """
        image = decoded(data, self.settings)
        folder = self.folder(user)
        folder.mkdir(parents=True, exist_ok=True)
        small = encoded(image, "WEBP")
        name = hashlib.sha256(small).hexdigest()[:16]
        path = folder / f"{name}.webp"
        if not path.exists():
            self.quota.check(user, len(small))
            part = path.with_suffix(f".{uuid4().hex}")
            with open(part, "wb", opener=private) as file:
                file.write(small)
            part.replace(path)
        return name

    def all(self, user: str) -> list[str]:
        """Return the ids of a user's pictures."""
        return sorted(one.stem for one in self.folder(user).glob("*.webp"))

    def remove(self, user: str, name: str) -> None:
        """Delete a user's picture; NotFoundError if there is none of that id."""
        self.path(user, name).unlink(missing_ok=True)

    def path(self, user: str, name: str) -> Path:
        """Return the file of a user's picture; NotFoundError if there is none of that id."""
        path = self.folder(user) / f"{name}.webp"
        if not re.fullmatch(r"[0-9a-f]{16}", name) or not path.is_file():
            raise NotFoundError(f"no upload {name!r}")
        return path


def decoded(data: bytes, settings: Settings) -> Image.Image:
    """Return a picture that was sent, upright RGB, its longer side at most 1024 pixels.

    Raises:
        NotAPictureError: it cannot be decoded.
        TooLargeError: it has too many bytes or pixels.
    """
    if len(data) > settings.upload_bytes:
        raise TooLargeError(f"a picture may have {settings.upload_bytes // 1_000_000} MB at most")
    try:
        image = decode(data, min_side=SIDE, most=settings.upload_pixels).image
    except TooManyPixels as error:
        raise TooLargeError(str(error)) from error
    except UndecodableBytes as error:
        raise NotAPictureError(str(error)) from error
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return image
