"""Collections for agents, over the Model Context Protocol: standard input and output, or HTTP."""

import sys

import anyio
import uvicorn
from mcp.server import MCPServer
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from app.mcp_server.messages import Bodies
from app.mcp_server.tools import make_server
from app.server.contract.settings import Settings
from app.server.operation.slow_clients import Arriving, places
from app.server.operation.socket_listening import address, bound, elsewhere
from app.server.operation.stopping import StoppingServer
from app.server.security.access import Access
from app.server.security.request_bounds import Bounded
from app.server.state.server_state import ServerState

IDLE = 30 * 60.0  # seconds without a request after which a session is over
SESSIONS = 1000  # at a time
LONGEST = 4_000_000  # bytes of a message


def serve(settings: Settings, *, http: bool) -> None:
    """Serve on standard input and output, or over HTTP at /mcp, until the client leaves or Ctrl-C.

    Raises:
        OSError: the address is taken.
    """
    state = ServerState(settings)
    server = make_server(state)
    if not http:
        anyio.run(_stdio, server, state)
        return
    app = application(server, settings)
    with bound(settings.host, settings.port) as listening:
        told = elsewhere(listening, settings.names)
        url = f"{address(listening)}/mcp"
        sys.stderr.write(f"dialens speaks MCP at {url}; Ctrl-C stops it\n{told}")
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
        StoppingServer(config, endless=["/mcp"]).run(sockets=[listening])


def application(server: MCPServer, settings: Settings, *, idle: float = IDLE) -> Starlette:
    """Return the server over HTTP; a session is its user's, and over when it was idle too long."""
    app = server.streamable_http_app(
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        session_idle_timeout=idle,
        max_sessions=SESSIONS,
    )  # Access checks the host, and the token
    app.add_middleware(Bodies)
    app.add_middleware(Bounded, most=lambda path: LONGEST)
    app.add_middleware(_Owned)
    app.add_middleware(Access, settings=settings)
    return app


class _Owned:
    """Tell the protocol's own sessions whose they are, in the form that it looks for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["user"] = _Owner(AccessToken(token="", client_id=scope["user"], scopes=[]))
        await self.app(scope, receive, send)


class _Owner(AuthenticatedUser):
    def __str__(self) -> str:
        return str(self.username)


async def _stdio(server: MCPServer, state: ServerState) -> None:
    try:
        await server.run_stdio_async()
    finally:
        await state.close()
