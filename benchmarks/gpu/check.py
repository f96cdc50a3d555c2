"""Run everything that needs a GPU, hold it against the CPU, and print one table.

    python -m benchmarks.gpu.check                         `make gpu-check` is the same
    python -m benchmarks.gpu.check --device cpu --small    tries this program without one

Ends with 0 if all lines ran and agree, 1 if one does not, and 4 where there is no GPU.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.gpu.row import Measure, Row, Scale

NO_GPU = 4
LINES: Mapping[str, str] = {
    "encoding": "benchmarks.gpu.encoding",
    "searching": "benchmarks.gpu.searching",
    "reranking": "benchmarks.gpu.reranking",
    "learning": "benchmarks.gpu.learning",
    "four_bits": "benchmarks.gpu.learning",
}
"""What is measured, by name, and the module that has a function of that name."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--small", action="store_true", help="tiny networks: tries the program")
    parser.add_argument("--only", choices=LINES, action="append", help="this line; may be repeated")
    asked = parser.parse_args(argv)
    if asked.device == "cuda" and (reason := _no_gpu()):
        print(f"no GPU was checked: {reason}", file=sys.stderr)
        return NO_GPU
    from benchmarks.gpu.row import Scale

    print(_machine(asked.device), end="\n\n")
    print("| what | figure | against the CPU | agrees |\n|---|---|---|---|", flush=True)
    scale, sound = Scale(asked.device, asked.small), True
    for name in asked.only or LINES:
        for row in _measured(name, scale):
            agrees = "yes" if row.agrees else "NO"
            print(f"| {row.what} | {row.figure} | {row.check} | {agrees} |", flush=True)
            sound = sound and row.agrees
    return 0 if sound else 1


def _no_gpu() -> str:
    """Say why nothing can be run here, or nothing."""
    try:
        import torch
    except ImportError:
        return "torch is not installed; pip install '.[gpu,finetune]'"
    if torch.cuda.is_available():
        return ""
    built = f"CUDA {torch.version.cuda}" if torch.version.cuda else "the CPU alone"
    return f"torch {torch.__version__}, built for {built}, finds none"


def _machine(device: str) -> str:
    import torch

    if device == "cpu":
        return f"torch {torch.__version__} on the CPU: a try of this program, no figures of a GPU"
    card = torch.cuda.get_device_properties(0)
    memory = card.total_memory / 2**30
    cuda = torch.version.cuda
    return f"{card.name}, {memory:.0f} GB, torch {torch.__version__}, CUDA {cuda}"


def _measured(name: str, scale: "Scale") -> "Sequence[Row]":
    """Return a measurement's lines; one that fails is a line, and the others go on."""
    from benchmarks.gpu.row import Row

    try:
        measure: Measure = getattr(import_module(LINES[name]), name)
        return list(measure(scale))
    except Exception as error:
        told = (str(error).strip() or type(error).__name__).splitlines()[0]
        return [Row(name, "not run", told, agrees=False)]


if __name__ == "__main__":
    sys.exit(main())
