from dataclasses import replace
from pathlib import Path

import pytest

from eval.benchmark import Benchmark, Question
from eval.metrics.named_metrics import measure
from eval.runs.compare import Comparison, compare_runs
from eval.runs.run import Run, run_task
from eval.systems.pipeline_system import PipelineSystem
from tests.encoders import ColourEncoder
from tests.eval.scenes import halves


@pytest.fixture
def made(tmp_path: Path) -> Benchmark:
    return halves(tmp_path / "pictures")


def answered(made: Benchmark, folder: Path, name: str, said: str) -> Run:
    """Answer twelve questions; the system hears `said` instead of what is asked."""
    task = made.tasks[0]
    questions = tuple(replace(one, turns=(said,) if said else one.turns) for one in task.questions)
    heard = replace(task, questions=questions[:12])
    system = PipelineSystem(name, ColourEncoder(), home=folder)
    run = run_task(system, made, heard, folder=folder / name)
    asked = replace(task, questions=task.questions[:12])
    record = {**run.record, "questions": "the same"}
    again = Run(run.folder, record, run.answers)
    vars(again)["task"] = asked  # both runs are scored by what was really asked
    return again


@pytest.fixture
def found(made: Benchmark, tmp_path: Path) -> Comparison:
    good, deaf = answered(made, tmp_path, "good", ""), answered(made, tmp_path, "deaf", "white")
    return compare_runs(deaf, good, measure("R@1"))


def test_the_better_system_wins_and_the_test_sees_it(found: Comparison) -> None:
    assert found.figures[1] == 1.0
    assert found.figures[0] < 0.3
    assert found.difference.mean == pytest.approx(found.figures[1] - found.figures[0])
    assert found.difference.p < 0.01
    assert found.difference.low > 0
    assert not found.losses
    assert len(found.wins) == found.difference.better


def test_each_change_tells_both_ranks(found: Comparison) -> None:
    before, after = found.wins[0].ranks
    assert after == 1
    assert before is None or before > 1


def test_where_lower_is_better_wins_are_falls(made: Benchmark, tmp_path: Path) -> None:
    good, deaf = answered(made, tmp_path, "good", ""), answered(made, tmp_path, "deaf", "white")
    worse = compare_runs(good, deaf, measure("MedR"))
    assert not worse.wins
    assert worse.losses
    assert all(one.gain < 0 for one in worse.losses)
    assert all(one.values[1] > one.values[0] for one in worse.losses)


@pytest.mark.parametrize("name", ["MedR", "mean rank", "R@1", "R@5", "MRR"])
def test_counts_lists_and_difference_agree_whatever_the_measure(
    made: Benchmark, tmp_path: Path, name: str
) -> None:
    good, deaf = answered(made, tmp_path, "good", ""), answered(made, tmp_path, "deaf", "white")
    for first, second in ((good, deaf), (deaf, good)):
        found = compare_runs(first, second, measure(name))
        gain = found.difference
        assert (gain.better, gain.worse) == (len(found.wins), len(found.losses))
        assert gain.mean == pytest.approx(found.figures[1] - found.figures[0])
        assert gain.low <= gain.mean <= gain.high
        assert (gain.better > 0) == (second is good)


def test_runs_of_other_questions_are_refused(made: Benchmark, tmp_path: Path) -> None:
    system = PipelineSystem("colours", ColourEncoder(), home=tmp_path)
    runs = [run_task(system, made, task, folder=tmp_path / "runs") for task in made.tasks]
    with pytest.raises(ValueError, match="answer different questions; compare runs of one task"):
        compare_runs(runs[0], runs[1], measure("R@1"))


def test_a_dialogue_is_shown_by_its_last_round(made: Benchmark, tmp_path: Path) -> None:
    task = made.tasks[0]
    rounds = [
        Question(
            f"d#{at}", turns=("red", "green")[: at + 1], relevant={"red green": 1}, dialogue="d",
            round=at,
        )
        for at in range(2)
    ]  # fmt: skip
    system = PipelineSystem("colours", ColourEncoder(), home=tmp_path)
    run = run_task(system, made, replace(task, questions=tuple(rounds)), folder=tmp_path / "runs")
    (change,) = compare_runs(run, run, measure("BRI")).changes
    assert change.question.turns == ("red", "green")
    assert change.gain == 0
