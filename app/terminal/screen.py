"""A terminal that shows what was found: lines for what was understood, a table, thumbnails."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agent.turns.clarifying_question import ClarifyingQuestion
from agent.turns.turn import Turn
from agent.understanding.constraint_list import Constraint
from agent.understanding.constraint_words import words_of
from agent.understanding.edits import Difference, Mark
from app.output.hit_table import hit_table
from app.output.printable import printable, short
from app.terminal.terminal import show
from app.terminal.thumbnails import draw
from retrievers.hit import Hit

_SIGNS: dict[Mark | None, str] = {"added": "+", "changed": "~", "dropped": "-", None: " "}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where turns are shown.

    Attributes:
        console: the terminal, or what stands for it.
        roots: the collection's folders; file names are shown below them.
        thumbnails: how pictures are drawn, see `app.terminal.thumbnails`.
    """

    console: Console
    roots: Sequence[Path] = ()
    thumbnails: str = "auto"

    def understood(
        self, constraints: Sequence[Constraint], changes: Sequence[Difference] = ()
    ) -> None:
        """Show what is asked for, a line each with its number, and what has changed."""
        new = {change.number: change for change in changes if change.mark != "dropped"}
        for number, one in enumerate(constraints, start=1):
            change = new.get(number)
            before = f"{_words(change.before)} -> " if change and change.before else ""
            self._line(change.mark if change else None, number, f"{before}{_words(one)}")
        for gone in changes:
            if gone.mark == "dropped":
                self._line(gone.mark, gone.number, _words(gone.constraint))
        if not constraints:
            self.console.print(Text("anything", style="italic dim"))

    def _line(self, mark: Mark | None, number: int, words: str) -> None:
        line = Text(f"{_SIGNS[mark]} ", style="italic" if mark else "italic dim")
        line.append(f"{number} ", style="bold")
        line.append(words, style="strike" if mark == "dropped" else "")
        self.console.print(line)

    def turn(self, turn: Turn) -> None:
        """Show what an exchange came to."""
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
            self._question(turn.question)
        elif turn.head == turn.number and not turn.reply:
            told = "nothing meets these conditions; try: undo"
            told = "nothing is asked for; say what you look for" if turn.query.is_empty else told
            self.console.print(told, style="yellow")

    def _question(self, question: ClarifyingQuestion | None) -> None:
        """Ask back, with pictures to point at by a letter."""
        if question is None:
            return
        offered = [
            Hit(one.picture, 0.0, at) for at, one in enumerate(question.alternatives, start=1)
        ]
        self.console.print(Text(printable(question.text), style="bold"))
        draw(self.console, offered, self.thumbnails, label=letter)
        for hit, one in zip(offered, question.alternatives, strict=True):
            named = printable(one.caption) or short(one.picture.path, self.roots)
            self.console.print(Text(f"  {letter(hit)}  {named}"))
        self.console.print("  or say it in words", style="dim")

    def hits(self, hits: Sequence[Hit], *, why: bool = False) -> None:
        """Show pictures with their numbers."""
        draw(self.console, hits, self.thumbnails)
        show(self.console, hit_table(hits, roots=self.roots, why=why))


def _words(constraint: Constraint) -> str:
    return printable(words_of(constraint))


def letter(hit: Hit) -> str:
    """Return the letter that a picture offered as an answer goes by."""
    return chr(ord("a") + hit.rank - 1)
