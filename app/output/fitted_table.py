"""A table as wide as there is room for: in columns, or else in lines; nothing is ever cut.

rich's own tables break figures, or end them with dots, where there is too little room.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

FOLDED = 16  # the least width at which a name or a sentence is folded rather than given lines
GAP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        head: its name; also stands before each value where the table is given in lines.
        right: figures stand on the right.
        folds: long texts may be folded; figures may not.
        style: of its cells, in rich's words.
    """

    head: str
    right: bool = False
    folds: bool = False
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What rich prints in the form that fits the room it is given.

    Attributes:
        columns: every column.
        rows: a cell per column.
        title: printed above.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str | Text]]
    title: str = ""

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        if self.title:
            yield Text(self.title, style="italic", overflow="fold")
        if self._least() <= options.max_width:
            yield self._in_columns()
        else:
            yield from self._in_lines()

    def _least(self) -> int:
        least = 0
        for column, cells in zip(self.columns, self._by_column(), strict=True):
            wide = max((_text(cell).cell_len for cell in cells), default=0)
            wide = min(wide, FOLDED) if column.folds else wide
            least += max(wide, Text(column.head).cell_len) + GAP
        return least

    def _by_column(self) -> list[list[str | Text]]:
        return [[row[at] for row in self.rows] for at in range(len(self.columns))]

    def _in_columns(self) -> Table:
        drawn = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim")
        for one in self.columns:
            drawn.add_column(
                Text(one.head),
                justify="right" if one.right else "left",
                style=one.style,
                overflow="fold",
                no_wrap=not one.folds,
            )
        for row in self.rows:
            drawn.add_row(*map(_text, row))
        return drawn

    def _in_lines(self) -> Iterator[RenderableType]:
        """Yield a line for each value that there is; all but a row's first are set in."""
        for row in self.rows:
            told = [pair for pair in zip(self.columns, row, strict=True) if _text(pair[1])]
            for at, (column, cell) in enumerate(told):
                line = Text.assemble((f"{column.head} ", "dim"), _text(cell), overflow="fold")
                yield Padding(line, (0, 0, 0, GAP if at else 0), expand=False)


def _text(cell: str | Text) -> Text:
    return Text(cell) if isinstance(cell, str) else cell
