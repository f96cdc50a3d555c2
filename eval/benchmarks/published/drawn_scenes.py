"""Drawn scenes that tell a bag of words from a sentence: colour, shape, place and number.

Pairs have their mirror image in the gallery ("a red circle to the left of a blue square" and
the other way round), as Winoground asks it (arXiv:2204.03162). Drawn from a seed, so anyone has
them: for tests, and to see what a system makes of composition. They say nothing of photographs.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageDraw

from eval.benchmark import Benchmark, Item, Question, Task
from eval.benchmarks.captioned import MEASURES, Captioned, both_directions
from eval.benchmarks.dataset import Dataset
from eval.metrics.dialogue import at_round, best_log_rank, sticky_hits
from eval.metrics.recall import recall

SIDE = 160
SEED = 4
PAIRS = 20  # each with its mirror image and a recoloured one
MOST = 4  # of one kind
COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 160, 60),
    "blue": (40, 70, 220),
    "yellow": (240, 210, 40),
    "black": (20, 20, 20),
}
SHAPES = ("circle", "square", "triangle", "star")
NUMBERS = ("", "a", "two", "three", "four")
OPPOSITE = {"to the left of": "to the right of", "above": "below"}
ROUNDS = (
    at_round(recall(1), 2),
    at_round(recall(10), 2),
    sticky_hits(10, after=2),
    best_log_rank(),
)

Thing = tuple[str, str]  # colour, shape


@dataclass(frozen=True, slots=True)
class Scene:
    """One or two kinds of things.

    Attributes:
        first: the left or upper one, or what there are several of.
        second: the right or lower one; none: `first` alone, `number` times.
        place: of the first to the second.
    """

    first: Thing
    second: Thing | None = None
    place: str = ""
    number: int = 1

    @property
    def id(self) -> str:
        parts = (NUMBERS[self.number], *self.first, self.place, *(self.second or ()))
        return "-".join(part for part in parts if part).replace(" ", "-")

    @property
    def captions(self) -> tuple[str, ...]:
        first = " ".join(self.first)
        if self.second is None:
            return (f"{NUMBERS[self.number]} {first}{'s' * (self.number > 1)}",)
        second = " ".join(self.second)
        return (
            f"a {first} {self.place} a {second}",
            f"a {second} {OPPOSITE[self.place]} a {first}",
        )


@dataclass(frozen=True, slots=True)
class SceneChange:
    """A scene, what to change about it, and the scene that results."""

    reference: Scene
    said: str
    target: Scene


def load(folder: Path, *, seed: int = SEED) -> Benchmark:
    """Draw what is not drawn yet, and ask: in words, by picture, by changes, and in dialogues."""
    folder.mkdir(parents=True, exist_ok=True)
    changes = list(dict.fromkeys(_changes(random.Random(seed))))
    scenes = list(dict.fromkeys(one for c in changes for one in (c.reference, c.target)))
    paths = {scene: folder / f"{scene.id}.png" for scene in scenes}
    for scene, path in paths.items():
        if not path.exists():
            drawn(scene).save(path)
    held = [Captioned(scene.id, path, scene.captions) for scene, path in paths.items()]
    gallery = [Item(scene.id, path=path) for scene, path in paths.items()]
    asked = [_composed(change, paths[change.reference]) for change in changes]
    talks = [one for scene in scenes if scene.second for one in _dialogue(scene)]
    return Benchmark(
        "scenes",
        f"{len(scenes)} drawn scenes, pairs with their mirror images; seed {seed}",
        (
            *both_directions(held),
            Task("composed", gallery, asked, MEASURES),
            Task("dialogue", gallery, talks, ROUNDS, depth=len(gallery)),
        ),
    )


def drawn(scene: Scene) -> Image.Image:
    """Draw a scene on white."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    pen, quarter, half = ImageDraw.Draw(image), SIDE // 4, SIDE // 2
    if scene.second is None:
        rows = [(quarter, quarter), (3 * quarter, 3 * quarter)]
        for centre in [*rows, (3 * quarter, quarter), (quarter, 3 * quarter)][: scene.number]:
            _draw(pen, scene.first, centre)
    elif scene.place == "above":
        _draw(pen, scene.first, (half, quarter))
        _draw(pen, scene.second, (half, 3 * quarter))
    else:
        _draw(pen, scene.first, (quarter, half))
        _draw(pen, scene.second, (3 * quarter, half))
    return image


def _draw(pen: ImageDraw.ImageDraw, thing: Thing, centre: tuple[int, int]) -> None:
    (colour, shape), (x, y), r = thing, centre, SIDE // 5
    fill = COLOURS[colour]
    if shape == "circle":
        pen.ellipse((x - r, y - r, x + r, y + r), fill)
    elif shape == "square":
        pen.rectangle((x - r, y - r, x + r, y + r), fill)
    elif shape == "triangle":
        pen.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], fill)
    else:
        pen.regular_polygon((x, y, r), 3, fill=fill)
        pen.regular_polygon((x, y, r), 3, rotation=180, fill=fill)


def _changes(chance: random.Random) -> Iterator[SceneChange]:
    things = [(colour, shape) for colour in COLOURS for shape in SHAPES]
    for at in range(PAIRS):
        first, second = _two(chance, things)
        scene = Scene(first, second, tuple(OPPOSITE)[at % 2])
        yield SceneChange(scene, "swap the two", replace(scene, first=second, second=first))
        colour = chance.choice([one for one in COLOURS if one not in (first[0], second[0])])
        other = replace(scene, first=(colour, first[1]))
        yield SceneChange(scene, f"make the {first[1]} {colour}", other)
    for thing in chance.sample(things, PAIRS // 2):
        for number in range(1, MOST):
            scene = Scene(thing, number=number)
            yield SceneChange(scene, f"one {thing[1]} more", replace(scene, number=number + 1))


def _two(chance: random.Random, things: Sequence[Thing]) -> tuple[Thing, Thing]:
    """Choose two that share neither colour nor shape, so that each can be spoken of."""
    first = chance.choice(things)
    second = chance.choice([one for one in things if one[0] != first[0] and one[1] != first[1]])
    return first, second


def _composed(change: SceneChange, picture: Path) -> Question:
    return Question(
        f"{change.reference.id}>{change.target.id}",
        turns=(change.said,),
        picture=picture,
        relevant={change.target.id: 1.0},
        excluded=frozenset({change.reference.id}),
    )


def _dialogue(scene: Scene) -> Iterator[Question]:
    """Say one thing, then the other, then how they stand."""
    assert scene.second
    first, second = " ".join(scene.first), " ".join(scene.second)
    said = (
        f"a {first}",
        f"there is a {second}, too",
        f"the {scene.first[1]} is {scene.place} the {scene.second[1]}",
    )
    for number in range(len(said)):
        yield Question(
            f"{scene.id}-{number}",
            turns=said[: number + 1],
            relevant={scene.id: 1.0},
            dialogue=scene.id,
            round=number,
        )


DATASETS = (
    Dataset("scenes", "Drawn scenes: colour, shape, place and number; made on the spot", (), load),
)
