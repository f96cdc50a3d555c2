"""Messages as an OpenAI-compatible endpoint reads them: text, and pictures as data URIs."""

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from PIL.Image import Image, Resampling

from agent.mllm.mllm import Message

_QUALITY = 90  # of JPEG; the models' own pictures were no better


def as_json(messages: Sequence[Message], side: int) -> list[dict[str, Any]]:
    """Write messages for the wire, pictures reduced to `side` pixels on the longer side.

    The order of the parts is kept: a prompt whose fixed words come first hits a server's prefix
    cache. A message without pictures is a plain string, which every server reads.
    """
    return [{"role": message.role, "content": _content(message, side)} for message in messages]


def data_uri(image: Image, side: int) -> str:
    """Encode the pixels alone, so that EXIF, GPS and comments stay at home."""
    pixels = image.convert("RGB")
    pixels.thumbnail((side, side), Resampling.LANCZOS)
    pixels.info.clear()  # else Pillow would write the comment and the profile again
    file = BytesIO()
    pixels.save(file, "JPEG", quality=_QUALITY, exif=b"")
    return f"data:image/jpeg;base64,{b64encode(file.getvalue()).decode()}"


def _content(message: Message, side: int) -> str | list[dict[str, Any]]:
    texts = [part for part in message.parts if isinstance(part, str)]
    if len(texts) == len(message.parts):
        return "".join(texts)
    return [_part(part, side) for part in message.parts]


def _part(part: str | Image, side: int) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    return {"type": "image_url", "image_url": {"url": data_uri(part, side)}}
