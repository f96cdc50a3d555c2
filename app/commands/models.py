"""`dialens models`: what is on this machine, and getting more ahead of time."""

from typing import Annotated

import typer

from app.output.json_output import as_document
from app.terminal.command_errors import door

app = typer.Typer(help="List and fetch model weights.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Names = Annotated[list[str], typer.Argument(metavar="NAME...", help="Profiles or encoders.")]


@app.command("list")
@door
def list_(as_json: AsJson = False) -> None:
    """List the weights that lie on this machine, with their size."""
    from app.library import weights
    from app.output.printable import size
    from app.terminal.terminal import write_lines

    held = weights.installed_weights()
    if as_json:
        typer.echo(as_document(held))
    elif not held:
        typer.echo("no weights here yet; get some with: dialens models fetch offline", err=True)
    else:
        write_lines(f"{size(one['bytes']):>8}  {one['name']}  {one['path']}" for one in held)


@app.command()
@door
def fetch(names: Names) -> None:
    """Get weights ahead of the first use, and convert them where that makes them faster.

    dialens models fetch offline
    dialens models fetch laptop open_clip:ViT-B-32/laion2b_s34b_b79k
    """
    from app.library import weights

    for name in names:
        typer.echo(f"{name}: {weights.fetch(name)} is ready")
