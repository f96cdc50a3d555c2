"""A small test from a user's own folder: some of its pictures, and what is said of them."""

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from agent.captioning.captions import Captions
from agent.mllm.open_mllm import open_mllm
from app.evaluation.labelling import Label, Labelling, TypedLabels
from app.evaluation.own_captions import captions_in, collection_of
from app.library.library import name_for
from app.output.printable import counted
from app.terminal.terminal import terminal
from eval.benchmark import Benchmark, Item, Question, Task
from eval.benchmarks.captioned import MEASURES
from eval.benchmarks.own.caption_columns import FOUND_OUT, ColumnChoice
from eval.benchmarks.own.own_pictures import read_captions
from eval.metrics.recall import mean_reciprocal_rank
from retrievers.files.home import dialens_home
from retrievers.hit import Picture
from retrievers.pictures import UnreadablePicture, find_pictures, read_picture
from retrievers.text.lettering import folded

FEWEST = 5  # captions below which nothing is compared
ENOUGH = 10  # captions that are there, above which nobody is asked
MOST = 300  # captions that are asked about


@dataclass(frozen=True, slots=True)
class OwnTestOptions:
    """How the test is made.

    Attributes:
        labels: a file of captions, in any form that `eval.benchmarks.own.own_pictures` reads.
        columns: those of that file that the user names.
        propose: the MLLM that proposes captions.
        count: how many pictures the user labels.
        pool: how many pictures are searched at most.
    """

    labels: Path | None = None
    columns: ColumnChoice = FOUND_OUT
    propose: str | None = None
    count: int = 30
    pool: int = 1000


def own_test(root: Path, wishes: OwnTestOptions) -> Benchmark:
    """Make the test, asking the user where nothing is said of the pictures.

    Raises:
        DatasetError: the file of labels is not as it must be.
        ValueError: there are too few pictures or captions; says how to give some.
    """
    every = sorted((found.path for found in find_pictures(root)), key=_drawn)
    labels = TypedLabels(
        dialens_home() / "labels" / f"{collection_of(root) or name_for(root)}.jsonl"
    )
    if wishes.labels:
        for one in read_captions(wishes.labels, root, home=dialens_home(), choice=wishes.columns):
            labels.add(one.path, Label(one.captions[0]))
    said, source = _captions_in_use(every[: wishes.pool], labels, root, wishes)
    asked = sorted(said, key=_drawn)[: min(MOST, wishes.pool)]
    pool = dict.fromkeys([*asked, *every])
    held = _distinct(list(pool), wishes.pool)
    return _benchmark(root, held, {path: said[path] for path in asked if path in held}, source)


def _captions_in_use(
    pictures: Sequence[Path], labels: TypedLabels, root: Path, wishes: OwnTestOptions
) -> tuple[Mapping[Path, str], str]:
    """Return captions and where they come from: labels if there are enough, else what is there."""
    known = labels.said(root)
    if wishes.labels is None and len(known) < wishes.count:
        there = captions_in(pictures, root)
        if len(there) >= ENOUGH:
            own = {path: one.caption for path, one in known.items()}
            return there | own, "captions found in and beside the pictures"
        _ask(pictures, labels, root, wishes)
        known = labels.said(root)
    if len(known) < FEWEST:
        raise ValueError(
            f"{counted(len(known), 'picture')} of {root} with a caption; at least {FEWEST} need"
            " one: give --labels FILE with lines such as"
            ' {"file": "a.jpg", "caption": "a dog"}, or type or pipe in a line for each'
        )
    proposed = sum(one.by != "you" for one in known.values())
    source = "your labels" + f", {proposed} of them proposed by a model" * bool(proposed)
    return {path: one.caption for path, one in known.items()}, source


def _ask(pictures: Sequence[Path], labels: TypedLabels, root: Path, wishes: OwnTestOptions) -> None:
    proposed = _proposer(wishes.propose) if wishes.propose else lambda path: None
    typed = sys.stdin is not None and sys.stdin.isatty()
    console = terminal(stderr=True)
    console.quiet = not typed  # nobody looks at pictures behind a pipe
    console.print(
        "Say in a line what you would search for to find each picture. All is kept; quit any time.",
        highlight=False,
    )
    Labelling(
        labels,
        root,
        min(wishes.count, len(pictures)),
        console,
        ask=input if typed and sys.stdout.isatty() else partial(_ask_beside, console),
        proposed=proposed,
    ).run(pictures)


def _ask_beside(console: Console, prompt: str) -> str:
    """Ask without a word on standard output, which goes elsewhere."""
    console.print(prompt, end="", markup=False, highlight=False)
    if sys.stdin is None:  # closed by who called
        raise EOFError
    return input()


def _proposer(spec: str) -> Callable[[Path], Label | None]:
    captions = Captions(open_mllm(spec), _no_collection)

    def proposed(path: Path) -> Label | None:
        try:
            return Label(captions.of_file(path), by=captions.mllm.name)
        except UnreadablePicture:
            return None

    return proposed


def _no_collection(picture_id: str) -> Picture:
    raise ValueError(f"there is no collection to look {picture_id!r} up in")


def _distinct(paths: Sequence[Path], most: int) -> dict[Path, str]:
    """Return pictures that can be read, each content once, with their hashes."""
    held: dict[str, Path] = {}
    for path in paths:
        if len(held) == most:
            break
        try:
            held.setdefault(read_picture(path, min_side=32).sha256, path)
        except UnreadablePicture:
            continue
    return {path: digest for digest, path in held.items()}


def _benchmark(
    root: Path, pool: Mapping[Path, str], said: Mapping[Path, str], source: str
) -> Benchmark:
    if len(said) < FEWEST:
        raise ValueError(
            f"{len(said)} captioned pictures of {root} can be read; {FEWEST} are needed"
        )
    below = {path: path.relative_to(root).as_posix() for path in pool}
    same: dict[str, list[str]] = {}
    for path, caption in said.items():
        same.setdefault(folded(caption), []).append(below[path])
    questions = tuple(_questions(said, below, same))
    gallery = tuple(Item(one, path=path) for path, one in below.items())
    measures = (*MEASURES[:3], mean_reciprocal_rank())
    task = Task("text-to-image", gallery, questions, measures)
    protocol = f"{root.name}: {len(said)} captions, {len(pool):,} pictures; {source}"
    return Benchmark(f"my-{name_for(root)}".replace(" ", "-"), protocol, (task,))


def _questions(
    said: Mapping[Path, str], below: Mapping[Path, str], same: Mapping[str, list[str]]
) -> Iterator[Question]:
    """Ask with every caption; whatever has the same one is right, too."""
    for path, caption in said.items():
        right = dict.fromkeys(same[folded(caption)], 1.0)
        yield Question(below[path], turns=(caption,), relevant=right)


def _drawn(path: Path) -> str:
    """Put pictures in an order that is always the same and follows nothing."""
    return hashlib.sha256(path.name.encode("utf-8", "surrogateescape")).hexdigest()
