"""Captions in, a file of dialogues out; what models make is written line by line and resumed."""

import sys
from collections.abc import Sequence
from pathlib import Path

from agent.mllm.open_mllm import open_mllm
from app.terminal.terminal import say
from eval.benchmarks.captioned import Captioned
from eval.benchmarks.own.caption_columns import FOUND_OUT, ColumnChoice
from eval.benchmarks.own.own_pictures import read_captions
from eval.benchmarks.remarks import remarks
from finetune.dialogues.dialogue import Dialogue, as_line, read_dialogues, write_dialogues
from finetune.dialogues.model_dialogues import asked_about, left
from finetune.dialogues.template_dialogues import DialogueStyle, made_of
from retrievers.files.home import dialens_home
from retrievers.files.new_file import new_file, refuse_to_lose
from retrievers.files.whole_file import lines_to_add


def make(
    captions: Path,
    out: Path,
    *,
    pictures: Path | None,
    kind: DialogueStyle,
    models: tuple[str, str],
    rounds: int,
    seed: int,
    choice: ColumnChoice = FOUND_OUT,
    force: bool = False,
) -> int:
    """Write dialogues of the captions; returns how many the file holds.

    Raises:
        DatasetError: the captions cannot be read.
        ValueError: only one of the two models is named, or the file holds something already.
    """
    if any(models) and not all(models):
        raise ValueError("name both models: --questioner asks, --answerer looks at the picture")
    begun = b"{" if all(models) else b""  # what models made is gone on with
    try:
        refuse_to_lose(out, reads=[captions, *_beside(captions)], kind=begun, force=force)
    except ValueError as error:
        if force or out.is_dir():
            raise
        raise ValueError(f"{error}, or --force") from error
    with remarks(say):
        captioned = read_captions(captions, pictures, home=dialens_home(), choice=choice)
    if not any(models):
        made = made_of(captioned, seed=seed, kind=kind)
        with new_file(out, force=True) as place:
            write_dialogues(place, made)
        return len(made)
    return _generated(captioned, out, models=models, rounds=rounds, anew=force)


def _beside(captions: Path) -> list[Path]:
    return [one for one in captions.iterdir() if one.is_file()] if captions.is_dir() else []


def _generated(
    captioned: Sequence[Captioned], out: Path, *, models: tuple[str, str], rounds: int, anew: bool
) -> int:
    if anew:
        out.unlink(missing_ok=True)
    done: list[Dialogue] = read_dialogues(out) if out.exists() and out.stat().st_size else []
    todo = left(captioned, done)
    questioner, answerer = (open_mllm(one) for one in models)
    with lines_to_add(out) as file:
        for number, one in enumerate(
            asked_about(todo, questioner, answerer, rounds=rounds), start=1 + len(done)
        ):
            file.write(as_line(one) + "\n")
            file.flush()
            sys.stderr.write(f"\r{number} of {len(captioned)} dialogues")
    sys.stderr.write("\n")
    return len(done) + len(todo)
