"""For notebooks: pictures and tables where IPython shows them."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from IPython.display import HTML, Markdown

from app.output.printable import printable
from app.output.small_pictures import data_uri
from eval.metrics.named_metrics import measure
from eval.reports.table import markdown, sheet
from eval.runs.figures import FiguresRow
from eval.runs.rows import rows_of
from eval.runs.run import Run
from retrievers.hit import Hit
from retrievers.pictures import UnreadablePicture

SIDE = 150


def pictures(found: Sequence[Hit | Path]) -> HTML:
    """Show hits, or files, side by side with their names; hits with rank and score."""
    return HTML(
        f'<div style="display:flex;flex-wrap:wrap;gap:8px">{"".join(map(_cell, found))}</div>'
    )


def table(made: Sequence[Run] | Sequence[FiguresRow], *, note: str = "") -> Markdown:
    """Show the figures of runs, or rows of figures, as `dialens eval table` prints them."""
    runs = [one for one in made if isinstance(one, Run)]
    rows = rows_of(runs) if runs else [one for one in made if isinstance(one, FiguresRow)]
    names = dict.fromkeys(name for one in rows for name in one.figures)
    lower = [name for name in names if measure(name).lower_is_better]
    note = note or (str(runs[0].record["protocol"]) if runs else "")
    return Markdown(markdown(sheet(rows, note=note, lower=lower)))


def _cell(one: Hit | Path) -> str:
    path = one.picture.path if isinstance(one, Hit) else one
    said = f"{one.rank}. {one.score:.3f} {path.name}" if isinstance(one, Hit) else path.name
    name = escape(printable(said))
    try:
        source = data_uri(one.picture if isinstance(one, Hit) else one, SIDE)
        shown = f'<img src="{source}" alt="{name}">'
    except UnreadablePicture as error:
        shown = escape(error.reason)
    return (
        f'<figure style="margin:0;width:{SIDE}px">{shown}<figcaption><small>{name}</small>'
        "</figcaption></figure>"
    )
