"""Hits as a table for a terminal, one line each."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text

from app.output.fitted_table import Column, Fitted
from app.output.printable import printable, short
from retrievers.hit import Hit, Picture
from retrievers.pictures.metadata.facts import SOURCES


def hit_table(hits: Sequence[Hit], *, roots: Sequence[Path] = (), why: bool = False) -> Fitted:
    """Return rank, score, file, date and size of every hit, and on request what put it there."""
    dated = any(hit.picture.taken for hit in hits)
    return Fitted(
        columns=[
            Column(head="#", right=True, style="bold cyan"),
            Column(head="score", right=True),
            Column(head="file", folds=True),
            *[Column(head="taken", style="dim")] * dated,
            Column(head="size", style="dim"),
            *[Column(head="why", style="dim", folds=True)] * why,
        ],
        rows=[tuple(_cells(hit, roots, dated=dated, why=why)) for hit in hits],
    )


def _cells(hit: Hit, roots: Sequence[Path], *, dated: bool, why: bool) -> Iterator[str | Text]:
    picture = hit.picture
    yield str(hit.rank)
    yield f"{hit.score:#.3g}"
    yield Text(short(picture.path, roots))
    if dated:
        yield picture.day_taken
    yield f"{picture.width}x{picture.height}"
    if why:
        yield Text(because(hit))


def because(hit: Hit) -> str:
    """Return each stage's score and place, the words that were found, and what a model saw."""
    stages = [f"{stage} {score:.3f}{_place(hit, stage)}" for stage, score in hit.why.scores.items()]
    words = [f"found {', '.join(hit.why.words)}"] * bool(hit.why.words)
    held = [f"yes: {one}" for one in hit.why.held] + [f"no: {one}" for one in hit.why.failed]
    return printable(" · ".join(stages + words + held + dated(hit.picture)))


def dated(picture: Picture) -> list[str]:
    """Say who says the date, if anybody does."""
    return [f"dated by {SOURCES[picture.taken_from]}"] if picture.taken_from else []


def _place(hit: Hit, stage: str) -> str:
    return f" (#{hit.why.ranks[stage]})" if stage in hit.why.ranks else ""
