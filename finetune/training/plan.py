"""What a training will take, before it begins: weights, memory a device, steps, hours.

The base is built without its weights, from its configuration, so that a plan for a 7B model on a
rented machine is made on a laptop. Where data and base are here and small, a part is tried
(`finetune.training.trial`). Else time is floating-point operations over what a device does: two a
weight and token forward, two backward through frozen layers, two more for what is trained, and a
second forward with checkpointing (Kaplan et al. 2020, arXiv:2001.08361, section 2.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
import transformers
from transformers import AutoConfig

from finetune.error import FinetuneError
from finetune.job import Fit, Recipe, Size
from finetune.model.lora_layers import adapted
from finetune.model.memory import GB, Memory, Shape, needed, shape_of
from finetune.settings import Lora, Training
from finetune.training.schedule import Course
from finetune.training.trial import MORE, tried
from retrievers.checkpoints.error import CheckpointError
from retrievers.checkpoints.portable_names import is_here
from retrievers.encoder import EncoderError
from retrievers.loading.local_weights import WORDS, find_snapshot
from retrievers.loading.quiet_transformers import quiet
from retrievers.offline.small_llm import small_llm

PEAK: Mapping[str, float] = {"a100": 312e12, "h100": 989e12, "l4": 121e12, "rtx4090": 165e12}
"""Dense bfloat16 operations a second, from the makers' data sheets."""

PLAINLY = (OSError, ValueError, AttributeError, ImportError, EncoderError, CheckpointError)
SHARE = 0.35  # of the peak that such trainings reach
SMALL = 6 * GB  # what a plan may take of this machine to try a training
PACKED = 0.55  # bytes of a weight in NF4 with double quantisation, its scales included


@dataclass(frozen=True, slots=True)
class Plan:
    """What one training takes.

    Attributes:
        shape: of the model with its LoRA.
        memory: of a device.
        steps: of the optimiser.
        hours: expected, in all.
        preparing: of them, until the first step.
        validating: of them.
        device: that the hours are of.
        tried: whether they were measured at a part of the data.
    """

    shape: Shape
    memory: Memory
    steps: int
    hours: float
    preparing: float
    validating: float
    device: str
    tried: bool = False


def plan(
    recipe: Recipe,
    config: Any,
    size: Size,
    *,
    device: str = "",
    devices: int = 1,
    loading: float = 0.0,
) -> Plan:
    """Plan a training.

    Args:
        recipe: whose training.
        config: the recipe's settings.
        size: what there is to learn from; of no pictures, if the data are not here.
        device: one of `PEAK`; empty: this machine, where a part of it is tried if that can be.
        devices: how many train together.
        loading: seconds that it took to load the program and count, as a training will again.

    Raises:
        FinetuneError: the base's configuration cannot be had, or there is no such device.
    """
    if not device and devices == 1 and size.pictures and _can_be_tried(recipe, config, size):
        try:
            return _tried(recipe, config, size, loading)
        except FinetuneError:
            if size.pictures <= MORE or not recipe.sketched:  # so it fails as a whole
                raise
    return _counted(recipe, config, size, device, devices)


def _tried(recipe: Recipe, config: Any, size: Size, loading: float) -> Plan:
    seconds, shape = tried(recipe, config, size)
    if recipe.sketched:  # of a part of the data, it may have fewer rows
        shape = sketch(config, recipe.fit or _lora, foretells=recipe.foretells)
    training = config.training
    return Plan(
        shape,
        needed(shape, training, tokens=training.batch * size.tokens),
        Course(training, size.examples).steps,
        (loading + seconds.total) / 3600,
        (loading + seconds.preparing) / 3600,
        seconds.validating / 3600,
        "this machine",
        tried=True,
    )


def _can_be_tried(recipe: Recipe, config: Any, size: Size) -> bool:
    """Whether the base is here, and small enough to be opened for a plan."""
    if not recipe.part:
        return False
    if not recipe.sketched:
        return True
    if config.base != "offline" and not is_here(config.base):
        return False
    shape = sketch(config, recipe.fit or _lora, foretells=recipe.foretells)
    memory = needed(shape, config.training, tokens=config.training.batch * size.tokens)
    return memory.total < SMALL


def _counted(recipe: Recipe, config: Any, size: Size, device: str, devices: int) -> Plan:
    """Count operations."""
    training: Training = config.training
    if not recipe.sketched:
        raise FinetuneError(
            f"{recipe.name} is planned with its data and on this machine; leave --device,"
            " --examples and --tokens out"
        )
    shape = sketch(config, recipe.fit or _lora, foretells=recipe.foretells)
    course = Course(training, size.examples, devices=devices)
    speed = (_measured() if not device else _peak(device) * SHARE) * 3600  # an hour
    learnt = size.tokens * size.examples * training.epochs
    judged = size.judged * (1 + ceil(course.steps / course.validate_every))
    training_hours = _each_token(shape, config.lora, training) * learnt / (speed * devices)
    validating = 2 * (shape.weights - (0 if shape.vocabulary else shape.looked_up)) * judged / speed
    return Plan(
        shape,
        needed(shape, training, tokens=training.batch * size.tokens),
        course.steps,
        training_hours + validating,
        0.0,
        validating,
        device or "this machine",
    )


def sketch(config: Any, fit: Fit, *, foretells: bool = True) -> Shape:
    """Return the shape of a base with what is trained in it, without reading its weights.

    Raises:
        FinetuneError: its configuration cannot be had.
    """
    base, lora, training = config.base, config.lora, config.training
    try:
        with quiet():
            folder = small_llm() if base == "offline" else Path(base).expanduser()
            if not folder.is_dir():
                folder = find_snapshot(base, WORDS).folder
            settings = AutoConfig.from_pretrained(folder, local_files_only=True)
            kind = getattr(transformers, (settings.architectures or ["AutoModel"])[0])
            with torch.device("meta"):
                whole = kind._from_config(settings)
                looked_up = whole.get_input_embeddings().weight.numel()
                model = fit(whole, config)
    except FinetuneError:
        raise
    except PLAINLY as error:
        reason = str(error).strip().splitlines()[0]
        raise FinetuneError(f"base {base!r} cannot be planned with: {reason}") from error
    shape = replace(shape_of(model, precision=training.precision), looked_up=looked_up)
    if not foretells:
        shape = replace(shape, vocabulary=0)
    frozen = shape.weights - shape.trained
    size = {4: PACKED, 8: 1.0, 0: 4.0 if training.precision == "no" else 2.0}[lora.bits]
    return replace(shape, bytes=round(frozen * size + 4 * shape.trained))


def _lora(model: Any, config: Any) -> Any:
    return adapted(model, replace(config.lora, bits=0))


def _each_token(shape: Shape, lora: Lora, training: Training) -> float:
    """Return the operations on one token; below the lowest LoRA nothing runs backward.

    Input rows are looked up, which costs nothing; where tokens are foretold, as many are used.
    """
    share = min(lora.top or shape.layers, shape.layers) / shape.layers
    back = (4 if training.checkpointing else 2) * share
    frozen = shape.weights - shape.trained - (0 if shape.vocabulary else shape.looked_up)
    return (2 + back) * frozen + 6 * shape.trained


def _peak(device: str) -> float:
    if device not in PEAK:
        raise FinetuneError(f"no figures for the device {device!r}; there are {', '.join(PEAK)}")
    return PEAK[device]


def _measured() -> float:
    """Return the floating-point operations a second that this machine does in a product."""
    side = 1024
    one, other = torch.rand(side, side), torch.rand(side, side)
    begin, times = perf_counter(), 0
    while perf_counter() - begin < 0.3:
        one @ other
        times += 1
    return SHARE * 2 * side**3 * times / (perf_counter() - begin)
