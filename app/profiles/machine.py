"""What this machine is: cores, memory and GPU, found without torch."""

import os
import platform
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


@dataclass(frozen=True, slots=True)
class Machine:
    """What a profile may count on.

    Attributes:
        cores: that this process may use.
        memory: in bytes, a container's limit counted; 0: cannot be told.
        gpu: its name; empty: none that a network here could use.
        gpu_memory: in bytes; 0 without a GPU, or where it is the machine's own memory.
    """

    cores: int
    memory: int
    gpu: str = ""
    gpu_memory: int = 0


def this_machine() -> Machine:
    """Look at the machine; asks the driver of NVIDIA, which takes a moment where there is one."""
    name, size = _nvidia()
    if not name and (platform.system(), platform.machine()) == ("Darwin", "arm64"):
        name = "Apple"
    return Machine(_cores(), _memory(), name, size)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int:
    sizes = []
    with suppress(ValueError, OSError, AttributeError):
        sizes.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for path in _LIMITS:
        with suppress(OSError, ValueError):
            sizes.append(int(Path(path).read_text("ascii")))
    return min(sizes, default=0)


def _nvidia() -> tuple[str, int]:
    """Return name and bytes of memory of the GPU that has most."""
    asked = ["nvidia-smi", "--query-gpu=memory.total,name", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return "", 0
    found = [line.split(",", 1) for line in told.splitlines() if line.count(",")]
    sized = [(int(size), name.strip()) for size, name in found if size.strip().isdecimal()]
    size, name = max(sized, default=(0, ""))
    return name, size << 20
