"""What the README tells people to type exists, and what it can show here it shows."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.main import get_command

from app.cli import app

HOUSE = Path(__file__).parent.parent
TEXTS = ["README.md", "CONTRIBUTING.md"]
BLOCK = re.compile(r"(<!-- run -->\n)?```(\w+)\n(.*?)```", re.DOTALL)


def _blocks(language: str, *, run: bool = False) -> list[str]:
    found = [match for name in TEXTS for match in BLOCK.findall((HOUSE / name).read_text("utf-8"))]
    return [text for mark, kind, text in found if kind == language and (mark or not run)]


def _commands(tool: str) -> Iterator[list[str]]:
    for block in _blocks("sh"):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            for start in [place for place, word in enumerate(words) if word == tool]:
                ends = [i for i, word in enumerate(words) if word in ("|", "<", "&&") and i > start]
                yield words[start + 1 : min(ends, default=len(words))]


@pytest.mark.parametrize("words", list(_commands("dialens")), ids=" ".join)
def test_every_command_and_option_exists(words: list[str]) -> None:
    command: Any = get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        assert rest[0] in command.commands
        command = command.commands[rest.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    asked = {word for word in rest if re.fullmatch(r"--?[a-z0][a-z-]*", word)}
    assert asked <= known


@pytest.mark.parametrize("words", list(_commands("make")), ids=" ".join)
def test_every_make_target_exists(words: list[str]) -> None:
    makefile = (HOUSE / "Makefile").read_text("utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    targets = {word for word in words if "=" not in word}
    assert targets <= set(phony.split())


@pytest.mark.skipif(not shutil.which("bash"), reason="the blocks are for a shell")
@pytest.mark.slow
def test_the_marked_blocks_run_as_they_stand(tmp_path: Path, new_home: Callable[[], Path]) -> None:
    home, tools = tmp_path / "home", tmp_path / "tools"
    for folder in (home / "chosen", home / "Pictures" / "trips", tools):
        folder.mkdir(parents=True)
    data = home / ".local" / "share"
    data.mkdir(parents=True)
    (data / "dialens").symlink_to(new_home(), target_is_directory=True)
    noise = np.random.default_rng(0)
    for name in ("IMG_2041.jpg", "sketch.png", "trips/sunset.jpg", "dog.jpg"):
        pixels = noise.integers(0, 255, (90, 120, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(home / "Pictures" / name)
    shutil.copy(home / "Pictures" / "sketch.png", home)
    (home / "questions.txt").write_text("a dog\non a beach\n")
    (tools / "dialens").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m app.start "$@"\n')
    (tools / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("XDG", "DIALENS"))
    }
    environment |= {
        "HOME": str(home),
        "BROWSER": "true",
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": str(HOUSE),
    }
    together = "".join(_blocks("python", run=True))  # a reader goes on in the same session
    python = f"python - <<'EOF'\n{together}EOF\n"
    lines = "".join(_blocks("sh", run=True)).splitlines(keepends=True)
    script = "".join(line for line in lines if "jq" not in line or shutil.which("jq")) + python
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (home / "chosen" / "sunset.jpg").exists()
    assert (home / "vectors.parquet").is_file()
