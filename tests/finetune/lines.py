"""A whole job in little: a line through points, trained by the real loop."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from finetune.job import Batch, Figures, Recipe
from finetune.settings import Lora, Training
from retrievers.checkpoints.adapter import write_adapter


@dataclass(frozen=True, kw_only=True)
class LineConfig:
    """Attributes: slope: of the points; path: an input, if any."""

    slope: float = 3.0
    path: Path | None = None
    names: tuple[str, ...] = ()
    training: Training = field(default_factory=Training)
    lora: Lora = field(default_factory=Lora)


class Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, 1))
        self.bias = nn.Parameter(torch.zeros(1))
        self.frozen = nn.Parameter(torch.ones(1), requires_grad=False)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        noise = torch.rand(len(x), 1) / 100  # as dropout: from torch's own generator
        return (x @ self.weight + self.bias + noise - y).pow(2).mean()


class LineJob:
    examples = 20
    about: Mapping[str, Any] = {"what": "a line"}
    data: Mapping[str, str] = {"points": "0"}

    def __init__(self, config: LineConfig) -> None:
        self.config, self.model = config, Line()
        self.saved: list[float] = []

    def batch(self, places: Sequence[int], chance: random.Random) -> Batch:
        x = torch.tensor([[place / self.examples + chance.random() / 50] for place in places])
        return {"x": x, "y": self.config.slope * x}

    def validate(self) -> Figures:
        return {"nearness": -abs(float(self.model.weight.detach()) - self.config.slope)}

    def save(self, folder: Path) -> None:
        write_adapter(folder, "line", base="none", weight=float(self.model.weight.detach()))
        save_file({"weight": self.model.weight.detach().clone()}, folder / "model.safetensors")


RECIPE = Recipe("line", "a line through points", LineConfig, LineJob)
