"""Collections for agents, over the Model Context Protocol: standard input and output, or HTTP."""

import sys

import anyio
import uvicorn
from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

from app.mcp_tools import make_server
from app.server.access import Access
from app.server.arriving import Arriving, places
from app.server.house import House
from app.server.listening import bound
from app.server.settings import Settings, is_loopback
from app.server.stopping import Server


def serve(settings: Settings, *, http: bool) -> None:
    """Serve on standard input and output, or over HTTP at /mcp, until the client leaves or Ctrl-C.

    Raises:
        OSError: the address is taken.
    """
    house = House(settings)
    server = make_server(house)
    if not http:
        anyio.run(_stdio, server, house)
        return
    app = server.streamable_http_app(
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False)
    )  # Access checks the host, and the token
    app.add_middleware(Access, settings=settings)
    with bound(settings.host, settings.port) as listening:
        port = listening.getsockname()[1]
        shown = "localhost" if is_loopback(settings.host) else settings.host
        sys.stderr.write(f"dialens speaks MCP at http://{shown}:{port}/mcp; Ctrl-C stops it\n")
        config = uvicorn.Config(
            app,
            http=Arriving,
            ws="none",
            backlog=places() // 4,  # so many are taken in before any is given up
            log_level="warning",
            proxy_headers=False,
            h11_max_incomplete_event_size=64_000,
            timeout_graceful_shutdown=settings.grace,
        )
        Server(config, endless=["/mcp"]).run(sockets=[listening])


async def _stdio(server: MCPServer, house: House) -> None:
    try:
        await server.run_stdio_async()
    finally:
        await house.close()
