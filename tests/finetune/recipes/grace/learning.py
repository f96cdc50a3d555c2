"""Twelve pictures of two colours each, and a tiny language model that learns their names."""

import random
from itertools import combinations, islice
from pathlib import Path

import torch
from PIL import Image

from eval.benchmarks.captioned import Captioned
from finetune.recipes.grace.job import GraceJob
from finetune.recipes.grace.pictures import GracePicture, look
from finetune.recipes.grace.recipe import GraceConfig, job_of
from finetune.settings import Lora, Training
from tests.encoders import COLOURS, ColourEncoder

PAIRS = list(islice(combinations(COLOURS, 2), 12))


def drawn(folder: Path, pairs: list[tuple[str, str]] = PAIRS) -> list[Captioned]:
    """Draw pictures whose upper and lower halves have these colours."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_drawn(folder / f"{upper}-{lower}.png", upper, lower) for upper, lower in pairs]


def _drawn(path: Path, upper: str, lower: str) -> Captioned:
    image = Image.new("RGB", (16, 16), COLOURS[upper])
    image.paste(COLOURS[lower], (0, 8, 16, 16))
    image.save(path)
    return Captioned(path.name, path, (f"{upper} over {lower}",))


def looked(folder: Path) -> list[GracePicture]:
    return look(drawn(folder), ColourEncoder())


def config(base: Path, kind: str, **more: object) -> GraceConfig:
    sizes = {"structured": {"clusters": 3, "leaf": 5}, "vokens": {"codes": 8}}
    settings = {"identifiers": kind} | sizes.get(kind, {}) | more
    return GraceConfig(
        captions=Path("unused"),
        base=str(base),
        training=Training(lr=1e-2, batch=24, device="cpu", threads=1),
        lora=Lora(rank=8, alpha=16),
        **settings,  # type: ignore[arg-type]
    )


def taught(base: Path, folder: Path, kind: str, *, steps: int = 60, **more: object) -> GraceJob:
    """Return a job after some steps of its training."""
    settings = config(base, kind, **more)
    job = job_of(settings, looked(folder), ColourEncoder().name)
    taught_more(job, steps)
    return job


def taught_more(job: GraceJob, steps: int) -> list[float]:
    """Take steps over all examples; returns the losses."""
    wanted = [one for one in job.model.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(wanted, lr=1e-2)
    losses = []
    job.model.train()
    for step in range(steps):
        loss = job.model(**job.batch(range(job.examples), random.Random(step)))
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss.item())
    job.model.eval()
    return losses
