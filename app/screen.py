"""A terminal that shows what was found: a line for what was understood, a table, thumbnails."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agent.turn import Turn
from app.hit_table import hit_table
from app.printable import printable
from app.thumbnails import draw
from retrievers.hit import Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where turns are shown.

    Attributes:
        console: the terminal, or what stands for it.
        roots: the collection's folders; file names are shown below them.
        thumbnails: how pictures are drawn, see `app.thumbnails`.
    """

    console: Console
    roots: Sequence[Path] = ()
    thumbnails: str = "auto"

    def turn(self, turn: Turn) -> None:
        """Show one exchange."""
        if turn.understood:
            self.console.print(Text(printable(turn.understood), style="italic dim"))
        if turn.rewritten:
            self.console.print(Text(f"searched: {printable(turn.rewritten)}", style="dim"))
        for line in turn.reply.splitlines():
            self.console.print(Text(printable(line)))
        for reason in turn.lost:
            self.console.print(Text(f"lost: {printable(reason)}", style="yellow"))
        if turn.doubt:
            self.console.print(Text(printable(turn.doubt), style="yellow"))
        if turn.hits:
            self.hits(turn.hits)
        elif turn.head == turn.number and not turn.reply and not turn.query.is_empty:
            self.console.print("nothing meets these conditions; try: undo", style="yellow")

    def hits(self, hits: Sequence[Hit], *, why: bool = False) -> None:
        """Show pictures with their numbers."""
        draw(self.console, hits, self.thumbnails)
        self.console.print(hit_table(hits, roots=self.roots, why=why))
