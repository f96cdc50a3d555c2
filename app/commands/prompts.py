"""`dialens prompts`: what the models are told, before anything is sent."""

from pathlib import Path
from typing import Annotated

import typer

from app.output.json_output import as_document
from app.terminal.command_errors import door

app = typer.Typer(help="List, read and fill in the prompts.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Such as cirevl/edit.")]


@app.command("list")
@door
def list_(as_json: AsJson = False) -> None:
    """List the prompts: name, version, hash, method, and which are your own."""
    from app.library import prompts_in_use
    from app.output.printable import printable
    from app.terminal.terminal import write_lines

    known = prompts_in_use.listed()
    if as_json:
        typer.echo(as_document(known))
        return
    lines = []
    for one in known:
        mark = "  (your own)" if one["own"] else ""
        said = one.get("error") or f"v{one['version']}  {one['hash']}  {one['method']}{mark}"
        lines.append(printable(f"{one['name']:20} {said}"))
    write_lines(lines)
    typer.echo(f"\nYour own go in {prompts_in_use.own_prompts()}", err=True)


@app.command()
@door
def show(name: Name, as_json: AsJson = False) -> None:
    """Print a prompt's header and its text as a template."""
    from app.library import prompts_in_use
    from app.output.printable import printable

    shown = prompts_in_use.prompt(name)
    header = prompts_in_use.facts(shown)
    if as_json:
        typer.echo(as_document({**header, "body": shown.body}))
        return
    for key, value in header.items():
        text = ", ".join(value) if isinstance(value, tuple) else str(value)
        typer.echo(f"{key + ':':9}{printable(text)}")
    typer.echo("\n" + "\n".join(map(printable, shown.body.rstrip().split("\n"))))


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
    from app.library import prompts_in_use
    from app.output.printable import printable

    filled = prompts_in_use.rendered(prompts_in_use.prompt(name), given or [], image or [])
    typer.echo("\n".join(map(printable, filled.split("\n"))))
    for number, path in enumerate(image or [], start=1):
        typer.echo(f"[picture {number}] is {printable(str(path))}", err=True)
