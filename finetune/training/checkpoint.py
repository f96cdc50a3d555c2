"""Where a training stands, written whole or not at all: weights, the optimiser's state, figures."""

import json
import pickle
import struct
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from finetune.error import FinetuneError
from finetune.job import Figures
from finetune.training.run_folder import RunFolder, writing
from retrievers.loading.local_weights import first_line
from retrievers.text.encodings import read_text
from retrievers.text.json_text import json_of


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a training has come, and how good it was.

    Attributes:
        step: steps done.
        before: the figures of the untrained model.
        best: the best figures since.
        at: the step of the best.
        worse: validations since then.
        validated: the step after which the last validation was; -1: there was none.
    """

    step: int = 0
    before: Figures = field(default_factory=dict)
    best: Figures = field(default_factory=dict)
    at: int = 0
    worse: int = 0
    validated: int = -1

    def after_step(self) -> "Standing":
        return replace(self, step=self.step + 1)

    def is_better(self, figures: Figures) -> bool:
        """Whether the first figure is above the best so far; the untrained model's does not count.

        Of equal ones the earlier stays.
        """
        name = next(iter(figures))
        return not self.best or figures[name] > self.best[name]

    def after_validation(self, figures: Figures, *, best: bool) -> "Standing":
        now = replace(self, validated=self.step)
        if self.step == 0:
            return replace(now, before=figures)
        if best:
            return replace(now, best=figures, at=self.step, worse=0)
        return replace(now, worse=self.worse + 1)

    @property
    def vain(self) -> str:
        """Say so if no step was better than the untrained model; empty if one was."""
        name = next(iter(self.best), "")
        before, best = self.before.get(name, 0.0), self.best.get(name, 0.0)
        if not self.best or best > before:
            return ""
        return (
            f"no step was better than the untrained model, {name} {before:.4f} before and"
            f" {best:.4f} at best; a lower training.lr or more data may help"
        )


def save_checkpoint(
    run: RunFolder, standing: Standing, model: nn.Module, optimiser: torch.optim.Optimizer
) -> None:
    """Write a checkpoint and remove the one before it.

    Raises:
        FinetuneError: it cannot be written; the one before it stays.
    """
    folder = run.partial("checkpoint")
    with writing(folder):
        folder.mkdir()
        save_file(_trained(model), folder / "weights.safetensors")
        torch.save(optimiser.state_dict(), folder / "optimiser.pt")
        (folder / "standing.json").write_text(json.dumps(asdict(standing)), encoding="utf-8")
        run.put(folder, f"checkpoint-{standing.step}")


def load_checkpoint(folder: Path, model: nn.Module, optimiser: torch.optim.Optimizer) -> Standing:
    """Put model and optimiser where the checkpoint stands.

    Raises:
        FinetuneError: it cannot be read, or was made by other settings.
    """
    try:
        weights = load_file(folder / "weights.safetensors")
        state: Any = torch.load(folder / "optimiser.pt", weights_only=True)
        facts = json_of(read_text(folder / "standing.json"))
        standing = Standing(**{"validated": facts["step"], **facts})  # as it was before it was told
        _put(weights, model)
        optimiser.load_state_dict(state)
    except (
        OSError,
        ValueError,
        TypeError,
        LookupError,
        EOFError,
        AttributeError,
        struct.error,
        RuntimeError,
        SafetensorError,
        pickle.UnpicklingError,
    ) as error:
        raise FinetuneError(
            f"{folder} cannot be resumed from: {first_line(error)}; remove it to begin again"
        ) from error
    return standing


def _trained(model: nn.Module) -> dict[str, torch.Tensor]:
    return {
        name: weight.detach().cpu().contiguous()
        for name, weight in model.named_parameters()
        if weight.requires_grad
    }


def _put(weights: dict[str, torch.Tensor], model: nn.Module) -> None:
    held = {name: one for name, one in model.named_parameters() if one.requires_grad}
    if set(held) != set(weights):
        other = sorted(set(held) ^ set(weights))
        raise ValueError(f"{len(other)} weights are not the same, such as {other[0]!r}")
    with torch.no_grad():
        for name, weight in weights.items():
            held[name].copy_(weight)
