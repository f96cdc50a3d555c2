"""Pictures that come in are bounded and decoded; pictures that go out hold no metadata."""

import json
import shutil
import subprocess
import zlib
from contextlib import closing
from io import BytesIO
from pathlib import Path
from struct import pack

import httpx
import pytest
from PIL import Image

from app.server.contract.errors import TooLargeError
from app.server.contract.settings import Settings
from app.server.pictures.uploads import Uploads
from tests.app.server.running import Server


def png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that states a size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    head = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


def saved(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "red").save(file, kind)
    return file.getvalue()


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + pack("<HH", width, height) + saved("GIF")[10:]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 415),
        (b"hello", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
        (b"<html><script>alert(1)</script></html>", 415),
        (saved("JPEG")[:200], 415),
        (b"\xff\xd8\xff\xe0 not a picture", 415),
        (b"%PDF-1.4", 415),
        (png(60_000, 60_000), 413),
        (png(2_000_000_000, 2_000_000_000), 413),
        (gif(65_000, 65_000), 413),
        (b"\x89PNG\r\n\x1a\n" + b"a" * 31_000_000, 413),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else repr(value[:12]),
)
def test_what_is_no_picture_or_too_large_is_refused(
    api: httpx.Client, data: bytes, status: int
) -> None:
    answer = api.post("/api/uploads", content=data)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


def test_a_body_longer_than_it_says_or_without_a_length_is_cut_off(api: httpx.Client) -> None:
    def endless() -> object:
        for _ in range(60):
            yield b"a" * 1_000_000

    answer = api.post("/api/uploads", content=endless())  # type: ignore[arg-type]
    assert answer.status_code == 413
    words = api.post("/api/sessions", content=b'{"collection": "' + b"a" * 2_000_000)
    assert words.status_code == 413


def test_of_a_file_that_is_a_picture_and_a_page_only_the_picture_is_kept(
    api: httpx.Client,
) -> None:
    both = saved("GIF") + b"<script>alert(1)</script>"
    upload = api.post("/api/uploads", content=both).json()["id"]
    kept = api.get(f"/api/uploads/{upload}/image")
    assert kept.headers["content-type"] == "image/webp"
    assert b"script" not in kept.content


@pytest.mark.parametrize(
    "kind", ["PNG", "WebP", "GIF", "TIFF", "BMP", "AVIF", "HEIC", "PPM", "JPEG2000"]
)
def test_one_limit_of_pixels_holds_for_every_kind(kind: str) -> None:
    import pillow_heif

    file = BytesIO()
    picture = Image.new("RGB", (300, 200), "red")
    pillow_heif.from_pillow(picture).save(file) if kind == "HEIC" else picture.save(file, kind)
    with closing(Uploads(Settings(upload_pixels=60_000))) as uploads:
        assert next(uploads.together([file.getvalue()])).size == (300, 200)
        uploads.settings = Settings(upload_pixels=59_999)
        with pytest.raises(TooLargeError, match="too large: 300 x 200"):
            next(uploads.together([file.getvalue()]))


def test_a_user_keeps_so_many_bytes_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(tmp_path))
    uploads = Uploads(Settings(kept_bytes=5000))
    first = uploads.take("", saved("PNG"))
    assert uploads.take("", saved("PNG")) == first
    with pytest.raises(Exception, match="no more is kept for you"):
        uploads.take("", saved("PNG", (300, 200)))


def test_pictures_go_out_without_exif_and_the_file_with_it(api: httpx.Client) -> None:
    asked = {"text": "red plain", "filters": {"paths": ["*red_plain*"]}}
    (hit,) = api.post("/api/collections/Shapes/search", json=asked).json()["hits"]
    for side in (80, 320, 2560):
        small = Image.open(BytesIO(api.get(f"{hit['picture']['image']}?side={side}").content))
        assert (small.format, dict(small.getexif())) == ("WEBP", {})
        assert max(small.size) <= min(side, 240)
    address = hit["picture"]["image"].removesuffix("/image")
    whole = api.get(f"{address}/file")
    assert whole.headers["content-disposition"].startswith("attachment")
    assert Image.open(BytesIO(whole.content)).getexif()[0x010F] == "Maker"


def test_sizes_are_a_closed_set(api: httpx.Client) -> None:
    path = "/api/collections/Shapes/pictures/0123456789abcdef/image"
    for side in ("81", "-1", "1e9", "99999999999999999999", "a"):
        assert api.get(path, params={"side": side}).status_code == 422


def test_urls_of_pictures_are_refused_unless_the_server_allows_them(
    api: httpx.Client, served: Server
) -> None:
    answer = api.post("/api/uploads/fetch", json={"url": "http://example.org/a.png"})
    assert answer.status_code == 403
    assert "--remote-images" in answer.json()["detail"]


def test_a_picture_is_handed_in_by_a_form_as_most_clients_send_it(
    api: httpx.Client, shapes: Path
) -> None:
    """By whatever name, with fields beside it, and by curl itself."""
    file = shapes / "circle" / "red_circle.jpg"
    data = file.read_bytes()
    as_body = api.post("/api/v1/uploads", content=data).json()["id"]
    for name, told in (("file", "a.jpg"), ("image", 'Käse; "1".jpg'), ("", "a")):
        sent = api.post(
            "/api/v1/uploads", files={name: (told, data, "image/jpeg")}, data={"note": "x"}
        )
        assert sent.status_code == 201 and sent.json()["id"] == as_body, sent.text
    if curl := shutil.which("curl"):
        command = [curl, "-sS", "-F", f"file=@{file}", str(api.base_url.join("/api/v1/uploads"))]
        by_curl = subprocess.run(command, capture_output=True, check=True, timeout=60)
        assert json.loads(by_curl.stdout) == {"id": as_body}


def test_a_form_without_one_picture_is_refused_in_one_line(api: httpx.Client) -> None:
    one = ("a.jpg", b"no picture", "image/jpeg")
    torn = {"content-type": "multipart/form-data; boundary=x"}
    for sent, status, line in (
        ({"files": [("a", one), ("b", one)]}, 400, "a form must bring one file; got 2"),
        ({"files": {"note": (None, "x")}}, 400, "a form must bring one file; got 0"),
        ({"files": {"a": one}}, 415, ""),
        ({"files": {"a": ("a.jpg", bytes(31_000_000))}}, 413, "30 MB"),
        ({"content": b"--x\r\nno form", "headers": torn}, 400, ""),
        ({"content": b"", "headers": {"content-type": "multipart/form-data"}}, 400, "boundary"),
    ):
        told = api.post("/api/v1/uploads", **sent)
        assert told.status_code == status, told.text
        assert line in told.json()["detail"] and "\n" not in told.json()["detail"]
