"""Eight painted walls, captioned, and dialogues about them, for recipes that learn from both."""

from pathlib import Path

from PIL import Image

from eval.benchmarks.captioned import Captioned
from finetune.dialogues.dialogue import write_dialogues
from finetune.dialogues.template_dialogues import made_of

COLOURS = ("red", "green", "blue", "yellow", "black", "white", "orange", "purple")


def walls(folder: Path) -> list[Captioned]:
    found = []
    for colour in COLOURS:
        path = folder / f"{colour}.png"
        Image.new("RGB", (48, 48), colour).save(path)
        found.append(Captioned(path.name, path, (f"A {colour} wall near a house.",)))
    return found


def dialogues(folder: Path) -> Path:
    path = folder / "dialogues.jsonl"
    write_dialogues(path, made_of(walls(folder), kind="user", detours=0))
    return path
