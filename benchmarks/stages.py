"""What each stage gains or loses with the offline models, on captioned stamps and dialogues.

    python -m benchmarks.stages [--questions 40]

Single captions for the rerankers, a caption told in two turns for the rewriters; the pool is the
evaluation half of the stamps. Answers are kept in the dialens home, so that a second run is quick.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from agent.mllm.mllm import Usage
from agent.pipeline import Pipeline
from agent.stages import Parts, Stages, open_pipeline
from app.grid import table
from benchmarks.stamps import load_stamps
from eval.grid import Question, run_grid
from retrievers.collection.store import Store
from retrievers.collection.sync import sync
from retrievers.home import dialens_home
from retrievers.offline.encoder import OfflineEncoder
from retrievers.search import Searcher

RERANKERS = ("", "yesno", "pick", "pairwise", "propositions")
REWRITERS = ("", "plugir", "eiirwqr")
SHORTLIST = 8


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=40)
    options = parser.parse_args(argv)
    home, encoder = dialens_home() / "benchmarks", OfflineEncoder()
    store, captions = gallery(home / "stamps-eval", encoder)
    searcher = Searcher(store, encoder, words=False)  # file names would give the answer away

    def open_system(stages: Stages) -> tuple[Pipeline, Sequence[Usage]]:
        parts = Parts(stages, store)
        return open_pipeline(stages, store, searcher, parts=parts), parts.usages()

    once = [Question((text,), one) for one, text in captions][: options.questions]
    told = [Question(in_two(text), one) for one, text in captions if len(text.split()) > 3]
    for questions, systems in (
        (once, [Stages(reranker=name, shortlist=SHORTLIST) for name in RERANKERS]),
        (told[: options.questions], [Stages(rewriter=name) for name in REWRITERS]),
        (
            told[: options.questions],
            [Stages(rewriter=name, covering=False) for name in REWRITERS[1:]],
        ),
    ):
        rows = run_grid(
            systems,
            questions,
            open_system=open_system,
            collection=f"stamps-eval {encoder.name}",
            path=home / "stages.jsonl",
        )
        Console(width=150).print(table(rows))


def gallery(folder: Path, encoder: OfflineEncoder) -> tuple[Store, list[tuple[str, str]]]:
    """Return the collection of the evaluation half, and (id, caption) of its stamps."""
    if folder.exists():
        store = Store.open(folder)
    else:
        store = Store.create(folder, encoder=encoder.name, dim=encoder.dim)
    stamps = {stamp.path: stamp.caption for stamp in load_stamps("eval")}
    root = next(iter(stamps)).parents[-4]  # /usr/share/tuxpaint
    below = [str(path.relative_to(root)) for path in stamps]
    sync(store, encoder, root, include=below)
    rows = [row for (row,) in store.db.execute("SELECT row FROM pictures ORDER BY id")]
    return store, [
        (picture.id, stamps[picture.path])
        for picture in store.pictures(rows)
        if picture.path in stamps
    ]


def in_two(caption: str) -> tuple[str, str]:
    """Tell a caption in two turns, its last words first."""
    words = caption.rstrip(".!").split()
    return " ".join(words[len(words) // 2 :]), " ".join(words[: len(words) // 2])


if __name__ == "__main__":
    main()
