"""`dialens prompts`: what the models are told, before anything is sent."""

from pathlib import Path
from typing import Annotated

import typer

from app.document import as_document
from app.door import door

app = typer.Typer(help="List, read and fill in the prompts.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Such as cirevl/edit.")]


@app.command("list")
@door
def list_(as_json: AsJson = False) -> None:
    """List the prompts: name, version, hash, method, and which are your own."""
    from app import prompting

    known = [prompting.facts(prompting.prompt(name)) for name in prompting.every_name()]
    if as_json:
        typer.echo(as_document(known))
        return
    for one in known:
        mark = "  (your own)" if one["own"] else ""
        typer.echo(f"{one['name']:20} v{one['version']}  {one['hash']}  {one['method']}{mark}")
    typer.echo(f"\nYour own go in {prompting.own_prompts()}", err=True)


@app.command()
@door
def show(name: Name, as_json: AsJson = False) -> None:
    """Print a prompt's header and its text as a template."""
    from app import prompting

    shown = prompting.prompt(name)
    header = prompting.facts(shown)
    if as_json:
        typer.echo(as_document({**header, "body": shown.body}))
        return
    for key, value in header.items():
        typer.echo(f"{key + ':':9}{', '.join(value) if isinstance(value, tuple) else value}")
    typer.echo(f"\n{shown.body.rstrip()}")


@app.command()
@door
def render(
    name: Name,
    given: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="NAME=VALUE", help="Again for each item of a list."),
    ] = None,
    image: Annotated[
        list[Path] | None,
        typer.Option("--image", metavar="FILE", exists=True, dir_okay=False, help="A picture."),
    ] = None,
) -> None:
    """Print what a model would be sent; pictures as [picture 1].

    dialens prompts render pick/yesno --input query="a dog at night" --image dog.jpg
    """
    from app import prompting
    from app.printable import printable

    typer.echo(prompting.rendered(prompting.prompt(name), given or [], image or []))
    for number, path in enumerate(image or [], start=1):
        typer.echo(f"[picture {number}] is {printable(str(path))}", err=True)
