"""Where and how precisely a network runs: device, dtype and threads, chosen or checked."""

from dataclasses import dataclass

import torch

from retrievers.encoder import EncoderError
from retrievers.loading.encoder_options import Options

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True, slots=True)
class Machine:
    """A device with the dtype that a network has on it."""

    device: torch.device
    dtype: torch.dtype


def choose_machine(options: Options) -> Machine:
    """Set the process's thread count, and return where the network goes.

    Raises:
        EncoderError: the device is not here, or there is no such dtype.
        ValueError: batch or threads is below 1.
    """
    if options.batch < 1:
        raise ValueError(f"batch must be at least 1; got {options.batch!r}")
    if options.threads is not None:
        if options.threads < 1:
            raise ValueError(f"threads must be at least 1; got {options.threads!r}")
        torch.set_num_threads(options.threads)
    best = options.device in (None, "", "auto")
    device = _device(_best_device() if best else str(options.device))
    return Machine(device, _dtype(options.dtype or _usual_dtype(device)))


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise EncoderError(
            f"device {name!r} cannot be used here; best on this machine is {_best_device()!r}"
        ) from error
    return device


def _usual_dtype(device: torch.device) -> str:
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    return "float32"


def _dtype(name: str) -> torch.dtype:
    if name not in DTYPES:
        raise EncoderError(f"dtype must be one of {', '.join(DTYPES)}; got {name!r}")
    return DTYPES[name]
