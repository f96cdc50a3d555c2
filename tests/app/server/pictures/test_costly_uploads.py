"""Pictures that cost more than they look, sent to a server that others use meanwhile."""

import base64
import os
import signal
import struct
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from io import BytesIO
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from PIL import Image

from app.server.contract.errors import TooLargeError
from app.server.contract.settings import Settings
from app.server.pictures.uploads import TOGETHER, Uploads
from tests.app.server.running import Server, running
from tests.bombs import deep_raster, large_canvas, many_scans, poison
from tests.hostile import frames, photo, saved
from tests.retrievers.pictures.decoding.test_costly_pictures import decoding

BOMBS = {
    "scans": lambda: many_scans(9000),
    "canvas": lambda: large_canvas(9900),
    "raster": lambda: deep_raster(9900),
}


def url_of(data: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()


@pytest.mark.parametrize("what", BOMBS)
def test_a_bomb_is_refused_in_one_line_at_every_door(api: httpx.Client, what: str) -> None:
    data = BOMBS[what]()
    picture = {"image": url_of(data)}
    said = [{"type": "image_url", "image_url": {"url": url_of(data)}}]
    answers = [
        api.post("/api/v1/uploads", content=data),
        api.post("/v1/embeddings", json={"model": "Shapes", "input": ["red", picture]}),
        api.post("/v1/rerank", json={"model": "Shapes", "query": "a", "documents": [picture]}),
        api.post(
            "/v1/chat/completions",
            json={"model": "Shapes", "messages": [{"role": "user", "content": said}]},
        ),
    ]
    for answer in answers:
        assert answer.status_code == 413, answer.text
        assert "too" in answer.json()["detail"] and "\n" not in answer.json()["detail"]
        assert answer.elapsed.total_seconds() < 10


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def of_many_parts() -> dict[str, bytes]:
    """Tiny pictures, each with millions of parts that say nothing."""
    gif, png = saved(photo(16, 16), "GIF"), saved(photo(), "PNG")
    jpeg = saved(photo(), "JPEG")
    begin = gif.index(b",", 13 + 3 * 256)  # after the colours, where the picture begins
    return {
        "a comment of bytes": gif[:begin] + b"!\xfe" + b"\1a" * 9_000_000 + b"\0" + gif[begin:],
        "comments": gif[:begin] + (b"!\xfe\xff" + b"a" * 255 + b"\0") * 70_000 + gif[begin:],
        "chunks": png[:33] + chunk(b"tEXt", b"a\0b") * 1_200_000 + png[33:],
        "segments": jpeg[:2] + b"\xff\xe5\0\2" * 4_000_000 + jpeg[2:],
        "fill": jpeg[:2] + b"\xff" * 18_000_000 + jpeg[2:],
    }


def cpu_of(pid: int) -> float:
    """Seconds of a core that a process and those below it took, also those that ended."""
    own = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    below: list[str] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has ended meanwhile
            below += (task / "children").read_text().split()
    spent = sum(map(int, own[11:15])) / os.sysconf("SC_CLK_TCK")
    return spent + sum(cpu_of(int(one)) for one in {*below})


@pytest.mark.skipif(sys.platform != "linux", reason="times are read in /proc")
def test_a_tiny_picture_of_millions_of_parts_takes_no_seconds(
    server_home: Callable[[], Path],
) -> None:
    with running(server_home()) as server, server.client() as client:
        upload(client)
        for name, data in of_many_parts().items():
            before = cpu_of(server.process.pid)
            answer = client.post("/api/v1/uploads", content=data)
            assert (name, answer.status_code) == (name, 413), answer.text
            assert "more parts than a picture has" in answer.text
            assert cpu_of(server.process.pid) - before < 3, name


def test_pictures_of_every_kind_are_still_taken(api: httpx.Client) -> None:
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "BMP"):
        sent = saved(photo(), kind), frames(kind) if kind not in ("JPEG", "BMP") else b""
        for data in filter(None, sent):
            assert api.post("/api/v1/uploads", content=data).status_code == 201, kind
    pictures = [{"image": url_of(saved(photo(seed=n), "WEBP"))} for n in range(20)]
    asked = {"model": "Shapes", "input": ["red", *pictures, "blue"]}
    rows = [one["embedding"] for one in api.post("/v1/embeddings", json=asked).json()["data"]]
    assert len(rows) == 22
    for at in (0, 7, 21):
        alone = {"model": "Shapes", "input": asked["input"][at]}
        (row,) = api.post("/v1/embeddings", json=alone).json()["data"]
        assert row["embedding"] == pytest.approx(rows[at], abs=1e-5)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_a_poisoned_upload_holds_up_nobody_and_ends_with_the_server(
    server_home: Callable[[], Path],
) -> None:
    with running(server_home()) as server, ThreadPoolExecutor(3) as aside:
        with server.client() as other:
            search(other)  # what is slow the first time
            upload(other)
            sent = [aside.submit(send, server, poison()) for _ in range(3)]
            waited = 0.0
            for _ in range(6):
                begin = monotonic()
                search(other)
                waited = max(waited, monotonic() - begin)
                sleep(0.2)
            assert waited < 3
            upload(other)
        assert any(not one.done() or one.result() == 503 for one in sent)
        at_work = decoding(server.process.pid)
        assert at_work
        begin = monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
        assert monotonic() - begin < server_grace()
        ended = {one.result(60) for one in sent}
        given_up = 500  # as uvicorn says of a request that outlasts the grace
        assert ended <= {0, 413, 415, 503, given_up}, (ended, server.log.read_text())
    assert not any(Path(f"/proc/{one}").exists() for one in at_work)


def server_grace() -> float:
    return Settings().grace + 5


def search(client: httpx.Client) -> None:
    asked = {"text": "a red circle", "k": 4}
    assert client.post("/api/v1/collections/Shapes/search", json=asked).status_code == 200


def upload(client: httpx.Client) -> None:
    assert client.post("/api/v1/uploads", content=saved(photo(), "WEBP")).status_code == 201


def send(server: Server, data: bytes) -> int:
    try:
        return httpx.post(f"{server.url}/api/v1/uploads", content=data, timeout=120).status_code
    except httpx.TransportError:
        return 0


def test_the_pictures_of_one_request_may_have_so_many_pixels_together() -> None:
    file = BytesIO()
    Image.new("L", (100, 100)).save(file, "PNG")
    with closing(Uploads(Settings(upload_pixels=10_000))) as uploads:
        assert len(list(uploads.together([file.getvalue()] * TOGETHER))) == TOGETHER
        with pytest.raises(TooLargeError, match="together"):
            list(uploads.together([file.getvalue()] * (TOGETHER + 1)))
