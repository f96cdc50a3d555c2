"""`dialens serve`: the web page and the HTTP API."""

from pathlib import Path
from typing import Annotated

import typer

from app.terminal.command_errors import door

Host = Annotated[str, typer.Option(help="Where to listen; other than loopback needs a token.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")]
TokenFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Users, a line NAME TOKEN each.")
]
Names = Annotated[
    list[str] | None, typer.Option("--name", metavar="HOST", help="Answer to this name, too.")
]
StageFiles = Annotated[
    list[Path] | None,
    typer.Option("--stages", metavar="FILE", help="Stages to choose from, by the file's name."),
]
Folders = Annotated[
    list[Path] | None,
    typer.Option("--folder", metavar="DIR", help="New collections may be made of it, and below."),
]
Page = Annotated[int, typer.Option("-k", metavar="N", min=1, max=99, help="Pictures per answer.")]
Workers = Annotated[
    int | None, typer.Option(min=1, max=256, help="Searches at a time; else the cores.")
]
Waiting = Annotated[int, typer.Option(min=0, max=10000, help="Searches that may wait.")]
Remote = Annotated[bool, typer.Option("--remote-images", help="Pictures may be public URLs.")]
Open = Annotated[bool, typer.Option("--open", help="Open the page in the browser.")]


@door
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8765,
    token_file: TokenFile = None,
    name: Names = None,
    stages: StageFiles = None,
    folder: Folders = None,
    k: Page = 12,
    workers: Workers = None,
    waiting: Waiting = 16,
    remote_images: Remote = False,
    open_page: Open = False,
) -> None:
    """Serve the web page and the HTTP API.

    dialens serve --open
    dialens serve --stages my-system.toml --folder ~/Pictures
    DIALENS_TOKEN=... dialens serve --host 0.0.0.0 --name photos.example.org

    Ctrl-C finishes what is under way and stops. The API is described at /openapi.json.
    """
    from app.commands.options import server_options

    server_options.serve(
        server_options.settings(
            host=host,
            port=port,
            token_file=token_file,
            names=tuple(name or ()),
            stage_files=stages or (),
            folders=tuple(folder or ()),
            page=k,
            workers=workers,
            waiting=waiting,
            remote=remote_images,
        ),
        browse=open_page,
    )
