import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from eval.benchmarks.published.catalogue import dataset
from eval.runs.figures import row
from eval.runs.submission import submission, write_submission
from tests.eval.benchmarks import copies
from tests.eval.benchmarks.guessing import guessed


@pytest.mark.parametrize(("split", "questions"), [("val", 220), ("test", 800)])
def test_circos_server_is_given_fifty_numbers_for_each_query(
    tmp_path: Path, split: str, questions: int
) -> None:
    """Of the same form as the published example for the validation split."""
    copies.circo(tmp_path, split=split, questions=questions)
    made = guessed(dataset(f"circo-{split}").load(tmp_path), tmp_path)
    write_submission(made, tmp_path / "up" / "circo.json")
    plain = json.loads((tmp_path / "up" / "circo.json").read_text())
    assert list(plain) == [str(at) for at in range(questions)]
    assert all(len(set(held)) == len(held) == 50 for held in plain.values())
    assert all(type(one) is int for held in plain.values() for one in held)
    assert plain["0"] == [int(one) for one in made.rankings["0"].ids[:50]]


@pytest.mark.parametrize(("task", "metric", "depth"), [(0, "recall", 50), (1, "recall_subset", 3)])
def test_cirrs_server_is_given_names_without_the_reference_and_what_they_are(
    tmp_path: Path, task: int, metric: str, depth: int
) -> None:
    copies.cirr(tmp_path, split="test1", questions=4148, pictures=70)
    benchmark = dataset("cirr-test1").load(tmp_path)
    made = guessed(benchmark, tmp_path, task)
    write_submission(made, tmp_path / "cirr.json")
    plain = json.loads((tmp_path / "cirr.json").read_text())
    assert (plain.pop("version"), plain.pop("metric")) == ("rc2", metric)
    assert list(plain) == [one.id for one in benchmark.tasks[task].questions]
    for one in benchmark.tasks[task].questions:
        assert len(set(plain[one.id])) == len(plain[one.id]) == depth
        assert not one.excluded & set(plain[one.id])
        assert one.pool is None or set(plain[one.id]) <= one.pool
    assert (tmp_path / "cirr.json").stat().st_size < 5_000_000


def test_a_run_without_known_answers_has_a_row_without_figures(tmp_path: Path) -> None:
    made = guessed(dataset("circo-test").load(copies.circo(tmp_path, split="test")), tmp_path)
    assert row(made).figures == {}
    assert row(made).questions == 4


def test_a_submission_lacks_nothing(tmp_path: Path) -> None:
    benchmark = dataset("circo-val").load(copies.circo(tmp_path, questions=220))
    (task,) = benchmark.tasks
    few = replace(benchmark, tasks=(replace(task, questions=task.questions[:3]),))
    with pytest.raises(
        ValueError, match=r"all 220 questions of circo-val; .* answers 3; run it ag"
    ):
        submission(guessed(few, tmp_path))
    short = replace(benchmark, tasks=(replace(task, gallery=task.gallery[:20]),))
    with pytest.raises(ValueError, match=r"wants 50 pictures for question 0; .* has 20$"):
        submission(guessed(short, tmp_path / "short"))


def test_only_what_has_a_server_can_be_submitted(tmp_path: Path) -> None:
    made = guessed(dataset("genecis").load(copies.genecis(tmp_path)), tmp_path)
    with pytest.raises(
        ValueError, match=r"no server takes 'genecis'; .* circo-val, circo-test, ci"
    ):
        submission(made)


def test_the_command_writes_the_file_or_says_why_not(tmp_path: Path) -> None:
    copies.circo(tmp_path, questions=220)
    made = guessed(dataset("circo-val").load(tmp_path), tmp_path)
    out = tmp_path / "circo.json"
    done = CliRunner().invoke(app, ["eval", "submit", str(made.folder), "--out", str(out)])
    assert done.exit_code == 0
    assert json.loads(out.read_text()) == submission(made)
    failed = CliRunner().invoke(app, ["eval", "submit", str(tmp_path), "--out", str(out)])
    assert failed.exit_code == 1
    assert "holds no finished run" in failed.stderr
