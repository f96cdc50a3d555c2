import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file

from finetune.error import FinetuneError
from finetune.job import Figures
from finetune.settings import Training
from finetune.training.loop import train
from finetune.training.progress import TrainingProgress
from finetune.training.run_folder import RunFolder
from retrievers.checkpoints.adapter import read_adapter
from tests.finetune.lines import LineConfig, LineJob

TRAINING = Training(epochs=40, batch=5, lr=0.1, device="cpu", weight_decay=0)


def _trained(
    folder: Path, training: Training = TRAINING
) -> tuple[RunFolder, list[TrainingProgress]]:
    job, run, told = LineJob(LineConfig()), RunFolder(folder), list[TrainingProgress]()
    if not run.path.exists():
        run.create("line", LineConfig(training=training), job.data)
    train(job, training, run, tell=told.append)
    return run, told


def _losses(run: RunFolder) -> dict[int, float]:
    return {line["step"]: line["loss"] for line in run.logged() if "loss" in line}


def test_training_lowers_the_loss_and_leaves_the_best_adapter_with_a_card(tmp_path: Path) -> None:
    run, told = _trained(tmp_path / "run")
    losses = _losses(run)
    assert len(losses) == 160
    assert losses[160] < losses[1] / 100
    assert read_adapter(run.path).fact("weight") == pytest.approx(3, abs=0.2)
    assert told[0].step == 0
    assert told[0].figures == {"nearness": -3.0}
    facts = run.facts()
    assert facts["state"] == "finished"
    assert facts["best"]["nearness"] > -0.2
    card = (run.adapter / "README.md").read_text()
    assert f"| nearness | -3.0000 | {facts['best']['nearness']:.4f} |" in card
    assert "epochs = 40" in card
    assert any(run.board.iterdir())


def test_the_adapter_is_of_the_step_that_validated_best_not_of_the_last(tmp_path: Path) -> None:
    class Worsening(LineJob):
        def validate(self) -> Figures:
            weight = float(self.model.weight.detach())
            return {"nearness": -abs(weight - 1), "weight": weight}

    run = RunFolder(tmp_path / "run")
    job = Worsening(LineConfig())
    run.create("line", LineConfig(), job.data)
    train(job, TRAINING, run)
    figures = [line for line in run.logged() if "validation/nearness" in line and line["step"]]
    best = max(figures, key=lambda line: line["validation/nearness"])
    assert best["step"] < 160
    assert run.facts()["best_step"] == best["step"]
    assert read_adapter(run.path).fact("weight") == best["validation/weight"]
    (kept,) = load_file(run.adapter / "model.safetensors").values()
    assert float(kept) == best["validation/weight"]


def test_a_killed_training_goes_on_to_the_same_losses(tmp_path: Path) -> None:
    whole, _ = _trained(tmp_path / "whole")
    code = """if True:
        import sys, time
        from pathlib import Path
        from finetune.training.loop import train
        from finetune.training.run_folder import RunFolder
        from tests.finetune.lines import LineConfig, LineJob
        from tests.finetune.training.test_loop import TRAINING
        run, job = RunFolder(Path(sys.argv[1])), LineJob(LineConfig())
        run.create("line", LineConfig(training=TRAINING), job.data)
        train(job, TRAINING, run, tell=lambda told: time.sleep(0.02))
    """
    run = RunFolder(tmp_path / "run")
    process = subprocess.Popen([sys.executable, "-c", code, run.path])
    while process.poll() is None and (run.checkpoint() is None or run.checkpoint() == run.path):
        time.sleep(0.02)
    time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert run.facts()["state"] == "running"
    _trained(run.path)
    assert list(run.logged()) == list(whole.logged())


def test_accumulated_batches_train_like_one_large_batch_up_to_their_chance(tmp_path: Path) -> None:
    whole, _ = _trained(tmp_path / "whole", replace(TRAINING, batch=10))
    parts, _ = _trained(tmp_path / "parts", replace(TRAINING, batch=5, accumulate=2))
    assert len(_losses(whole)) == len(_losses(parts)) == 80
    assert _losses(parts)[80] == pytest.approx(_losses(whole)[80], abs=0.01)


def test_patience_ends_a_training_that_no_longer_gains(tmp_path: Path) -> None:
    class Standing(LineJob):
        def validate(self) -> Figures:
            return {"nearness": 0.0}

    run, job = RunFolder(tmp_path / "run"), Standing(LineConfig())
    run.create("line", LineConfig(), job.data)
    train(job, replace(TRAINING, patience=2), run)
    assert run.facts()["steps"] == 3 * 4
    assert run.facts()["best_step"] == 4


def test_a_loss_that_is_not_finite_is_one_line_with_a_remedy(tmp_path: Path) -> None:
    job, run = LineJob(LineConfig(slope=float("inf"))), RunFolder(tmp_path / "run")
    run.create("line", LineConfig(), job.data)
    with pytest.raises(FinetuneError, match=r"the loss is .* at step 1; lower training.lr \(0.1\)"):
        train(job, TRAINING, run)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't allocate memory: 9 bytes")])
def test_full_memory_is_one_line_with_figures_and_remedies(
    tmp_path: Path, error: Exception
) -> None:
    class Greedy(LineJob):
        def validate(self) -> Figures:
            raise error

    run, job = RunFolder(tmp_path / "run"), Greedy(LineConfig())
    run.create("line", LineConfig(), job.data)
    with pytest.raises(
        FinetuneError, match=r"memory is full; .* GB .*training.batch=2 .*lora.bits=4"
    ):
        train(job, TRAINING, run)


def test_a_folder_with_something_in_it_is_not_written_into(tmp_path: Path) -> None:
    run, _ = _trained(tmp_path / "run", replace(TRAINING, epochs=1))
    with pytest.raises(FinetuneError, match=r"is not empty; dialens finetune resume"):
        run.create("line", LineConfig(), {})
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    with pytest.raises(FinetuneError, match="is not empty; name another"):
        RunFolder(tmp_path / "other").create("line", LineConfig(), {})


def test_a_damaged_checkpoint_is_one_line(tmp_path: Path) -> None:
    run, _ = _trained(tmp_path / "run", replace(TRAINING, epochs=1))
    checkpoint = run.checkpoint()
    assert checkpoint
    (checkpoint / "weights.safetensors").write_bytes(b"no")
    with pytest.raises(FinetuneError, match=r"cannot be resumed from: .*; remove it"):
        _trained(run.path)


def test_the_log_is_json_lines_that_a_cut_does_not_spoil(tmp_path: Path) -> None:
    run, _ = _trained(tmp_path / "run", replace(TRAINING, epochs=1))
    lines = list(run.logged())
    with run.log.open("a") as file:
        file.write('{"step": 5, "lo')
    assert list(run.logged()) == lines
    assert json.loads(run.log.read_text().splitlines()[0])["step"] == 0
