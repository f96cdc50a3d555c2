"""`dialens mcp`: the collections for agents that speak the Model Context Protocol."""

from typing import Annotated

import typer

from app.commands.serve import Host, Names, StageFiles, TokenFile
from app.terminal.command_errors import door

Http = Annotated[bool, typer.Option("--http", help="Over HTTP; else standard input and output.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")]


@door
def mcp(
    http: Http = False,
    host: Host = "127.0.0.1",
    port: Port = 8766,
    token_file: TokenFile = None,
    name: Names = None,
    stages: StageFiles = None,
) -> None:
    """Let an agent search: tools collections, search, refine, more_like, show.

    dialens mcp
    dialens mcp --http --port 8766
    DIALENS_TOKEN=... dialens mcp --http --host 0.0.0.0 --name photos.example.org

    The client starts it: {"command": "dialens", "args": ["mcp"]}.
    """
    from app.commands.options import server_options

    settings = server_options.settings(
        host=host,
        port=port,
        token_file=token_file,
        names=tuple(name or ()),
        stage_files=stages or (),
        folders=(),
        page=9,
        workers=None,
        waiting=16,
        remote=False,
    )
    server_options.serve_mcp(settings, http=http)
