"""The terminal: one way to open it, and a pager for what is longer than its screen."""

import os
import shlex
import subprocess
import sys

from rich.console import Console, RenderableType
from rich.pager import Pager

PAGER = "less"
UNBOUNDED = 100_000  # columns of a file or pipe: a line of a table stays a line


class Terminal(Console):
    """Rich's console; a reader that went away is told as everywhere else, see `app.door`."""

    def on_broken_pipe(self) -> None:
        """Let the command's door say how it ends."""
        raise


def terminal(*, stderr: bool = False) -> Console:
    """Open standard output or error; NO_COLOR, TERM and COLUMNS are read by rich."""
    piped = not (sys.stderr if stderr else sys.stdout).isatty() and "COLUMNS" not in os.environ
    return Terminal(stderr=stderr, highlight=False, width=UNBOUNDED if piped else None)


def show(console: Console, shown: RenderableType) -> None:
    """Print it, through $PAGER if a person would see only its end; `PAGER=` or `cat` is none."""
    command = shlex.split(os.environ.get("PAGER", PAGER))
    long = console.is_interactive and len(console.render_lines(shown)) >= console.height
    if not long or command in ([], ["cat"]):
        console.print(shown)
        return
    with console.pager(_Paged(command), styles=console.color_system is not None):
        console.print(shown)


class _Paged(Pager):
    def __init__(self, command: list[str]) -> None:
        self._command = command

    def show(self, content: str) -> None:
        """Hand it on; as git does, `less` is asked to keep colours and to leave the text there."""
        environment = {"LESS": "FRX"} | os.environ
        told = content.encode(errors="backslashreplace")
        try:
            subprocess.run(self._command, input=told, env=environment, check=False)
        except OSError:  # there is no such program
            print(content, end="")  # noqa: T201
