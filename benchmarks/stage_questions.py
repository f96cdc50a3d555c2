"""The questions that the stages are measured on, each with the caption of the picture it means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.stages.pipeline import worded
from agent.understanding.acts import Refine
from benchmarks.composed import compose
from benchmarks.dialogues import SCREEN, scripts
from eval.benchmarks.published.tux_paint_stamps import Stamp, load_stamps
from eval.grid.grid_questions import GridQuestion
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.encoder import Encoder
from retrievers.query import Query
from retrievers.search.searcher import Searcher


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions about a collection.

    Attributes:
        name: of the set; part of what answers are kept under.
        searcher: the first stage; file names are not searched, as they would give answers away.
        questions: what is asked.
        captions: of the pictures that are meant, by what was asked.
    """

    name: str
    searcher: Searcher
    questions: list[GridQuestion]
    captions: dict[Query, str]

    def first(self, n: int) -> "Asked":
        return replace(self, questions=self.questions[:n])

    @property
    def meant(self) -> dict[str, set[str]]:
        """The targets by the request in words, which may fit two pictures."""
        targets: dict[str, set[str]] = {}
        for question in self.questions:
            targets.setdefault(worded(question.query), set()).add(question.target)
        return targets


def stamps_asked(home: Path, encoder: Encoder) -> tuple[Asked, Asked, Asked]:
    """Ask for the stamps of the evaluation half: by caption, in turns, in turns with a picture."""
    stamps = {stamp.path: stamp for stamp in load_stamps("eval")}
    root = next(iter(stamps)).parents[-4]  # /usr/share/tuxpaint
    below = [path.relative_to(root).as_posix() for path in stamps]
    searcher = _indexed(home / "stamps-eval", encoder, root, below)
    ids = _ids(searcher.collection)
    by_id = sorted((ids[path], stamp) for path, stamp in stamps.items() if path in ids)
    once = [(GridQuestion((stamp.caption,), one), stamp) for one, stamp in by_id]
    told = _told(by_id)
    marked = _marked(told, searcher, encoder, dict(by_id))
    return (
        _asked("captions", searcher, once),
        _asked("dialogues", searcher, told),
        _asked("dialogues with a liked picture", searcher, marked),
    )


def composed_asked(home: Path, encoder: Encoder, kind: str, *, n: int) -> Asked:
    """Ask for one picture by another and an instruction."""
    folder = home / f"composed-{kind}"
    composed = compose(load_stamps("eval"), kind, folder / "pictures", n=n)
    searcher = _indexed(folder / "collection", encoder, folder / "pictures")
    ids = _ids(searcher.collection)
    questions = [GridQuestion((one.said,), ids[one.meant], ids[one.pointed]) for one in composed]
    meant = zip(questions, (one.caption for one in composed), strict=True)
    return Asked(kind, searcher, questions, {one.query: caption for one, caption in meant})


def _told(by_id: Sequence[tuple[str, Stamp]]) -> list[tuple[GridQuestion, Stamp]]:
    """Tell each stamp turn by turn, as `benchmarks.dialogues` does; no conversation twice."""
    stamps = [stamp for _, stamp in by_id]
    told: dict[tuple[str, ...], tuple[GridQuestion, Stamp]] = {}
    for place, script in scripts(stamps, "telling"):
        turns = tuple(act.text for act in script if isinstance(act, Refine))
        told.setdefault(turns, (GridQuestion(turns, by_id[place][0]), stamps[place]))
    return list(told.values())


def _marked(
    told: Sequence[tuple[GridQuestion, Stamp]],
    searcher: Searcher,
    encoder: Encoder,
    stamps: dict[str, Stamp],
) -> list[tuple[GridQuestion, Stamp]]:
    """Let the person like the picture on the first screen whose caption is most like the target's.

    The target itself is not liked: a person who sees it has found it.
    """
    vectors = dict(
        zip(stamps, encoder.encode_texts([one.caption for one in stamps.values()]), strict=True)
    )
    marked = []
    for question, stamp in told:
        hits = searcher.search(Query(wanted=question.turns), SCREEN)
        shown = [hit.picture.id for hit in hits if hit.picture.id != question.target]
        liked = max(shown, key=lambda one: float(vectors[one] @ vectors[question.target]))
        marked.append((GridQuestion(question.turns, question.target, liked), stamp))
    return marked


def _asked(name: str, searcher: Searcher, asked: Sequence[tuple[GridQuestion, Stamp]]) -> Asked:
    captions = {question.query: stamp.caption for question, stamp in asked}
    return Asked(name, searcher, [question for question, _ in asked], captions)


def _indexed(
    folder: Path, encoder: Encoder, root: Path, below: Sequence[str] | None = None
) -> Searcher:
    if folder.exists():
        collection = Collection.open(folder)
    else:
        collection = Collection.create(folder, encoder=encoder.name, dim=encoder.dim)
    sync(collection, encoder, root, include=below)
    return Searcher(collection, encoder, words=False)


def _ids(collection: Collection) -> dict[Path, str]:
    rows = [row for (row,) in collection.db.execute("SELECT row FROM pictures ORDER BY id")]
    return {path: one.id for one in collection.pictures(rows) for path in one.paths}
