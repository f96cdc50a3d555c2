"""Pictures by URL: only from public addresses, whatever names, redirects or notations say."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import ClassVar

import httpx
import pytest
from PIL import Image

from app.server.contract.errors import ForbiddenError, FullError, TooLargeError, UpstreamError
from app.server.pictures.remote_pictures import AT_ONCE, Remote, addresses
from tests.app.server.running import running

SLOW = {
    "head": [b"H"] + [b"T"] * 90,
    "headers": [b"HTTP/1.1 200 OK\r\n"] + [b"x-a: b\r\n"] * 90,
    "body": [b"HTTP/1.1 200 OK\r\n\r\n"] + [b"a"] * 90,
    "hop": [b"HTTP/1.1 302 Found\r\n", *[b"x: y\r\n"] * 4, b"location: /hop\r\n\r\n"],
}
PUBLIC = "93.184.215.14"


class Elsewhere(BaseHTTPRequestHandler):
    """Another machine: a picture, redirects, and an endless file."""

    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(self.headers["host"])
        name, _, what = self.path.strip("/").partition("?")
        if name == "to":
            self.send_response(302)
            self.send_header("location", what)
            self.end_headers()
            return
        if name in SLOW:
            self.slowly(SLOW[name])
            return
        self.send_response(404 if name == "gone" else 200)
        self.end_headers()
        self.wfile.write(b"a" * 300_000 if name == "large" else picture())

    def slowly(self, parts: list[bytes]) -> None:
        with suppress(OSError):
            for part in parts:
                self.wfile.write(part)
                self.wfile.flush()
                sleep(0.1)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    return file.getvalue()


class ByAddress(httpx.AsyncHTTPTransport):
    """Reaches the machine of the tests where a public address is meant."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port, self.reached = port, list[str]()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.reached.append(request.url.host)
        assert request.url.host == PUBLIC, "only checked addresses are connected to"
        there = request.url.copy_with(scheme="http", host="127.0.0.1", port=self.port)
        return await super().handle_async_request(
            httpx.Request("GET", there, headers=request.headers, extensions=request.extensions)
        )


def fetched(remote: Remote, url: str) -> bytes:
    return asyncio.run(remote.fetch(url))[0]


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def remote(elsewhere: int) -> Remote:
    known = {
        "public.example": [PUBLIC],
        "private.example": ["10.0.0.7"],
        "both.example": [PUBLIC, "127.0.0.1"],
        "none.example": [],
    }

    def resolve(host: str, port: int) -> list[str]:
        return known[host] if host in known else addresses(host, port)

    return Remote(most=100_000, resolve=resolve, transport=ByAddress(elsewhere))


def test_a_picture_comes_from_a_public_address_under_its_own_name(remote: Remote) -> None:
    assert fetched(remote, "http://public.example/a.png") == picture()
    assert Elsewhere.seen[-1] == "public.example"


@pytest.mark.parametrize(
    "host",
    "127.0.0.1 localhost 127.1 2130706433 0x7f000001 0177.0.0.1 0.0.0.0 10.1.2.3 172.16.0.1"
    " 192.168.1.1 169.254.169.254 100.64.0.1 224.0.0.1 [::1] [::] [fc00::1] [fe80::1]"
    " [::ffff:127.0.0.1] [::ffff:10.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::]"
    " [::7f00:1] [::a00:7] [fec0::1] [feff::1] [64:ff9b:1::7f00:1] [64:ff9b:1:ffff::1] [100::1]"
    " private.example both.example none.example".split(),
)
def test_no_address_of_this_network_is_asked(remote: Remote, host: str) -> None:
    before = len(Elsewhere.seen)
    for url in (f"http://{host}/a.png", f"http://public.example/to?http://{host}/a.png"):
        with pytest.raises((ForbiddenError, UpstreamError)):
            fetched(remote, url)
    assert len(Elsewhere.seen) <= before + 1  # the redirect's own


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://public.example/a.png",
        "gopher://public.example/a",
        "http://user:password@public.example/a.png",
        "http:///a.png",
        "data:image/png;base64,AAAA",
    ],
)
def test_only_plain_urls_of_the_web_are_asked(remote: Remote, url: str) -> None:
    with pytest.raises((ForbiddenError, UpstreamError)):
        fetched(remote, url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://public.example/a.png"])
def test_no_redirect_leads_out_of_the_web(remote: Remote, url: str) -> None:
    with pytest.raises(ForbiddenError):
        fetched(remote, f"http://public.example/to?{url}")


def test_a_file_that_is_too_large_gone_or_always_elsewhere_is_given_up(remote: Remote) -> None:
    with pytest.raises(TooLargeError, match="MB at most"):
        fetched(remote, "http://public.example/large")
    with pytest.raises(UpstreamError, match="answers 404"):
        fetched(remote, "http://public.example/gone")
    with pytest.raises(UpstreamError, match="redirects more than 3 times"):
        fetched(remote, "http://public.example/to?/to?/to?/to?/to?/to?/a.png")


@pytest.mark.parametrize("name", SLOW)
def test_one_deadline_holds_for_all_of_a_fetch(remote: Remote, name: str) -> None:
    remote.seconds, begin = 1.0, monotonic()
    with pytest.raises(UpstreamError, match="too long"):
        fetched(remote, f"http://public.example/{name}")
    assert monotonic() - begin < 3


def test_a_name_server_that_does_not_answer_is_not_waited_for(elsewhere: int) -> None:
    over = Event()

    def resolve(host: str, port: int) -> list[str]:
        over.wait(5)
        return [PUBLIC]

    remote, begin = Remote(most=100, resolve=resolve, seconds=0.5), monotonic()
    with pytest.raises(UpstreamError, match="too long"):
        fetched(remote, "http://public.example/a.png")
    assert monotonic() - begin < 3
    over.set()


@pytest.mark.parametrize("url", ["http://public.example:22/a", "https://public.example:8443/a"])
def test_odd_ports_are_not_asked(remote: Remote, url: str) -> None:
    for asked in (url, f"http://public.example/to?{url}"):
        with pytest.raises(ForbiddenError, match="port of http"):
            fetched(remote, asked)


def test_no_search_waits_for_pictures_of_other_machines(remote: Remote) -> None:
    async def crowd() -> list[object]:
        remote.seconds = 1.0
        asked = [remote.fetch("http://public.example/body") for _ in range(AT_ONCE + 2)]
        return await asyncio.gather(*asked, return_exceptions=True)

    ended = asyncio.run(crowd())
    assert [type(one) for one in ended] == [UpstreamError] * AT_ONCE + [FullError] * 2


def test_a_server_that_fetches_pictures_fetches_none_of_its_own_network(
    server_home: Callable[[], Path], elsewhere: int
) -> None:
    with running(server_home(), "--remote-images") as server, server.client() as client:
        for url in (f"http://127.0.0.1:{elsewhere}/a.png", f"http://localhost:{elsewhere}/a.png"):
            answer = client.post("/api/uploads/fetch", json={"url": url})
            assert answer.status_code == 403
            assert answer.json()["detail"] == "a picture's address must be a public one"
        asked = {"model": "Shapes", "input": {"image": f"http://127.0.0.1:{elsewhere}/a.png"}}
        assert client.post("/v1/embeddings", json=asked).status_code == 403
