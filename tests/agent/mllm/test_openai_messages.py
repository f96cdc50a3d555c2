from base64 import b64decode
from io import BytesIO
from pathlib import Path

import PIL.Image
from PIL.ExifTags import Base

from agent.mllm.mllm import Message
from agent.mllm.openai_messages import as_json, data_uri


def _opened(uri: str) -> PIL.Image.Image:
    head, data = uri.split(",")
    assert head == "data:image/jpeg;base64"
    return PIL.Image.open(BytesIO(b64decode(data)))


def test_a_picture_is_sent_small_and_without_what_its_file_says(tmp_path: Path) -> None:
    image = PIL.Image.new("RGB", (900, 300), "red")
    exif = image.getexif()
    exif[Base.ImageDescription] = "home address"
    image.save(tmp_path / "a.jpg", exif=exif, comment=b"home address", icc_profile=b"home address")
    with PIL.Image.open(tmp_path / "a.jpg") as image:
        uri = data_uri(image, 300)
        assert image.size == (900, 300), "the caller's picture is left alone"
    sent = _opened(uri)
    assert sent.size == (300, 100)
    assert not sent.getexif()
    assert b"home address" not in b64decode(uri.split(",")[1])


def test_small_and_transparent_pictures_are_sent_as_they_look() -> None:
    sent = _opened(data_uri(PIL.Image.new("P", (20, 10)), 300))
    assert (sent.size, sent.mode) == ((20, 10), "RGB")


def test_text_and_pictures_keep_their_order() -> None:
    image = PIL.Image.new("RGB", (8, 8))
    (sent,) = as_json([Message("user", ("A.", image, "B.", image))], 300)
    assert [part["type"] for part in sent["content"]] == ["text", "image_url"] * 2


def test_text_alone_is_a_plain_string() -> None:
    assert as_json([Message("system", ("a", "b"))], 300) == [{"role": "system", "content": "ab"}]
