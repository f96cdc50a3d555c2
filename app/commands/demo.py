"""`dialens demo`: see it work."""

from pathlib import Path
from typing import Annotated

import typer

from app.terminal.command_errors import INTERRUPTED, door

Photos = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Your pictures instead of ours.")
]
Html = Annotated[Path, typer.Option(metavar="FILE", help="Where the page goes.")]
Interactive = Annotated[bool, typer.Option(help="Hand over to you at the end, on a terminal.")]


@door
def demo(
    photos: Photos = None, html: Html = Path("dialens-demo.html"), interactive: Interactive = True
) -> None:
    """See it work on real photographs.

    dialens demo
    dialens demo --photos ~/Pictures --no-interactive
    """
    from app.demo import demonstration

    if not demonstration.demo(photos, html, interactive=interactive):
        raise typer.Exit(INTERRUPTED)
