"""Pictures that users hand in as examples: bounded, decoded, and kept re-encoded by their content.

What is kept is what was decoded; no byte of the file that came in is.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import uuid4

from PIL import Image

from app.output.small_pictures import encoded
from app.server.contract.errors import FullError, NotAPictureError, NotFoundError, TooLargeError
from app.server.contract.settings import Settings
from app.server.contract.versions import PREFIX
from app.server.security.quotas import BLOCK, Quota
from retrievers.files.home import dialens_home, private
from retrievers.pictures.decoding.decode import Decoded, TooCostly, TooManyPixels, UndecodableBytes
from retrievers.pictures.decoding.decoder_pool import TooManyWait
from retrievers.pictures.decoding.decoders import Decoders

SIDE = 1024  # pixels of the longer side that are kept; encoders look at less
MEMORY = 900_000_000  # bytes that decoding one may take
WAITING = 2  # pictures that take long which may wait for another; the rest is asked to come again
DEAR = WAITING + 1  # so many threads may be held up by such pictures
ASK_AGAIN = 10  # seconds
TOGETHER = 10  # times the pixels of one that the pictures of one request may have


class Uploads:
    """Keep pictures per user."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        remedy = f"delete some: DELETE {PREFIX}/uploads/ID"
        most = settings.kept_bytes
        self.decoders = Decoders(memory=MEMORY, waiting=WAITING)
        self.quota = Quota(self.folder, files=most // BLOCK, size=most, remedy=remedy)

    def folder(self, user: str) -> Path:
        """Return where a user's pictures lie; it may not exist."""
        home = dialens_home()
        return (home / "users" / user if user else home) / "uploads"

    def close(self) -> None:
        """Give up what is being decoded."""
        self.decoders.close()

    def take(self, user: str, data: bytes) -> str:
        """Keep a picture and return its id; raises as `take_all`."""
        return self.take_all(user, [data])[0]

    def take_all(self, user: str, every: Iterable[bytes]) -> list[str]:
        """Keep the pictures of one request and return their ids; raises as `together`.

        Raises:
            TooLargeError: the user keeps too much already.
        """
        return [self._kept(user, image) for image in self.together(every)]

    def _kept(self, user: str, image: Image.Image) -> str:
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

    def together(self, every: Iterable[bytes]) -> Iterator[Image.Image]:
        """Decode the pictures of one request: upright RGB, the longer side at most 1024 pixels.

        Raises:
            FullError: other pictures that take long come first.
            NotAPictureError: one cannot be decoded.
            TooLargeError: one has too many bytes or pixels, takes too long or too much memory; or
                all have too many pixels together.
        """
        pixels, most = 0, TOGETHER * self.settings.upload_pixels
        for data in every:
            held = self._held(data)
            pixels += held.width * held.height
            if pixels > most:
                allowed = f"{most // 1_000_000} megapixels together"
                raise TooLargeError(f"the pictures of one request may have {allowed}")
            held.image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
            yield held.image

    def _held(self, data: bytes) -> Decoded:
        settings = self.settings
        if len(data) > settings.upload_bytes:
            most = settings.upload_bytes // 1_000_000
            raise TooLargeError(f"a picture may have {most} MB at most")
        try:
            return self.decoders.decode(data, min_side=SIDE, most=settings.upload_pixels)
        except TooManyWait as error:
            raise FullError(ASK_AGAIN) from error
        except (TooManyPixels, TooCostly) as error:
            raise TooLargeError(str(error)) from error
        except UndecodableBytes as error:
            raise NotAPictureError(str(error)) from error

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
