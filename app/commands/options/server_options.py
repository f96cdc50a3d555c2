"""From a command's options to a server: what it may do, and starting it where its extra is."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agent.stages.config import Stages
from app.library.stages_chosen import chosen
from app.output.no_folder import no_folder
from app.server.contract.settings import PLAIN, Settings, read_tokens

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
    for one in folders:
        if not (path := one.expanduser()).is_dir():
            raise ValueError(f"--folder: {no_folder(path, str(one))}")
    none = {"rewriter": None, "reranker": None, "budget": None}
    own = {path.stem: chosen(path, **none) for path in stage_files}
    return Settings(
        host=host,
        port=port,
        tokens=tokens,
        names=names,
        stages={**own, PLAIN: Stages(), "asks back": ASKING},
        folders=tuple(one.expanduser().resolve() for one in folders),
        page=page,
        workers=workers or os.cpu_count() or 1,
        waiting=waiting,
        remote=remote,
    )


def serve(settings: Settings, *, browse: bool = False) -> None:
    """Serve the page and the API until SIGTERM or Ctrl-C.

    Raises:
        OSError: the address is taken.
        ValueError: the extra `serve` is not installed.
    """
    try:
        from app.server import run
    except ModuleNotFoundError as error:
        raise ValueError(MISSING.format(name=error.name, extra="serve")) from None
    run.serve(settings, browse=browse)


def serve_mcp(settings: Settings, *, http: bool) -> None:
    """Serve agents, see `app.mcp_server.server`.

    Raises:
        OSError: the address is taken.
        ValueError: the extra `mcp` is not installed.
    """
    try:
        from app.mcp_server import server
    except ModuleNotFoundError as error:
        raise ValueError(MISSING.format(name=error.name, extra="mcp")) from None
    server.serve(replace(settings, same_machine=not http), http=http)
