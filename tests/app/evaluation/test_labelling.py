"""Labels that a person types: kept line by line, gone on with, and taken back."""

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from app.evaluation.labelling import Label, Labelling, TypedLabels
from tests.encoders import COLOURS


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    paths = [folder / f"{colour}.png" for colour in ("red", "green", "blue")]
    for path in paths:
        Image.new("RGB", (20, 20), COLOURS[path.stem]).save(path)
    return paths


def typing(*lines: str) -> Callable[[str], str]:
    """Type these lines, and then Ctrl-D."""
    left: Iterator[str] = iter(lines)

    def ask(prompt: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    return ask


def said(
    pictures: list[Path], *lines: str, proposed: Callable[[Path], Label | None] = lambda path: None
) -> dict[str, str]:
    root = pictures[0].parent
    labels = TypedLabels(root.parent / "labels.jsonl")
    console = Console(file=StringIO(), width=100)
    ask = typing(*lines)
    Labelling(labels, root, 3, console, ask=ask, proposed=proposed).run(pictures)
    held = TypedLabels(labels.path).said(root)
    return {path.stem: one.caption for path, one in held.items()}


def test_a_later_run_goes_on_where_the_first_was_left(pictures: list[Path]) -> None:
    assert said(pictures, "a red one", "quit", "never seen") == {"red": "a red one"}
    assert said(pictures, "a  green one ") == {"red": "a red one", "green": "a green one"}
    assert said(pictures, "a blue one", "no more")["blue"] == "a blue one"
    assert len(said(pictures, "no more")) == 3


def test_back_takes_the_last_one_again_and_skip_passes_over(pictures: list[Path]) -> None:
    assert said(pictures, "wrong", "back", "right", "skip", "", "sky") == {
        "red": "right",
        "blue": "sky",
    }
    assert said(pictures, "asked no more") == {"red": "right", "blue": "sky"}


def test_enter_confirms_a_proposal_and_words_replace_it(pictures: list[Path]) -> None:
    def proposed(path: Path) -> Label | None:
        return Label(f"a {path.stem} wall", by="a model") if path.stem != "blue" else None

    held = said(pictures, "", "grass", "sky", proposed=proposed)
    assert held == {"red": "a red wall", "green": "grass", "blue": "sky"}
    labels = TypedLabels(pictures[0].parents[1] / "labels.jsonl")
    assert [labels.held[path].by for path in pictures] == ["a model", "you", "you"]


def test_a_line_that_a_kill_cut_short_costs_that_line_only(pictures: list[Path]) -> None:
    said(pictures, "one", "two")
    path = pictures[0].parents[1] / "labels.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    assert said(pictures, "two again") == {"red": "one", "green": "two again"}
