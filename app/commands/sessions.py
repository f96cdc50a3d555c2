"""`dialens sessions`: the conversations there were."""

from typing import Annotated

import typer

from app.output.json_output import as_document
from app.terminal.command_errors import door

app = typer.Typer(help="List, read and delete conversations.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The session's name.")]


@app.command("list")
@door
def list_(as_json: AsJson = False) -> None:
    """List the conversations, with their collection and number of turns."""
    from app.library import conversations
    from app.output.printable import counted
    from app.terminal.terminal import write_lines

    known = conversations.summaries()
    if as_json:
        typer.echo(as_document(known))
    elif not known:
        typer.echo("no conversation yet; start one with: dialens chat", err=True)
    else:
        write_lines(
            f"{one['name']}  {one['collection']}  {counted(one['turns'], 'turn')}  {one['last']}"
            for one in known
        )


@app.command()
@door
def show(name: Name, as_json: AsJson = False) -> None:
    """Print a conversation as Markdown, or its turns as JSON."""
    from app.library import conversations

    typer.echo(conversations.as_json(name) if as_json else conversations.as_markdown(name))


@app.command()
@door
def rm(name: Name) -> None:
    """Delete a conversation. The pictures stay."""
    from app.library import conversations

    conversations.remove(name)
    typer.echo(f"deleted the conversation {name!r}", err=True)
