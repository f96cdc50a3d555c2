"""The terminal: one way to open it, and a pager for what is longer than its screen."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook
from rich.pager import Pager
from rich.segment import Segment
from rich.text import Text

from app.output.printable import printable
from app.terminal.guarded import safe

PAGER = "less"
NARROWEST = 12  # columns that are filled; a narrower terminal breaks the lines itself
UNBOUNDED = 100_000  # columns of a file or pipe: a line of a table stays a line


class Terminal(Console):
    """Rich's console, whose texts show the codes in them instead of sending them.

    A reader that went away is told as everywhere else, see `app.terminal.command_errors`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.push_render_hook(_Safe())

    def on_broken_pipe(self) -> None:
        """Let the command's door say how it ends."""
        raise


class _Safe(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_SafeTexts(one) for one in renderables]


class _SafeTexts:
    def __init__(self, inside: ConsoleRenderable) -> None:
        self._inside = inside

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Yield what it would write, with codes of its texts as escapes."""
        for one in console.render(self._inside, options):
            yield one if one.control else one._replace(text=safe(one.text))


def terminal(*, stderr: bool = False) -> Console:
    """Open standard output or error; NO_COLOR and TERM are read by rich.

    COLUMNS and LINES that are no size, such as 0, count as not given.
    """
    sized = {one: os.environ.get(one, "") for one in ("COLUMNS", "LINES")}
    given = {one: size for one, size in sized.items() if size.isdecimal() and int(size)}
    opened = Terminal(
        stderr=stderr,
        highlight=False,
        _environ={**{k: v for k, v in os.environ.items() if k not in sized}, **given},
    )
    if "COLUMNS" not in given and not opened.file.isatty():
        opened.width = UNBOUNDED
    else:
        opened.width = max(opened.width, NARROWEST)
    return opened


def write_lines(lines: Iterable[str]) -> None:
    """Write plain lines, those that are wider than the terminal folded between words."""
    console = terminal()
    for line in lines:
        console.print(Text(line, overflow="fold"))


def say(line: str) -> None:
    """Tell the user something beside a command's result."""
    sys.stderr.write(f"{printable(line)}\n")


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
        ours = signal.signal(signal.SIGINT, lambda number, frame: None)  # Ctrl-C is the pager's
        try:
            subprocess.run(self._command, input=told, env=environment, check=False)
        except OSError:  # there is no such program
            terminal().file.write(content)
        finally:
            signal.signal(signal.SIGINT, ours)
