"""Texts and pictures as others send them: a string, `{"text": ...}`, `{"image": ...}`."""

import binascii
from base64 import b64decode
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from PIL.Image import Image
from pydantic import BaseModel, Field, model_validator

from app.server.errors import ForbiddenError, NotAPictureError
from app.server.house import House
from app.server.uploads import decoded
from retrievers.encoder import Encoder, Vectors

Text = Annotated[str, Field(max_length=20_000)]


class Content(BaseModel):
    """A text or a picture: its bytes in base64, a data URL, or a URL where the server allows it."""

    text: Text | None = None
    image: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "Content":
        if (self.text is None) == (self.image is None):
            raise ValueError("give a text or an image")
        return self


Given = Text | Content


def text_of(given: Given) -> str | None:
    """Return the text, None for a picture."""
    return given if isinstance(given, str) else given.text


def picture_bytes(image: str, house: House) -> bytes:
    """Return the bytes of a picture.

    Raises:
        ForbiddenError: it is a URL, and the server fetches none.
        NotAPictureError: it is no base64.
    """
    if image.startswith(("http:", "https:")):
        if not house.settings.remote:
            raise ForbiddenError("this server fetches no pictures; send the picture as a data URL")
        return house.remote.fetch(image)
    if image.startswith("data:"):
        head, _, image = image.partition(",")
        if not head.endswith(";base64"):
            raise NotAPictureError("a picture's data URL must be in base64")
    try:
        return b64decode(image, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAPictureError(f"a picture must be base64: {error}") from error


def vectors(given: Sequence[Given], encoder: Encoder, house: House) -> Vectors:
    """Return a unit row for each text or picture; raises as `picture_bytes` and `decoded`."""
    rows = np.zeros((len(given), encoder.dim), dtype=np.float32)
    texts = {at: text for at, one in enumerate(given) if (text := text_of(one)) is not None}
    if texts:
        rows[list(texts)] = encoder.encode_texts(list(texts.values()))
    for at, one in enumerate(given):
        if not isinstance(one, str) and one.image is not None:
            rows[at] = encoder.encode_images([picture(one.image, house)])[0]
    return rows


def picture(image: str, house: House) -> Image:
    """Return a picture that was sent, decoded within bounds."""
    return decoded(picture_bytes(image, house), house.settings)
