"""The heaviest single requests that we know, each a function of a server's address."""

import json
import socket
from base64 import b64encode
from collections.abc import Callable
from contextlib import ExitStack, suppress
from io import BytesIO
from time import sleep
from typing import Any

import httpx
from PIL import Image

from tests.bombs import many_scans, poison

JSON = {"content-type": "application/json"}
MEGA = 1_000_000


def posted(path: str, body: bytes, **headers: str) -> Callable[[str], None]:
    """Return a request of that body."""

    def ask(url: str) -> None:
        with suppress(httpx.TransportError):
            httpx.post(f"{url}{path}", content=body, headers=JSON | headers, timeout=60)

    return ask


def cookie(url: str) -> None:
    """Send a cookie of nothing but escapes."""
    with suppress(httpx.TransportError):
        httpx.get(f"{url}/", headers={"cookie": '="' + "\\1" * 27_000 + '"'}, timeout=60)


def heads(url: str) -> None:
    """Begin six hundred requests and end none."""
    host, port = url.removeprefix("http://").split(":")
    with ExitStack() as held:
        for _ in range(600):
            with suppress(OSError):
                one = held.enter_context(socket.create_connection((host, int(port)), timeout=1))
                one.sendall(b"GET / HTTP/1.1\r\nx-a: ")
        sleep(3)


def picture(form: str, side: int) -> bytes:
    """Return a plain picture that is small as a file and large in memory."""
    file = BytesIO()
    Image.new("L", (side, side)).save(file, form)
    return file.getvalue()


def gif(seed: int) -> str:
    """Return a small animated picture, no two alike, as base64."""
    file = BytesIO()
    frames = [Image.new("P", (64, 64), (seed + at) % 256) for at in range(4)]
    frames[0].putpixel((seed % 64, seed // 64), 255)
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return b64encode(file.getvalue()).decode()


def as_json(body: object) -> bytes:
    """Write a body."""
    return json.dumps(body).encode()


def embedded(inputs: list[Any]) -> bytes:
    """Ask for the vectors of texts or pictures."""
    return as_json({"model": "Shapes", "input": inputs})


def requests() -> dict[str, Callable[[str], None]]:
    """Return them by name."""
    ones = b"[" + b"1," * 499_000 + b"1]"
    empty = b'{"model": "Shapes", "input": [' + b"[]," * 13 * MEGA + b"1]}"
    said = as_json({"said": "x" + "," * 1990 + "x"})
    texts = embedded(["a b " * 4000] * 2000)
    chat = {"model": "Shapes", "messages": [{"role": "user", "content": "a red circle"}]}
    messages = [{"role": "user", "content": f"a red circle {at}"} for at in range(1000)]
    frames = [{"image": f"data:image/gif;base64,{gif(at)}"} for at in range(2000)]
    return {
        "nothing": lambda url: sleep(3),
        "a megabyte of numbers to embed": posted(
            "/v1/embeddings", b'{"model": "Shapes", "input": ' + ones + b"}"
        ),
        "39 MB of empty lists": posted("/v1/embeddings", empty),
        "32 MB of texts to embed": posted("/v1/embeddings", texts),
        "a cookie of escapes": cookie,
        "600 half-sent heads": heads,
        "2 kB of commas in a chat": posted("/api/v1/sessions/hostile/turns", said),
        "a WebP of 144 megapixels": posted("/api/v1/uploads", picture("WEBP", 12_000)),
        "a PNG of 99 megapixels": posted("/api/v1/uploads", picture("PNG", 9_900)),
        "a JPEG of 300 scans": posted("/api/v1/uploads", many_scans(4000, 300)),
        "a TIFF of a million strips": posted("/api/v1/uploads", poison(1_000_000)),
        "2,000 GIFs to embed": posted("/v1/embeddings", embedded(frames)),
        "a chat for 128 answers": posted("/v1/chat/completions", as_json({**chat, "n": 128})),
        "a chat of 1,000 messages": posted(
            "/v1/chat/completions", as_json({**chat, "messages": messages})
        ),
    }
