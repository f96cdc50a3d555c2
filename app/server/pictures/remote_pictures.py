"""A picture from another machine's URL: never from this network, never by way of a redirect to it.

The name is resolved once per hop, every address of it must be public, and the connection goes to
the address that was checked, so that a second answer of the name server changes nothing. All of it,
names and redirects included, has one deadline, and keeps no search waiting.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from app.server.contract.errors import ForbiddenError, FullError, TooLargeError, UpstreamError

HOPS = 3
SECONDS = 10.0
AT_ONCE = 8  # requests that wait for pictures, of all users
TOGETHER = 2  # of the largest pictures, in what one request names
PORTS = {"http": 80, "https": 443}
CLOSED = [  # what counts as global for `ipaddress`, and can lead into this network
    ipaddress.ip_network(one) for one in ("::/96", "fec0::/10", "64:ff9b:1::/48", "100::/64")
]
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
        seconds: that a fetch may take.
    """

    def __init__(
        self,
        *,
        most: int,
        resolve: Resolve = addresses,
        transport: httpx.AsyncBaseTransport | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self.most, self.resolve, self.transport = most, resolve, transport
        self.seconds, self.inside = seconds, 0
        self._names = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="names")

    async def fetch(self, *urls: str) -> list[bytes]:
        """Return what the URLs hold.

        Raises:
            ForbiddenError: one leads to an address that is not public, or is no http(s) URL.
            FullError: too many pictures are being fetched.
            TooLargeError: they hold too much, one of them or together.
            UpstreamError: the other machine does not give one, or not in time.
        """
        if self.inside >= AT_ONCE:
            raise FullError(round(self.seconds))
        self.inside += 1
        held: list[bytes] = []
        try:
            async with asyncio.timeout(self.seconds):
                for url in urls:
                    held.append(await self._followed(url))
                    if sum(map(len, held)) > TOGETHER * self.most:
                        raise TooLargeError(
                            f"pictures by URL are {TOGETHER} of the largest at most"
                        )
        except TimeoutError as error:
            raise UpstreamError("the picture's address takes too long") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise UpstreamError(f"the picture's address gives nothing: {error}") from error
        finally:
            self.inside -= 1
        return held

    async def _followed(self, url: str) -> bytes:
        async with httpx.AsyncClient(
            transport=self.transport, timeout=None, follow_redirects=False, trust_env=False
        ) as client:
            for _ in range(HOPS + 1):
                answer = await self._got(client, url)
                if isinstance(answer, bytes):
                    return answer
                url = answer
        raise UpstreamError(f"the picture's address redirects more than {HOPS} times")

    async def _got(self, client: httpx.AsyncClient, url: str) -> bytes | str:
        """Return what is there, or where it leads on to."""
        address = httpx.URL(url)
        request = client.build_request(
            "GET",
            address.copy_with(host=await self._checked(address)),
            headers={
                "Host": address.netloc.decode("ascii"),
                "Accept": "image/*",
                "Accept-Encoding": "identity",
            },
            extensions={"sni_hostname": address.host},
        )
        answer = await client.send(request, stream=True)
        try:
            if answer.is_redirect:
                return str(address.join(answer.headers.get("location", "")))
            if answer.status_code != 200:
                raise UpstreamError(f"the picture's address answers {answer.status_code}")
            return await self._read(answer)
        finally:
            await answer.aclose()

    async def _read(self, answer: httpx.Response) -> bytes:
        held = bytearray()
        async for part in answer.aiter_raw():  # what is compressed is not expanded, and no picture
            held += part
            if len(held) > self.most:
                raise TooLargeError(f"a picture may have {self.most // 1_000_000} MB at most")
        return bytes(held)

    async def _checked(self, url: httpx.URL) -> str:
        """Return the address to connect to."""
        if url.scheme not in PORTS or not url.host or url.userinfo:
            raise ForbiddenError("a picture's address must be a plain http or https URL")
        port = url.port or PORTS[url.scheme]
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._names, self.resolve, url.host, port)
        if not found or not all(_is_public(one) for one in found):
            raise ForbiddenError("a picture's address must be a public one")
        if port != PORTS[url.scheme]:
            raise ForbiddenError(f"a picture's address must be at the port of {url.scheme}")
        return found[0]


def _is_public(address: str) -> bool:
    known = ipaddress.ip_address(address.split("%")[0])
    if isinstance(known, ipaddress.IPv6Address):
        hidden = known.ipv4_mapped or known.sixtofour or (known.teredo or (None, None))[1]
        if hidden is not None:
            known = hidden
        elif known in ipaddress.ip_network("64:ff9b::/96"):
            known = ipaddress.ip_address(int(known) & 0xFFFFFFFF)
        elif any(known in one for one in CLOSED):
            return False
    return known.is_global and not known.is_multicast
