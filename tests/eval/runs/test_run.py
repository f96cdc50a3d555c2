import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agent.stages.config import Stages
from eval.benchmark import Benchmark, Question, Task
from eval.runs.run import Run, find_runs, read_run, run_task
from eval.systems.pipeline_system import PipelineSystem
from eval.systems.system import Answer, OpenedSystem
from tests.encoders import ColourEncoder
from tests.eval.scenes import halves


@pytest.fixture
def benchmark_(tmp_path: Path) -> Benchmark:
    return halves(tmp_path / "pictures")


def colours(home: Path, **options: object) -> PipelineSystem:
    return PipelineSystem("colours", ColourEncoder(), home=home, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("at", [0, 1])
def test_both_directions_find_the_picture_or_its_mirror_image(
    benchmark_: Benchmark, tmp_path: Path, at: int
) -> None:
    task = benchmark_.tasks[at]
    run = run_task(colours(tmp_path), benchmark_, task, folder=tmp_path / "runs")
    assert list(run.answers) == [question.id for question in task.questions]
    ranks = [run.rankings[one.id].rank_of(one.relevant) for one in task.questions]
    assert ranks == [1] * len(ranks)
    assert read_run(run.folder) == run
    assert run.record["config"]["encoder"] == ColourEncoder.name


def test_right_answers_beyond_the_list_keep_their_rank(
    benchmark_: Benchmark, tmp_path: Path
) -> None:
    asked = Question("far", turns=("red",), relevant={"green blue": 1})
    task = replace(benchmark_.tasks[0], questions=(asked,))
    short, whole = (
        run_task(
            colours(tmp_path), benchmark_, replace(task, depth=depth), folder=tmp_path / "runs"
        )
        for depth in (3, 20)
    )
    rank = whole.rankings["far"].rank_of(asked.relevant)
    assert rank is not None
    assert rank > 8  # red is on eight pictures
    assert "green blue" not in short.rankings["far"].ids
    assert short.rankings["far"].rank_of(asked.relevant) == rank
    assert read_run(short.folder) == short


def test_a_run_that_is_there_is_not_made_again(benchmark_: Benchmark, tmp_path: Path) -> None:
    task, told = benchmark_.tasks[0], list[tuple[int, int]]()
    run_task(colours(tmp_path), benchmark_, task, folder=tmp_path / "runs")
    run_task(
        colours(tmp_path),
        benchmark_,
        task,
        folder=tmp_path / "runs",
        on_answer=lambda *now: told.append(now),
    )
    assert told == [(20, 20)]
    assert len(find_runs(tmp_path)) == 1


def test_whatever_an_answer_depends_on_makes_another_run(
    benchmark_: Benchmark, tmp_path: Path
) -> None:
    task = benchmark_.tasks[0]
    others = [
        (colours(tmp_path), replace(task, questions=task.questions[1:])),
        (colours(tmp_path), replace(task, gallery=task.gallery[:-1])),
        (colours(tmp_path), replace(task, depth=5)),
        (colours(tmp_path, words=True), task),
        (colours(tmp_path, stages=Stages(shortlist=7)), task),
        (colours(tmp_path), task),
    ]
    folders = {
        run_task(system, benchmark_, other, folder=tmp_path / "runs").folder
        for system, other in others
    }
    assert len(folders) == len(others)
    path = task.gallery[0].path
    assert path is not None
    other = task.gallery[1].path
    assert other is not None
    path.write_bytes(other.read_bytes())
    changed = run_task(colours(tmp_path), benchmark_, task, folder=tmp_path / "runs")
    assert changed.folder not in folders


class Interrupted:
    """A system that is stopped after some answers."""

    def __init__(self, system: PipelineSystem, after: int) -> None:
        self.system, self.after = system, after
        self.name = system.name

    @contextmanager
    def open(self, task: Task) -> Iterator["InterruptedOpened"]:
        with self.system.open(task) as opened:
            yield InterruptedOpened(opened, self.after)


class InterruptedOpened:
    def __init__(self, opened: OpenedSystem, after: int) -> None:
        self.opened, self.after, self.config = opened, after, opened.config

    def answers(self, questions: Sequence[Question], *, start: int = 0) -> Iterator[Answer]:
        answers = self.opened.answers(questions, start=start)
        for _ in range(self.after):
            yield next(answers)
        raise KeyboardInterrupt


@pytest.mark.parametrize("after", [0, 1, 7, 19])
def test_a_stopped_run_resumes_and_ends_byte_for_byte_the_same(
    benchmark_: Benchmark, tmp_path: Path, after: int
) -> None:
    task = benchmark_.tasks[0]
    whole = run_task(colours(tmp_path), benchmark_, task, folder=tmp_path / "whole")
    stopped = Interrupted(colours(tmp_path), after)
    with pytest.raises(KeyboardInterrupt):
        run_task(stopped, benchmark_, task, folder=tmp_path / "runs")
    assert find_runs(tmp_path / "runs") == []
    (journal,) = (tmp_path / "runs").rglob("answers.jsonl")
    with journal.open("a") as file:
        file.write('{"question": "red gr')  # what a kill leaves
    run = run_task(colours(tmp_path), benchmark_, task, folder=tmp_path / "runs")
    assert (run.folder / "run.trec").read_bytes() == (whole.folder / "run.trec").read_bytes()
    assert run.rankings == whole.rankings


def test_a_killed_process_loses_no_answer(benchmark_: Benchmark, tmp_path: Path) -> None:
    task = benchmark_.tasks[0]
    whole = run_task(colours(tmp_path / "a"), benchmark_, task, folder=tmp_path / "whole")
    process = subprocess.Popen([sys.executable, "-m", "tests.eval.runs.slow_run", str(tmp_path)])
    journal = None
    for _ in range(2400):
        journal = next((tmp_path / "runs").rglob("answers.jsonl"), None)
        if journal and journal.read_bytes().count(b"\n") >= 3:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert journal
    before = journal.read_bytes().count(b"\n")
    told = list[int]()
    run = run_task(
        colours(tmp_path / "b"),
        benchmark_,
        task,
        folder=tmp_path / "runs",
        on_answer=lambda done, total: told.append(done),
    )
    assert told[0] == before + 1
    assert (run.folder / "run.trec").read_bytes() == (whole.folder / "run.trec").read_bytes()


def test_a_run_that_lost_answers_is_not_read(benchmark_: Benchmark, tmp_path: Path) -> None:
    run = run_task(colours(tmp_path), benchmark_, benchmark_.tasks[0], folder=tmp_path / "runs")
    path = run.folder / "answers.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(ValueError, match="19 of 20 answers; remove"):
        read_run(run.folder)
    with pytest.raises(ValueError, match="no finished run"):
        read_run(tmp_path)


def test_a_gallery_with_a_file_missing_names_it(benchmark_: Benchmark, tmp_path: Path) -> None:
    task = benchmark_.tasks[0]
    path = task.gallery[3].path
    assert path is not None
    path.unlink()
    with pytest.raises(ValueError, match=rf"1 of 20 .*{path.name}: no such file"):
        run_task(colours(tmp_path), benchmark_, task, folder=tmp_path / "runs")


def test_a_gallery_named_from_here_is_found(
    benchmark_: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    task = benchmark_.tasks[0]
    items = [replace(one, path=one.path.relative_to(tmp_path)) for one in task.gallery if one.path]
    run = run_task(
        colours(tmp_path), benchmark_, replace(task, gallery=tuple(items)), folder=tmp_path / "r"
    )
    assert len(run.rankings) == 20


def test_excluded_items_and_those_outside_the_pool_are_not_ranked(
    benchmark_: Benchmark, tmp_path: Path
) -> None:
    task = benchmark_.tasks[0]
    first, second, third = (item.id for item in task.gallery[:3])
    asked = (
        Question("out", turns=("red",), relevant={second: 1}, excluded=frozenset({first})),
        Question("pool", turns=("red",), relevant={second: 1}, pool=frozenset({second, third})),
    )
    run = run_task(
        colours(tmp_path), benchmark_, replace(task, questions=asked), folder=tmp_path / "runs"
    )
    assert first not in run.rankings["out"].ids
    assert len(run.rankings["out"].ids) == 19
    assert set(run.rankings["pool"].ids) == {second, third}


def test_two_items_with_one_content_are_both_ranked_and_tied(
    benchmark_: Benchmark, tmp_path: Path
) -> None:
    task = benchmark_.tasks[0]
    one, other = (item.path for item in task.gallery[:2])
    assert one is not None
    assert other is not None
    other.write_bytes(one.read_bytes())
    run = run_task(colours(tmp_path), benchmark_, task, folder=tmp_path / "runs")
    ranking = run.rankings[task.questions[0].id]
    assert {"red green", "red blue"} <= set(ranking.ids)
    assert ranking.rank_of({task.gallery[0].id}) == ranking.rank_of({task.gallery[1].id})


def test_the_record_says_what_made_the_run(benchmark_: Benchmark, tmp_path: Path) -> None:
    run: Run = run_task(colours(tmp_path), benchmark_, benchmark_.tasks[0], folder=tmp_path / "r")
    record = json.loads((run.folder / "run.json").read_text())
    assert record["protocol"] == benchmark_.protocol
    assert set(record["seconds"]) == {"search"}
    assert record["machine"]["packages"]["numpy"]
    assert run.system == "colours"
