"""Which device a training runs on: one that is named must be here."""

import os

import torch

from finetune.error import FinetuneError
from finetune.settings import Training


def settle(training: Training) -> None:
    """Let accelerate take the device that is named.

    Raises:
        FinetuneError: this machine has not got it, or it cannot do the arithmetic.
    """
    here, named = devices(), training.place
    if named and named not in here:
        raise FinetuneError(
            f"training.device={named!r}: torch finds {', '.join(here)} here; name one of them, or"
            " 'auto' for the best"
        )
    if training.precision == "fp16" and "cpu" in (named, here[0]):
        raise FinetuneError("training.precision='fp16' needs a GPU; on the CPU take 'bf16' or 'no'")
    if named and ":" in named:
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            raise FinetuneError(
                f"training.device={named!r} is one GPU, and several processes train together; take"
                " 'cuda', and choose GPUs with CUDA_VISIBLE_DEVICES"
            )
        os.environ["ACCELERATE_TORCH_DEVICE"] = named


def devices() -> list[str]:
    """Return the devices that torch finds here, the best first."""
    found = ["cuda", *(f"cuda:{at}" for at in range(torch.cuda.device_count()))]
    found = found if torch.cuda.is_available() else []
    return [*found, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]
