"""A training that is stopped, at whatever boundary, goes on as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from finetune.error import FinetuneError
from finetune.job import Batch, Figures
from finetune.settings import Training
from finetune.training import start
from finetune.training.loop import train
from finetune.training.run_folder import RunFolder
from tests.finetune.lines import LineConfig, LineJob
from tests.finetune.walls import walls

TRAINING = Training(epochs=2, batch=5, lr=0.1, device="cpu", weight_decay=0, save_every=3)
ASKED = 8 + 1 + 2  # steps, the validation before them, and two more


def _run(
    folder: Path,
    should_stop: Callable[[], bool] = lambda: False,
    training: Training = TRAINING,
    job: LineJob | None = None,
) -> RunFolder:
    run, job = RunFolder(folder), job or LineJob(LineConfig())
    if not run.facts():
        run.create("line", LineConfig(training=training), job.data)
    train(job, training, run, should_stop=should_stop)
    return run


def _told(run: RunFolder) -> tuple[object, ...]:
    (weight,) = load_file(run.adapter / "model.safetensors").values()
    facts = {name: run.facts()[name] for name in ("state", "steps", "best", "best_step", "before")}
    return [*run.logged()], facts, float(weight), (run.adapter / "README.md").read_text()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    return _told(_run(tmp_path_factory.mktemp("whole") / "run"))


class At:
    """Says yes once, at the n-th asking."""

    def __init__(self, n: int) -> None:
        self.n, self.asked = n, 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.asked > self.n


@pytest.mark.parametrize("n", range(ASKED))
def test_it_can_be_stopped_at_every_boundary(
    n: int, whole: tuple[object, ...], tmp_path: Path
) -> None:
    stop = At(n)
    run = _run(tmp_path / "run", stop)
    assert stop.asked == n + 1, "it went on after it was told to stop"
    assert run.facts()["state"] == "interrupted"
    assert not (run.path / "README.md").exists()
    _run(run.path)
    assert _told(run) == whole


def test_there_is_no_boundary_more_than_these(whole: tuple[object, ...], tmp_path: Path) -> None:
    stop = At(ASKED)
    assert _told(_run(tmp_path / "run", stop)) == whole
    assert stop.asked == ASKED


@settings(max_examples=15)
@given(stops=st.lists(st.integers(0, 4), max_size=6))
def test_it_can_be_stopped_again_and_again(
    stops: list[int], whole: tuple[object, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("stops") / "run"
    for n in stops:
        _run(folder, At(n))
    assert _told(_run(folder)) == whole


class Broken(LineJob):
    """Calls something at the n-th time that one of its methods is called."""

    def __init__(self, where: str, n: int, then: Callable[[], None]) -> None:
        super().__init__(LineConfig())
        self.where, self.n, self.then = where, n, then

    def _at(self, where: str) -> None:
        if where == self.where:
            self.n -= 1
            if self.n == 0:
                self.then()

    def batch(self, places: Sequence[int], chance: random.Random) -> Batch:
        self._at("batch")
        return super().batch(places, chance)

    def validate(self) -> Figures:
        self._at("validation")
        return super().validate()

    def save(self, folder: Path) -> None:
        super().save(folder)
        self._at("adapter")


PLACES = [("batch", 1), ("batch", 5), ("validation", 1), ("validation", 2), ("validation", 3)]


@pytest.mark.parametrize(("where", "n"), [*PLACES, ("adapter", 1), ("adapter", 2)])
def test_a_stop_that_is_asked_for_within_a_step_waits_for_its_end(
    where: str, n: int, whole: tuple[object, ...], tmp_path: Path
) -> None:
    asked: list[bool] = []
    job = Broken(where, n, lambda: asked.append(True))
    run = _run(tmp_path / "run", lambda: bool(asked), job=job)
    last = (where == "validation" and n == 3) or (where, n) == ("adapter", 2)
    assert run.facts()["state"] == ("finished" if last else "interrupted")
    _run(run.path)
    assert _told(run) == whole


@pytest.mark.parametrize(("where", "n"), [*PLACES, ("adapter", 1), ("adapter", 2)])
def test_whatever_breaks_a_step_off_leaves_the_run_where_its_checkpoint_is(
    where: str, n: int, whole: tuple[object, ...], tmp_path: Path
) -> None:
    def second_ctrl_c() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run(tmp_path / "run", job=Broken(where, n, second_ctrl_c))
    run = RunFolder(tmp_path / "run")
    assert run.facts()["state"] == "running"
    _run(run.path)
    assert _told(run) == whole


@pytest.mark.parametrize("renamed", range(1, 9))
def test_a_kill_between_two_renames_of_a_folder_loses_nothing(
    renamed: int, whole: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = renamed
    rename = Path.rename

    def killed(path: Path, to: Path) -> Path:
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
        return rename(path, to)

    run = _run(tmp_path / "run", At(6))
    monkeypatch.setattr(Path, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        while True:  # from the last checkpoint again, so that it is written anew
            _run(run.path, At(1))
    monkeypatch.undo()
    _run(run.path)
    assert _told(run) == whole


def test_a_full_disk_is_one_line_and_the_run_goes_on_when_there_is_room(
    whole: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed")

    run = _run(tmp_path / "run", At(6))
    monkeypatch.setattr("finetune.training.checkpoint.torch.save", full)
    with pytest.raises(FinetuneError, match=r"cannot be written: .*; make room, then dialens fine"):
        _run(run.path)
    assert run.facts()["state"] == "failed"
    monkeypatch.undo()
    _run(run.path)
    assert _told(run) == whole


def test_ctrl_c_ends_the_command_after_the_step_it_is_at_and_resume_goes_on(tmp_path: Path) -> None:
    lines = [f"{one.id},{one.captions[0]}" for one in walls(tmp_path)]
    (tmp_path / "captions.csv").write_text("\n".join(["file,caption", *lines]), encoding="utf-8")
    asked = [f"captions={tmp_path / 'captions.csv'}", "validation=0.25", "training.epochs=40"]
    changes = [*asked, "training.batch=2", "training.threads=1", "training.device=cpu"]
    recipe, config = start.settings(None, changes, name="adapt")
    whole = start.begin(recipe, config, tmp_path / "whole", tell=lambda told: None)
    words = [word for change in changes for word in ("--set", change)]
    program = [sys.executable, "-m", "app.start", "finetune", "adapt"]
    run = RunFolder(tmp_path / "run")
    process = subprocess.Popen(
        [*program, "--out", run.path, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while process.poll() is None and not (run.log.exists() and len([*run.logged()]) > 5):
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert (
        error.decode()
        .splitlines()[-1]
        .endswith(f"stopped; dialens finetune resume {run.path} goes on")
    )
    assert not out
    assert run.facts()["state"] == "interrupted"
    assert run.facts()["steps"] < whole.facts()["steps"]
    start.resume(run.path, tell=lambda told: None)
    assert [*run.logged()] == [*whole.logged()]
    assert run.facts()["best"] == whole.facts()["best"]
