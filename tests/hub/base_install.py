"""A process in which only the base installation can be imported, led to a hub of the test's own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.hub.loopback_hub import LoopbackHub

EXTRAS = (
    *("torch", "torchvision", "transformers", "open_clip", "sentence_transformers", "timm"),
    *("accelerate", "peft", "openai", "fastapi", "uvicorn", "mcp", "rapidocr", "sentencepiece"),
)
HOOK = f"""
import sys

class _Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, _Absent())
"""
"""Python runs this first; an attempt to import an extra fails as where it is not installed."""


@dataclass
class BaseInstall:
    """A home, a cache of the hub, and the environment of commands that use them.

    Attributes:
        folder: of the test's own.
        home: of dialens.
        hub: that is asked; none: nobody listens at its address.
    """

    folder: Path
    home: Path
    hub: LoopbackHub | None = None

    def __post_init__(self) -> None:
        (self.folder / "hook").mkdir(exist_ok=True)
        (self.folder / "hook" / "sitecustomize.py").write_text(HOOK)

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment; nobody answers at port 9."""
        there = (
            self.hub.environment()
            if self.hub
            else {"HF_ENDPOINT": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
        )
        here = {
            "DIALENS_HOME": str(self.home),
            "HF_HOME": str(self.folder / "hf"),
            "PYTHONPATH": os.pathsep.join([str(self.folder / "hook"), str(Path.cwd())]),
            "DIALENS_PROFILE": "",
            "HF_HUB_OFFLINE": "",
        }
        return os.environ | here | there | more

    def start(self, *words: str, **more: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "app.start", *words],
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, code: int = 0, **more: str) -> tuple[str, str]:
        """Run a command, and return what it wrote to standard output and error."""
        process = self.start(*words, **more)
        out, told = process.communicate(timeout=120)
        assert process.returncode == code, told + out
        return out, told
