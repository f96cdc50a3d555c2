"""Pictures with captions, asked about in both directions.

Trap: with several captions per picture, picture -> text counts a hit if any of them is among the
first n, and text -> picture asks once per caption (Karpathy and Fei-Fei 2015).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.benchmark import Item, Question, Task
from eval.metrics.recall import median_rank, recall

MEASURES = (recall(1), recall(5), recall(10), median_rank())


@dataclass(frozen=True, slots=True)
class Captioned:
    """A picture with what is said of it.

    Attributes:
        id: unique in its dataset.
        path: the picture's file.
        captions: at least one.
    """

    id: str
    path: Path
    captions: tuple[str, ...]


def both_directions(pictures: Sequence[Captioned]) -> tuple[Task, Task]:
    """Return the tasks "text-to-image" and "image-to-text" over these pictures."""
    return text_to_image(pictures), image_to_text(pictures)


def text_to_image(pictures: Sequence[Captioned]) -> Task:
    """Ask for each picture by each of its captions."""
    questions = tuple(
        Question(name, turns=(text,), relevant={picture.id: 1.0})
        for picture in pictures
        for name, text in _named(picture)
    )
    gallery = tuple(Item(picture.id, path=picture.path) for picture in pictures)
    return Task("text-to-image", gallery, questions, MEASURES)


def image_to_text(pictures: Sequence[Captioned]) -> Task:
    """Ask for the captions of each picture."""
    return Task(
        "image-to-text",
        tuple(Item(name, text=text) for picture in pictures for name, text in _named(picture)),
        tuple(
            Question(
                picture.id,
                picture=picture.path,
                relevant={name: 1.0 for name, _ in _named(picture)},
            )
            for picture in pictures
        ),
        MEASURES,
    )


def _named(picture: Captioned) -> list[tuple[str, str]]:
    return [(f"{picture.id}#{at}", text) for at, text in enumerate(picture.captions)]
