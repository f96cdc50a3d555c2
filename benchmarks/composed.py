"""Composed questions, "this picture, but ...", with pictures made for the purpose from stamps.

"swap" shows two stamps side by side and asks for another one in place of one of them; "colour" asks
for another colour of a tinted stamp. For each question four pictures are made: the one pointed at
(A with B), the one that is meant (A with C), one that has only what the words say (D with C), and
one that has only what the picture shows (A with E). So neither half of a question is enough.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from eval.benchmarks.published.tux_paint_stamps import Stamp

SIDE = 448
COLOURS = ("red", "green", "blue", "yellow", "purple", "orange", "brown", "grey")
SWAP, COLOUR = "swap", "colour"


@dataclass(frozen=True, slots=True)
class Composed:
    """A question: the picture pointed at, the one that is meant, what is said, what is meant."""

    pointed: Path
    meant: Path
    said: str
    caption: str


def compose(stamps: Sequence[Stamp], kind: str, folder: Path, *, n: int) -> list[Composed]:
    """Make the pictures below a folder, if they are not there, and return n questions.

    Raises:
        ValueError: no such kind.
    """
    if kind not in (SWAP, COLOUR):
        raise ValueError(f"kind must be {SWAP} or {COLOUR}; got {kind!r}")
    folder.mkdir(parents=True, exist_ok=True)
    things = {name: stamp for stamp in stamps if (name := thing(stamp.caption))}
    chance, asked = random.Random(kind), []
    for _ in range(n):
        if kind == SWAP:
            a, d, b, c, e = chance.sample(sorted(things), 5)
            said, meant = f"{c} instead of {b}", f"{a} and {c}"
        else:
            (a, d), (b, c, e) = chance.sample(sorted(things), 2), chance.sample(COLOURS, 3)
            said, meant = f"make it {c}", f"{c} {bare(a)}"
        pairs = ((a, b), (a, c), (d, c), (a, e))
        pointed, found, *_ = (_made(folder, things, pair, MAKERS[kind]) for pair in pairs)
        asked.append(Composed(pointed, found, said, meant))
    return asked


def thing(caption: str) -> str:
    """Return "a crow" of "A crow."; nothing if the caption says more than a thing of two words."""
    found = re.fullmatch(r"(An?) ([\w-]+(?: [\w-]+)?)\.", caption)
    return f"{found[1].lower()} {found[2]}" if found else ""


def bare(name: str) -> str:
    """Leave out the article."""
    return name.partition(" ")[2]


Things = dict[str, Stamp]


def _side_by_side(things: Things, one: str, other: str) -> Image.Image:
    """Paste two stamps next to each other, in the order of their names."""
    canvas = Image.new("RGB", (SIDE, SIDE), "white")
    half = SIDE // 2
    for place, name in enumerate(sorted((one, other))):
        stamp = ImageOps.contain(_opened(things[name]), (half, SIDE))
        canvas.paste(stamp, (place * half + (half - stamp.width) // 2, 112), stamp)
    return canvas


def _tinted(things: Things, one: str, colour: str) -> Image.Image:
    """Paint a stamp in shades of one colour, on white."""
    stamp = ImageOps.contain(_opened(things[one]), (SIDE, SIDE))
    shades = ImageOps.colorize(ImageOps.grayscale(stamp), "black", "white", mid=colour)
    canvas = Image.new("RGB", (SIDE, SIDE), "white")
    canvas.paste(shades, (0, (SIDE - stamp.height) // 2), stamp)
    return canvas


def _opened(stamp: Stamp) -> Image.Image:
    with Image.open(stamp.path) as image:
        return image.convert("RGBA")


Maker = Callable[[Things, str, str], Image.Image]
MAKERS: dict[str, Maker] = {SWAP: _side_by_side, COLOUR: _tinted}


def _made(folder: Path, things: Things, pair: tuple[str, str], maker: Maker) -> Path:
    words = "-".join(sorted(pair))
    path = folder / f"{re.sub(r'[^a-z]+', '_', words.lower())}.png"
    if not path.exists():
        maker(things, *pair).save(path)
    return path
