"""A part of a training's data, to try the training with: the first so many pictures."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.own.own_pictures import read_captions
from finetune.data.columns import FOUND_OUT
from finetune.dialogues.dialogue import read_dialogues, write_dialogues
from finetune.error import FinetuneError
from retrievers.files.home import dialens_home


def of_captions(config: Any, folder: Path, pictures: int) -> Any:
    """Return settings for the captions of the first so many pictures, written into a folder.

    Raises:
        FinetuneError: they cannot be read.
    """
    try:
        told = read_captions(
            config.captions, config.pictures, home=dialens_home(), choice=config.columns.choice
        )
    except DatasetError as error:
        raise FinetuneError(f"captions: {error}") from error
    lines = [
        json.dumps({"file": one.id, "caption": caption})
        for one in told[:pictures]
        for caption in one.captions
    ]
    path, first = folder / "part.jsonl", told[0]
    path.write_text("\n".join(lines), encoding="utf-8")
    below = _above(first.path, first.id)
    own = {"captions": path, "pictures": below, "columns": FOUND_OUT}
    return replace(config, **own, **_held(config, pictures))


def of_dialogues(config: Any, folder: Path, pictures: int) -> Any:
    """Return settings for the dialogues about the first so many pictures.

    Raises:
        FinetuneError: they cannot be read.
    """
    told = read_dialogues(config.dialogues, config.pictures)
    some = set(list(dict.fromkeys(one.picture for one in told))[:pictures])
    path = folder / "part.jsonl"
    write_dialogues(path, [one for one in told if one.picture in some])
    return replace(config, dialogues=path, **_held(config, pictures))


def _held(config: Any, pictures: int) -> Mapping[str, Any]:
    """Return what lets something of so few pictures validate."""
    if "validation" in vars(config):
        return {"validation": max(config.validation, 1.5 / pictures)}
    return {"held_out": None}  # they are named after the pictures' own folder


def _above(path: Path, below: str) -> Path:
    """Return the folder below which a picture is named so."""
    return path.parents[len(Path(below).parts) - 1]
