"""Run the server: settings from a command's options, a socket, uvicorn until it is told to stop."""

import os
import socket
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from agent.stages import Stages
from app.server.settings import Settings, is_loopback, read_tokens
from app.staging import chosen

MISSING = "this needs {name}, which is not installed; pip install 'dialens[{extra}]'"
ASKING = Stages(ask="pictures")


def settings(
    *,
    host: str,
    port: int,
    token_file: Path | None,
    names: tuple[str, ...],
    stage_files: Sequence[Path],
    folders: tuple[Path, ...],
    page: int,
    workers: int | None,
    waiting: int,
    remote: bool,
) -> Settings:
    """Read the options; the token of one user may stand in DIALENS_TOKEN.

    Raises:
        StageError: a file of stages cannot be read.
        ValueError: others can reach the server and there is no token, or a folder is missing.
    """
    tokens = read_tokens(token_file) if token_file else {}
    if token := os.environ.get("DIALENS_TOKEN"):
        tokens[token] = "owner"
    if gone := [str(one) for one in folders if not one.expanduser().is_dir()]:
        raise ValueError(f"--folder: no folder {gone[0]!r}")
    none = {"rewriter": None, "reranker": None, "budget": None}
    own = {path.stem: chosen(path, **none) for path in stage_files}
    return Settings(
        host=host,
        port=port,
        tokens=tokens,
        names=names,
        stages={**own, "plain": Stages(), "asks back": ASKING},
        folders=tuple(one.expanduser().resolve() for one in folders),
        page=page,
        workers=workers or os.cpu_count() or 1,
        waiting=waiting,
        remote=remote,
    )


def serve(settings: Settings, *, browse: bool = False) -> None:
    """Serve until SIGTERM or Ctrl-C; what is in flight is finished or kept.

    Raises:
        OSError: the address is taken.
        ValueError: the extra `serve` is not installed.
    """
    try:
        import uvicorn

        from app.server.application import make_app
        from app.server.record import log_as_json
    except ModuleNotFoundError as error:
        raise ValueError(MISSING.format(name=error.name, extra="serve")) from None
    log_as_json()
    app = make_app(settings)
    with bound(settings.host, settings.port) as listening:
        port = listening.getsockname()[1]
        shown = "localhost" if is_loopback(settings.host) else settings.host
        url = f"http://{shown}:{port}/"
        sys.stderr.write(f"dialens is at {url}; Ctrl-C stops it\n")
        if browse:
            webbrowser.open(url)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=64_000,
            timeout_keep_alive=10,
            timeout_graceful_shutdown=settings.grace,
        )
        uvicorn.Server(config).run(sockets=[listening])


def serve_mcp(settings: Settings, *, http: bool) -> None:
    """Serve agents, see `app.mcp_door`.

    Raises:
        OSError: the address is taken.
        ValueError: the extra `mcp` is not installed.
    """
    try:
        from app import mcp_door
    except ModuleNotFoundError as error:
        raise ValueError(MISSING.format(name=error.name, extra="mcp")) from None
    mcp_door.serve(settings, http=http)


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens there.

    Raises:
        OSError: the address is taken, or is not this machine's.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise OSError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
