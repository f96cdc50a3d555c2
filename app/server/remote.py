"""A picture from another machine's URL: never from this network, never by way of a redirect to it.

The name is resolved once per hop, every address of it must be public, and the connection goes to
the address that was checked, so that a second answer of the name server changes nothing.
"""

import ipaddress
import socket
from collections.abc import Callable
from time import monotonic

import httpx

from app.server.errors import ForbiddenError, TooLargeError, UpstreamError

HOPS = 3
SECONDS = 10.0
HEADERS = {"Accept": "image/*", "Accept-Encoding": "identity"}
Resolve = Callable[[str, int], list[str]]


def addresses(host: str, port: int) -> list[str]:
    """Return the addresses that a name stands for."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class Remote:
    """Fetch pictures from public addresses.

    Args:
        most: bytes that are read.
        resolve: finds a name's addresses.
        transport: what makes the connections.
    """

    def __init__(
        self,
        *,
        most: int,
        resolve: Resolve = addresses,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.most, self.resolve, self.transport = most, resolve, transport

    def fetch(self, url: str) -> bytes:
        """Return what the URL holds.

        Raises:
            ForbiddenError: it leads to an address that is not public, or is no http(s) URL.
            TooLargeError: it holds too much.
            UpstreamError: the other machine does not give it.
        """
        try:
            with httpx.Client(
                transport=self.transport, timeout=SECONDS, follow_redirects=False, trust_env=False
            ) as client:
                for _ in range(HOPS + 1):
                    answer = self._got(client, url)
                    if isinstance(answer, bytes):
                        return answer
                    url = answer
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise UpstreamError(f"the picture's address gives nothing: {error}") from error
        raise UpstreamError(f"the picture's address redirects more than {HOPS} times")

    def _got(self, client: httpx.Client, url: str) -> bytes | str:
        """Return what is there, or where it leads on to."""
        asked = httpx.URL(url)
        request = client.build_request(
            "GET",
            asked.copy_with(host=self._checked(asked)),
            headers={
                "Host": asked.netloc.decode("ascii"),
                "Accept": "image/*",
                "Accept-Encoding": "identity",
            },
            extensions={"sni_hostname": asked.host},
        )
        answer = client.send(request, stream=True)
        try:
            if answer.is_redirect:
                return str(asked.join(answer.headers.get("location", "")))
            if answer.status_code != 200:
                raise UpstreamError(f"the picture's address answers {answer.status_code}")
            return self._read(answer)
        finally:
            answer.close()

    def _read(self, answer: httpx.Response) -> bytes:
        held, end = bytearray(), monotonic() + SECONDS
        for part in answer.iter_raw():  # what is compressed is not expanded, and is no picture
            held += part
            if len(held) > self.most:
                raise TooLargeError(f"a picture may have {self.most // 1_000_000} MB at most")
            if monotonic() > end:
                raise UpstreamError("the picture's address takes too long")
        return bytes(held)

    def _checked(self, url: httpx.URL) -> str:
        """Return the address to connect to."""
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise ForbiddenError("a picture's address must be a plain http or https URL")
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        found = self.resolve(url.host, port)
        if not found or not all(_is_public(one) for one in found):
            raise ForbiddenError("a picture's address must be a public one")
        return found[0]


def _is_public(address: str) -> bool:
    known = ipaddress.ip_address(address.split("%")[0])
    if isinstance(known, ipaddress.IPv6Address):
        hidden = known.ipv4_mapped or known.sixtofour or (known.teredo or (None, None))[1]
        if hidden is not None:
            known = hidden
        elif known in ipaddress.ip_network("64:ff9b::/96"):
            known = ipaddress.ip_address(int(known) & 0xFFFFFFFF)
    return known.is_global and not known.is_multicast
