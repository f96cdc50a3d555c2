"""Two runs on one HTML page: what the second does better and worse, with pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.output.printable import printable
from app.pages.gallery_items import GalleryItem, gallery_items, thumbnail
from app.pages.page import rendered
from eval.benchmark import Task
from eval.runs.compare import Comparison, QuestionChange
from eval.significance import chance

SHOWN = 4


@dataclass(frozen=True, slots=True)
class ComparedQuestion:
    """One question: what was asked, what was right, and what either run found first."""

    said: str
    asked: GalleryItem | None
    ranks: tuple[str, str]
    right: list[GalleryItem]
    found: Mapping[str, list[GalleryItem]]


def comparison_page(found: Comparison, task: Task, *, most: int) -> str:
    """Return the page, with at most `most` wins and as many losses."""
    gain = found.difference
    said = (
        f"{found.measure.name} {found.figures[0]:.3f} to {found.figures[1]:.3f}; difference"
        f" {gain.mean:+.3f}, 95 % interval {gain.low:+.3f} to {gain.high:+.3f}, {chance(gain.p)};"
        f" {gain.better} better, {gain.worse} worse of {len(found.changes)}"
    )
    return rendered(
        "comparison.html",
        title="Comparison · dialens",
        systems=found.systems,
        said=said,
        wins=_compared_questions(found.wins[:most], found, task),
        losses=_compared_questions(found.losses[:most], found, task),
    )


def _compared_questions(
    changes: Sequence[QuestionChange], found: Comparison, task: Task
) -> list[ComparedQuestion]:
    return [_one(change, found, task) for change in changes]


def _one(change: QuestionChange, found: Comparison, task: Task) -> ComparedQuestion:
    question = change.question
    right, before_and_after = list(question.relevant)[:SHOWN], change.ranks
    first, second = ("not found" if rank is None else str(rank) for rank in before_and_after)
    return ComparedQuestion(
        said=printable(" / ".join(question.turns)),
        asked=GalleryItem(question.picture.name, thumbnail(question.picture))
        if question.picture
        else None,
        ranks=(first, second),
        right=gallery_items(task, right, right=right),
        found={
            name: gallery_items(task, ranking.ids[:SHOWN], right=question.relevant)
            for name, ranking in zip(found.systems, change.rankings, strict=True)
        },
    )
