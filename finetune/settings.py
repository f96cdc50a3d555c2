"""Settings that every recipe has: how long, how fast, how precisely, and with which LoRA."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, Literal

DEVICE = re.compile(r"(auto|cpu|mps|cuda(:\d{1,3})?)?")


@dataclass(frozen=True, kw_only=True)
class Training:
    """How to train.

    Attributes:
        epochs: how often each example is seen.
        batch: examples per forward and device.
        accumulate: forwards per step; the step sees batch x accumulate x devices examples.
        lr: the highest learning rate.
        schedule: its course after the warm-up.
        warm_up: share of the steps in which the rate rises from 0.
        weight_decay: of AdamW; vectors and biases are spared.
        betas: of AdamW.
        clip: the longest gradient; 0: not clipped.
        seed: of everything random.
        precision: of the arithmetic, through accelerate; `no` is float32.
        optimiser: `adamw`, or `adamw8bit` of bitsandbytes.
        checkpointing: keep fewer activations and compute them again.
        device: `cpu`, or `cuda`, `cuda:1` or `mps` if there is one; `auto` or empty: the best.
        threads: CPU threads; 0: the library's choice.
        validate_every: steps between validations; 0: once an epoch.
        save_every: steps between checkpoints; 0: at each validation.
        patience: validations without a better figure after which training stops; 0: never.
    """

    epochs: int = 10
    batch: int = 16
    accumulate: int = 1
    lr: float = 1e-4
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warm_up: float = 0.05
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.999)
    clip: float = 1.0
    seed: int = 0
    precision: Literal["no", "bf16", "fp16"] = "no"
    optimiser: Literal["adamw", "adamw8bit"] = "adamw"
    checkpointing: bool = False
    device: str = ""
    threads: int = 0
    validate_every: int = 0
    save_every: int = 0
    patience: int = 0

    def __post_init__(self) -> None:
        at_least = {
            **dict.fromkeys(("epochs", "batch", "accumulate"), 1),
            **dict.fromkeys(("validate_every", "save_every", "patience", "threads", "clip"), 0),
            "weight_decay": 0,
        }
        refuse_unless(
            self,
            {
                **{
                    name: (f"at least {least}", getattr(self, name) >= least)
                    for name, least in at_least.items()
                },
                "betas": ("in 0..1, 1 excluded", all(0 <= one < 1 for one in self.betas)),
                "lr": ("above 0", self.lr > 0),
                "device": ("auto, cpu, cuda, cuda:N or mps", bool(DEVICE.fullmatch(self.device))),
                "warm_up": ("in 0..1, 1 excluded", 0 <= self.warm_up < 1),
            },
        )

    @property
    def place(self) -> str | None:
        """The device that is named; none: the best there is."""
        return None if self.device in ("", "auto") else self.device


def refuse_unless(config: Any, rules: Mapping[str, tuple[str, bool]]) -> None:
    """Refuse settings that are out of their range.

    Args:
        config: holds them.
        rules: by the setting's name, what it must be, and whether it is.

    Raises:
        ValueError: one is not; a line for each, which begins with its name.
    """
    wrong = [
        f"{name}: must be {rule}; got {getattr(config, name)!r}"
        for name, (rule, holds) in rules.items()
        if not holds
    ]
    if wrong:
        raise ValueError("\n".join(wrong))


def refuse_idle(config: Any, names: Iterable[str], why: str, *, of: str) -> None:
    """Refuse settings that nothing would read, unless they are as they come.

    Args:
        config: of a recipe.
        names: such as `guard`, `lora` with all in it, or `lora.bits`.
        why: who does not read them.
        of: who does.

    Raises:
        ValueError: one has another value than its own; a line for each, which begins with its name.
    """
    wrong = [
        f"{whole}: is no setting of {why}, but of {of}; leave it out; got {value!r}"
        for name in names
        for whole, value, usual in _settings(config, name)
        if value != usual
    ]
    if wrong:
        raise ValueError("\n".join(wrong))


def _settings(config: Any, name: str) -> Iterable[tuple[str, Any, Any]]:
    """Yield each setting of that name with its value and that of the config's kind."""
    outer, _, inner = name.partition(".")
    own = next(one for one in fields(config) if one.name == outer)
    value = getattr(config, outer)
    usual = own.default if own.default_factory is MISSING else own.default_factory()
    if not is_dataclass(value):
        yield name, value, usual
        return
    for one in fields(value):
        if inner in ("", one.name):
            yield f"{outer}.{one.name}", getattr(value, one.name), getattr(usual, one.name)


@dataclass(frozen=True, kw_only=True)
class Lora:
    """Low-rank adaptation (arXiv:2106.09685) of a frozen base.

    Attributes:
        rank: of the two thin matrices.
        alpha: the update counts alpha / rank.
        dropout: of the update's input.
        targets: names of the linear layers; empty: those of the base's family
            (`finetune.model.lora_layers`).
        top: only the last so many layers are adapted, the lower ones stay; 0: all.
        dora: weight-decomposed (DoRA, arXiv:2402.09353).
        bits: 4 (NF4, QLoRA, arXiv:2305.14314) or 8 quantises the frozen base; 0: not.
    """

    rank: int = 8
    alpha: float = 16
    dropout: float = 0.0
    targets: tuple[str, ...] = ()
    top: int = 0
    dora: bool = False
    bits: Literal[0, 4, 8] = 0

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            {
                "rank": ("at least 1", self.rank >= 1),
                "top": ("at least 0", self.top >= 0),
                "dropout": ("in 0..1, 1 excluded", 0 <= self.dropout < 1),
            },
        )
