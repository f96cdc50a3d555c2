"""A person says in a line what is on each of some pictures; every line is kept at once."""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from app.output.printable import printable
from app.terminal.thumbnails import draw, protocol_of
from retrievers.files.regular_file import read_regular
from retrievers.files.spelling import on_disk
from retrievers.hit import Hit
from retrievers.pictures import UnreadablePicture
from retrievers.recorded_files import record_of
from retrievers.text.json_text import json_of

LARGEST = 100_000_000  # bytes of labels
WORDS = "Enter {}, or: skip, back, quit"


@dataclass(frozen=True, slots=True)
class Label:
    """What is said of a picture.

    Attributes:
        caption: empty if the picture was passed over.
        by: who wrote it: "you", or the model whose words were confirmed.
    """

    caption: str
    by: str = "you"


class TypedLabels:
    """The labels of a collection, in a file of JSON lines; a picture's last line counts.

    Args:
        path: the file, which may not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held: dict[Path, Label] = {}
        kept = read_regular(path, LARGEST) if path.exists() else b""
        self._cut_short = bool(kept) and not kept.endswith(b"\n")
        for line in kept.splitlines():
            with suppress(ValueError, KeyError, TypeError):  # a line that a kill cut short
                one = json_of(line)
                self.held[on_disk(Path(one["file"]))] = Label(str(one["caption"]), str(one["by"]))

    def add(self, picture: Path, label: Label) -> None:
        """Keep a label, in place of an older one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"file": str(picture), "caption": label.caption, "by": label.by})
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n" if self._cut_short else f"{line}\n")
        self._cut_short = False
        self.held[picture] = label

    def said(self, root: Path) -> dict[Path, Label]:
        """Return what is said of the pictures below a folder that are still there."""
        return {
            path: label
            for path, label in self.held.items()
            if label.caption and path.is_relative_to(root) and path.is_file()
        }


@dataclass(frozen=True)
class Labelling:
    """Ask about pictures that have no label, until as many as wanted have one.

    Attributes:
        labels: what is known, and where it is kept.
        root: the folder whose labels are counted.
        wanted: how many are enough.
        console: where pictures are drawn.
        ask: writes a prompt and returns what is typed; `EOFError` is "quit".
        proposed: what a model says of a picture.
    """

    labels: TypedLabels
    root: Path
    wanted: int
    console: Console
    ask: Callable[[str], str] = input
    proposed: Callable[[Path], Label | None] = lambda path: None

    def run(self, pictures: Sequence[Path]) -> None:
        """Show the pictures in this order until there are enough labels, or the user quits."""
        left, at = [path for path in pictures if path not in self.labels.held], 0
        while at < len(left) and len(self.labels.said(self.root)) < self.wanted:
            if (step := self._about(left[at])) is None:
                return
            at = max(0, at + step)

    def _about(self, path: Path) -> int | None:
        """Ask about one picture; return how far to go on, or None to stop."""
        proposal = self._shown(path)
        said = self._typed(proposal)
        match said:
            case "quit":
                return None
            case "back":
                return -1
            case "skip":
                self.labels.add(path, Label(""))
            case "" if proposal:
                self.labels.add(path, proposal)
            case "":
                return 0
            case _:
                self.labels.add(path, Label(said))
        return 1

    def _shown(self, path: Path) -> Label | None:
        """Show a picture and what is proposed for it."""
        show(path, self.root, self.console)
        proposal = self.proposed(path)
        if proposal:
            said = f"proposed: {printable(proposal.caption)}"
            self.console.print(said, markup=False, highlight=False)
        what = "takes the proposal, edit changes it; or your own" if proposal else "a description"
        self.console.print(WORDS.format(what), style="dim", highlight=False)
        return proposal

    def _typed(self, proposal: Label | None) -> str:
        prompt = f"[{len(self.labels.said(self.root)) + 1}/{self.wanted}] "
        said = _answer(prompt, self.ask)
        return _edited(proposal.caption, self.ask) if said == "edit" and proposal else said


def show(path: Path, root: Path, console: Console) -> None:
    """Draw a picture however the terminal can, and name its file."""
    if console.quiet:
        return
    how = protocol_of(os.environ) or "blocks"
    with suppress(UnreadablePicture):
        draw(console, [Hit(record_of(path), score=1.0, rank=1)], how, label=lambda one: "")
    console.print(printable(str(path.relative_to(root))), markup=False, highlight=False)


def _answer(prompt: str, ask: Callable[[str], str]) -> str:
    try:
        return " ".join(ask(prompt).split())
    except EOFError:
        return "quit"


def _edited(caption: str, ask: Callable[[str], str]) -> str:
    """Let a line be changed that already stands at the prompt."""
    try:
        import readline
    except ImportError:  # Windows
        return _answer("", ask)
    readline.set_startup_hook(lambda: readline.insert_text(caption))
    try:
        return _answer("", ask)
    finally:
        readline.set_startup_hook()
