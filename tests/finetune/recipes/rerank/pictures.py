"""Pictures that any network can tell apart, each with a caption of its own."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

THINGS = ("boat", "cat", "dog", "fish", "hat", "kite", "lamp", "moon", "tree")
COLOURS = ("red", "blue", "green", "white")


def write_pictures(folder: Path, *, copies: bool = False) -> Path:
    """Write 36 pictures and their captions; with copies, each picture twice under two captions."""
    lines = []
    for number, (thing, colour) in enumerate((t, c) for t in THINGS for c in COLOURS):
        blocks = np.random.default_rng(number).integers(0, 255, (3, 3, 3), dtype=np.uint8)
        image = Image.fromarray(blocks).resize((96, 96), Image.Resampling.NEAREST)
        for copy in range(1 + copies):
            name = f"{number}-{copy}.png"
            image.save(folder / name)
            said = f"{colour} {thing}" + " again" * copy
            lines.append(json.dumps({"file": name, "caption": said}))
    path = folder / "captions.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
