"""The `dialens` command: one group, a file per command in app/commands."""

import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from app.commands import (
    caption,
    chat,
    demo,
    feedback,
    finetune,
    grid,
    index,
    mcp_server,
    models,
    profiles,
    prompts,
    search,
    serve,
    sessions,
    understand,
)
from app.commands.collections import migrate, upkeep
from app.commands.evaluation import evaluate, understanding
from app.terminal.command_errors import as_typed
from app.terminal.guarded import guard
from app.terminal.standard_input import Piped

HELP = """Search your own pictures by talking about them.

dialens demo                                   see it work on real photographs
dialens index ~/Pictures                       make or update a collection
dialens search a boat at dusk --after 2019     find pictures
dialens chat                                   find pictures by talking
dialens serve --open                           likewise, on a page

Collections, sessions and converted models lie in one folder: $DIALENS_HOME, else your user data
folder. Every command takes --help.
"""

app = typer.Typer(
    name="dialens",
    help=as_typed(HELP),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # a tenth of what a command takes to start

        typer.echo(f"dialens {version('dialens')}")
        raise typer.Exit


@app.callback()
def whole(
    asked: Annotated[
        bool,
        typer.Option("--version", help="Say the version.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """Options of the command as a whole; its help is above."""


app.command()(index.index)
app.command()(caption.caption)
app.command()(search.search)
app.command()(chat.chat)
app.command()(serve.serve)
app.command()(mcp_server.mcp)
app.command()(understand.understand)
app.command()(upkeep.status)
app.command()(upkeep.rm)
app.command()(upkeep.export)
app.command()(upkeep.doctor)
app.command()(migrate.migrate)
app.command()(demo.demo)
app.command()(grid.grid)
app.command()(profiles.profiles)
evaluate.app.command()(understanding.understanding)
app.add_typer(evaluate.app, name="eval")
app.add_typer(feedback.app, name="feedback")
app.add_typer(finetune.app, name="finetune")
app.add_typer(models.app, name="models")
app.add_typer(prompts.app, name="prompts")
app.add_typer(sessions.app, name="sessions")


def main() -> None:
    """Run the command line; the process ends with 0, 1 for an error, 2 for wrong usage."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by a shell: no file of ours may take its number
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    guard()
    if isinstance(sys.stdin, TextIOWrapper):  # what is said may be no UTF-8
        if sys.stdin.isatty():
            sys.stdin.reconfigure(errors="replace")
        else:
            sys.stdin = Piped(sys.stdin.detach(), encoding="utf-8", errors="replace")
    app(prog_name="dialens")


if __name__ == "__main__":
    main()
