"""A small benchmark whose right answers anyone can see: two coloured halves on every picture."""

from itertools import permutations
from pathlib import Path

from PIL import Image

from eval.benchmark import Benchmark, Item, Question, Task
from tests.encoders import COLOURS

SOME = ("red", "green", "blue", "yellow", "purple")


def halves(folder: Path) -> Benchmark:
    """Twenty pictures, one for each ordered pair of colours; a question names both."""
    items, questions, texts, back = [], [], [], []
    folder.mkdir(parents=True, exist_ok=True)
    for left, right in permutations(SOME, 2):
        name, path = f"{left} {right}", folder / f"{left}-{right}.png"
        image = Image.new("RGB", (32, 32), COLOURS[left])
        image.paste(COLOURS[right], (16, 0, 32, 32))
        image.save(path)
        items.append(Item(name, path=path))
        both = {name: 1.0, f"{right} {left}": 1.0}
        questions.append(Question(name, turns=(left, right), relevant=both))
        texts.append(Item(name, text=f"{left} and {right}"))
        back.append(Question(name, picture=path, relevant=both))
    tasks = (
        Task("text-to-image", tuple(items), tuple(questions), ()),
        Task("image-to-text", tuple(texts), tuple(back), ()),
    )
    return Benchmark("halves", "20 pictures; a picture and its mirror image are right", tasks)
