"""What a figure was measured on: versions of what computes, and the machine."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

_COMPUTES = (
    *("dialens", "numpy", "faiss-cpu", "onnxruntime", "pillow"),
    *("torch", "transformers", "open_clip_torch", "peft", "xllamacpp", "openai"),
)


def machine() -> dict[str, object]:
    """Return versions of the packages that are installed here, the processor and its cores."""
    return {
        "python": platform.python_version(),
        "packages": {name: held for name in _COMPUTES if (held := _version(name))},
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", ""),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - Linux alone
            models = [line.partition(":")[2].strip() for line in file if "model name" in line]
    except OSError:
        return platform.processor()
    return models[0] if models else platform.machine()
