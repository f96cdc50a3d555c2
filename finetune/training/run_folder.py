"""The folder of one training: what was asked, how it went, where it stands, what came out.

config.toml   the settings      log.jsonl     losses and figures      checkpoint-N/  to go on from
run.json      recipe, versions  tensorboard/  the same for its page   adapter/       the best
"""

import json
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError

from finetune.error import FinetuneError
from finetune.training.settings_file import written
from retrievers.checkpoints.adapter import BELOW
from retrievers.text.encodings import read_text
from retrievers.text.json_text import json_of

PACKAGES = ("torch", "transformers", "peft", "accelerate", "bitsandbytes", "open_clip_torch")
RunState = Literal["running", "interrupted", "finished", "failed"]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One training's folder."""

    path: Path

    @property
    def adapter(self) -> Path:
        return self.path / BELOW

    @property
    def config(self) -> Path:
        return self.path / "config.toml"

    @property
    def log(self) -> Path:
        return self.path / "log.jsonl"

    @property
    def board(self) -> Path:
        return self.path / "tensorboard"

    def create(self, recipe: str, config: Any, data: Mapping[str, str]) -> None:
        """Begin a run.

        Raises:
            FinetuneError: the folder holds something already.
        """
        self.refuse_if_used()
        self.path.mkdir(parents=True, exist_ok=True)
        self.config.write_text(f'recipe = "{recipe}"\n{written(config)}', encoding="utf-8")
        self.tell(recipe=recipe, state="running", data=dict(data), versions=_versions())

    def refuse_if_used(self) -> None:
        """Refuse a folder that holds something already.

        Raises:
            FinetuneError: it does.
        """
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            remedy = f"dialens finetune resume {self.path}" if self.facts() else "name another"
            raise FinetuneError(f"{self.path} is not empty; {remedy}")

    def facts(self) -> dict[str, Any]:
        """Return what `run.json` holds; empty if there is none."""
        path = self.path / "run.json"
        try:
            found: dict[str, Any] = json_of(read_text(path))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise FinetuneError(f"{path} cannot be read: {error}") from error
        return found

    def tell(self, **facts: Any) -> None:
        """Change facts in `run.json`."""
        whole = json.dumps({**self.facts(), **facts}, indent=2, ensure_ascii=False)
        _replace(self.path / "run.json", whole + "\n")

    def logged(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of the log; one that was cut off in the writing is none."""
        if not self.log.exists():
            return
        for line in read_text(self.log).splitlines(keepends=True):
            if line.endswith("\n"):
                yield json_of(line)

    def forget_after(self, step: int, *, validated: int) -> None:
        """Drop log lines of later steps and validations, which are about to be made again."""
        kept = [
            json.dumps(line)
            for line in self.logged()
            if line["step"] <= (step if "loss" in line else min(step, validated))
        ]
        _replace(self.log, "".join(f"{line}\n" for line in kept))

    def checkpoint(self) -> Path | None:
        """Return the newest whole checkpoint."""
        found = {_step(path): path for path in self.path.glob("checkpoint-*") if _step(path) >= 0}
        return found[max(found)] if found else None

    def restore(self) -> None:
        """Give back what was being replaced when a process was killed."""
        for old in self.path.glob(".old-*"):
            final = self.path / old.name.removeprefix(".old-")
            if final.exists():
                shutil.rmtree(old)
            else:
                old.rename(final)

    def put(self, partial: Path, name: str) -> None:
        """Give a finished folder its name; other checkpoints go, as does a folder of that name."""
        final = self.path / name
        old = self.path / f".old-{name}"
        shutil.rmtree(old, ignore_errors=True)
        if final.exists():
            final.rename(old)
        partial.rename(final)
        shutil.rmtree(old, ignore_errors=True)
        if _step(final) >= 0:
            for other in self.path.glob("checkpoint-*"):
                if other != final:
                    shutil.rmtree(other)

    def partial(self, name: str) -> Path:
        """Return where to write a folder that is to be `put`."""
        path = self.path / f".partial-{name}"
        shutil.rmtree(path, ignore_errors=True)
        return path


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Write into a run's folder.

    Raises:
        FinetuneError: it cannot be written.
    """
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise FinetuneError(
            f"{folder} cannot be written: {reason}; make room, then dialens finetune resume"
            f" {folder.parent}"
        ) from error


def _step(path: Path) -> int:
    _, _, number = path.name.partition("checkpoint-")
    return int(number) if number.isdigit() else -1


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f".partial-{path.name}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("dialens", *PACKAGES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
