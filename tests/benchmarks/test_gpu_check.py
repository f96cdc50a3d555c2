"""The program that checks a GPU, run as one runs it; here without any."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.gpu.check import LINES, NO_GPU


def run(*options: str, below: Path | None = None) -> subprocess.CompletedProcess[str]:
    paths = [str(one) for one in (below, *map(Path, sys.path)) if one]
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu.check", *options],
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_gpu_one_line_says_so_and_the_code_is_its_own() -> None:
    ended = run()
    assert ended.returncode == NO_GPU == 4
    assert ended.stdout == ""
    assert ended.stderr.startswith("no GPU was checked: torch ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.slow
def test_every_line_runs_on_the_cpu_and_agrees_with_itself() -> None:
    ended = run("--device", "cpu", "--small")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    rows = [line for line in ended.stdout.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 8 and len(LINES) == 5
    assert all(row.endswith("| yes |") for row in rows)
    assert "no figures of a GPU" in ended.stdout


def test_two_builds_of_faiss_are_one_line_with_the_remedy(tmp_path: Path) -> None:
    facts = tmp_path / "faiss_gpu_cu12-1.14.1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: faiss-gpu-cu12\nVersion: 1.14.1\n"
    )
    ended = run("--device", "cpu", "--small", "--only", "searching", below=tmp_path)
    assert ended.returncode == 1
    (row,) = [line for line in ended.stdout.splitlines() if line.startswith("| searching")]
    assert "not run | faiss-cpu " in row and row.endswith("| NO |")
    assert (
        "pip uninstall --yes faiss-cpu faiss-gpu-cu12 && pip install --no-deps faiss-gpu-cu12"
        in row
    )
