"""Run the server: a socket, the application, uvicorn until it is told to stop."""

import os
import sys
import webbrowser

import uvicorn

from app.server.application import make_app
from app.server.contract.settings import Settings
from app.server.operation.slow_clients import Arriving, places
from app.server.operation.socket_listening import address, bound, elsewhere
from app.server.operation.stopping import StoppingServer
from app.server.operation.telemetry import log_as_json
from app.terminal.command_errors import INTERRUPTED

TURN = 0.0005  # seconds that a thread may keep the interpreter; Python's own is ten times that
CLOSING = 5  # seconds of the grace, for closing when some request has not ended by itself


def serve(settings: Settings, *, browse: bool = False) -> None:
    """Serve until SIGTERM or Ctrl-C; what is in flight is finished or kept.

    Raises:
        OSError: the address is taken.
    """
    log_as_json()
    sys.setswitchinterval(TURN)  # the loop asks for it back after each call of a socket
    app = make_app(settings)
    with bound(settings.host, settings.port) as listening:
        url = f"{address(listening)}/"
        told = elsewhere(listening, settings.names)
        sys.stderr.write(f"dialens is at {url}; Ctrl-C stops it\n{told}")
        if browse:
            webbrowser.open(url)
        config = uvicorn.Config(
            app,
            http=Arriving,
            ws="none",
            backlog=places() // 4,  # so many are taken in before any is given up
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=64_000,
            timeout_keep_alive=10,
            timeout_graceful_shutdown=max(1, settings.grace - CLOSING),
        )
        try:
            StoppingServer(config, on_stop=app.state.server_state.stop).run(sockets=[listening])
        except KeyboardInterrupt:  # uvicorn hands Ctrl-C on, when all is closed
            sys.stderr.write("\ndialens: stopped\n")
            sys.stderr.flush()
            os._exit(INTERRUPTED)  # a thread that is not at its end would be waited for
