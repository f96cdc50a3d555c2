from dataclasses import replace
from pathlib import Path

import pytest

from agent.stages.config import Stages
from eval.benchmark import Question, Task
from eval.metrics.named_metrics import measure
from eval.runs.figures import averaged, row
from eval.runs.run import run_task
from eval.runs.task_file import read_task, write_task
from eval.systems.pipeline_system import PipelineSystem
from tests.agent.mllm.loopback import serving
from tests.encoders import ColourEncoder
from tests.eval.runs.opinionated import Opinionated
from tests.eval.scenes import halves


def test_a_run_is_scored_again_without_its_data(tmp_path: Path) -> None:
    made = halves(tmp_path / "pictures")
    task = replace(made.tasks[0], measures=(measure("R@1"), measure("mAP@5")))
    system = PipelineSystem("colours", ColourEncoder(), home=tmp_path)
    run = run_task(system, made, task, folder=tmp_path / "runs")
    for item in task.gallery:
        assert item.path
        item.path.unlink()
    assert row(run).figures == {"R@1": 1.0, "mAP@5": 1.0}
    assert row(run, [measure("MRR")]).figures == {"MRR": 1.0}
    assert row(run).ceiling is None


def test_a_figure_that_is_a_mean_has_an_interval_around_it(tmp_path: Path) -> None:
    made = halves(tmp_path / "pictures")
    wrong = replace(made.tasks[0].questions[0], relevant={"purple yellow": 1})
    questions = (wrong, *made.tasks[0].questions[1:])
    task = replace(made.tasks[0], questions=questions, measures=(measure("R@1"), measure("MedR")))
    system = PipelineSystem("colours", ColourEncoder(), home=tmp_path)
    figures = row(run_task(system, made, task, folder=tmp_path / "runs"), intervals=True)
    assert figures.figures["R@1"] == 0.95
    low, high = figures.intervals["R@1"]
    assert low < 0.95 < high <= 1
    assert set(figures.intervals) == {"R@1"}


def test_a_second_stage_stands_beside_what_it_started_from(tmp_path: Path) -> None:
    made = halves(tmp_path / "pictures")
    task = replace(made.tasks[0], measures=(measure("R@1"),), questions=made.tasks[0].questions[:2])
    with serving(Opinionated()) as server:
        stages = Stages(reranker="pick", mllm=f"openai:m@{server.url}", shortlist=3)
        system = PipelineSystem("pick", ColourEncoder(), home=tmp_path, stages=stages)
        figures = row(run_task(system, made, task, folder=tmp_path / "runs"))
    assert figures.first == {"R@1": 1.0}
    assert figures.ceiling == 1.0
    assert figures.tokens > 0
    assert figures.seconds > 0


def test_folds_with_one_name_are_averaged_and_other_tasks_are_not(tmp_path: Path) -> None:
    made = halves(tmp_path / "pictures")
    system = PipelineSystem("colours", ColourEncoder(), home=tmp_path)
    easy, hard, other = (
        replace(made.tasks[0], questions=made.tasks[0].questions[:4], gallery=gallery, name=name)
        for gallery, name in (
            (made.tasks[0].gallery, "fold"),
            (made.tasks[0].gallery[6:], "fold"),  # without what three of them ask for
            (made.tasks[0].gallery[6:], "other"),
        )
    )
    rows = [
        row(run_task(system, made, task, folder=tmp_path / "runs"), [measure("R@1")])
        for task in (easy, hard, other)
    ]
    both, alone = averaged(rows)
    assert rows[0].figures["R@1"] > rows[1].figures["R@1"]
    assert both.figures["R@1"] == (rows[0].figures["R@1"] + rows[1].figures["R@1"]) / 2
    assert (both.task, both.questions) == ("fold", 8)
    assert alone == rows[2]


def test_a_task_survives_its_file(tmp_path: Path) -> None:
    task = replace(halves(tmp_path).tasks[1], measures=(measure("R@5"), measure("BRI")))
    question = Question(
        "d#1",
        turns=("a", "b"),
        picture=tmp_path / "x.png",
        relevant={"red": 2.0},
        excluded=frozenset({"x"}),
        pool=frozenset({"red", "x"}),
        group="de",
        dialogue="d",
        round=1,
    )
    task = replace(task, questions=(*task.questions, question))
    write_task(tmp_path / "task.json", task)
    held: Task = read_task(tmp_path / "task.json")
    assert (held.gallery, held.questions) == (task.gallery, task.questions)
    assert [one.name for one in held.measures] == ["R@5", "BRI"]
    with pytest.raises(ValueError, match="run the benchmark again"):
        read_task(tmp_path / "none.json")


def test_an_unknown_measure_is_named() -> None:
    with pytest.raises(ValueError, match=r"no measure 'R@x'; there are R@N"):
        measure("R@x")
