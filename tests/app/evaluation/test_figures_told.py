"""Figures of saved runs, as a person asks for them: a row a run, in forms that programs read."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.test_commands import paint, run


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_home: Callable[[], Path]) -> Path:
    """Three pictures, questions about two, and a system."""
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    monkeypatch.chdir(tmp_path)
    for name, colour in {"a": (220, 30, 30), "b": (30, 200, 30), "c": (30, 30, 220)}.items():
        paint(tmp_path / f"{name}.png", colour, (64, 64))
    (tmp_path / "q.jsonl").write_text(
        '{"turns": ["red"], "target": "a.png"}\n{"turns": ["green"], "target": "b.png"}\n'
    )
    (tmp_path / "s.toml").write_text('encoder = "offline"\n')
    return tmp_path


def asked(*more: str, name: str = "q.jsonl", system: str = "s.toml") -> None:
    run("eval", "run", name, "--system", system, "--data", ".", *more)


def table(*more: str) -> list[dict[str, str]]:
    shown, _ = run("eval", "table", "runs", "--format", "csv", *more)
    return list(csv.DictReader(io.StringIO(shown)))


def test_runs_of_one_name_stand_in_a_row_each_named_by_the_setting_that_differs(own: Path) -> None:
    asked()
    (own / "s.toml").write_text('encoder = "offline"\njoined = 0.9\n')
    asked()
    names = [one["system"] for one in table()]
    assert len(names) == 2 and all("joined" in name for name in names), names
    one, other = table("--intervals")
    assert "[" in one["R@1"] and "[" in other["R@1"]
    run("eval", "report", "runs")
    page = (own / "report.html").read_text()
    assert all(name in page for name in names)
    where = [str(path.parent) for path in sorted((own / "runs").rglob("run.json"))]
    shown, _ = run("eval", "compare", *where)
    assert all(name in " ".join(shown.split()) for name in names)


def test_two_files_of_one_name_are_told_apart_by_the_run_itself(own: Path) -> None:
    for folder, words in (("d1", "true"), ("d2", "false")):
        (own / folder).mkdir()
        (own / folder / "sys.toml").write_text(f'encoder = "offline"\nwords = {words}\n')
    systems = ("--system", "d1/sys.toml", "--system", "d2/sys.toml")
    shown, _ = run("eval", "run", "q.jsonl", *systems, "--data", ".", "--json")
    names = {one["system"] for one in json.loads(shown)}
    assert names == {"sys (words true)", "sys (words false)"}


def test_runs_of_other_questions_are_not_averaged(own: Path) -> None:
    asked()
    (own / "q.jsonl").write_text(
        '{"turns": ["red"], "target": "c.png"}\n{"turns": ["green"], "target": "c.png"}\n'
    )
    asked()
    rows = table()
    assert len(rows) == 2
    assert all("questions" in one["system"] for one in rows)


def test_several_protocols_are_one_document_in_every_form(own: Path) -> None:
    asked()
    (own / "captions.csv").write_text("file,caption\na.png,red\nb.png,green\nc.png,green\n")
    asked(name="captions.csv")
    held = json.loads(run("eval", "table", "runs", "--format", "json")[0])
    assert {one["task"] for one in held["rows"]} >= {"dialogue-to-image", "text-to-image"}
    assert len({one["protocol"] for one in held["rows"]}) == 2
    rows = table()
    assert len(rows) == len(held["rows"])
    assert "task" not in {one["task"] for one in rows}
    for one, plain in zip(rows, held["rows"], strict=True):
        assert float(one["R@1"]) == plain["figures"]["R@1"]
        assert float(one["s/query"]) == plain["seconds"]
    text, _ = run("eval", "table", "runs", "--format", "markdown")
    assert text.count("\n\n| task |") == 2 and "|\nown-" not in text


def test_what_is_not_finite_is_null_in_json_and_said_in_csv(own: Path) -> None:
    (own / "short.py").write_text(SHORT)
    asked(system="short.py:Short")

    def refused(name: str) -> None:
        raise AssertionError(name)

    shown, _ = run("eval", "table", "runs", "--format", "json", "--measure", "MedR")
    held = json.loads(shown, parse_constant=refused)
    assert held["rows"][0]["figures"] == {"MedR": None}
    assert table("--measure", "MedR")[0]["MedR"] == "inf"


SHORT = '''
from contextlib import contextmanager

from eval.ranking import Ranking
from eval.systems.system import Answer


class Short:
    """Finds c.png, whatever is asked."""

    name = "short"
    config = {"version": 1}

    @contextmanager
    def open(self, task):
        yield self

    def answers(self, questions, *, start=0):
        for _ in questions[start:]:
            yield Answer(Ranking(("c.png",), (1.0,)))
'''


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('raise RuntimeError("out of luck")', "question '1': RuntimeError: out of luck"),
        ("return", "question '1': no answer"),
        ('yield Answer(Ranking(("z.png",), (1.0,)))', "ranks 'z.png', which the gallery does not"),
        ('yield Answer(Ranking(("c.png",), (float("nan"),)))', "scores must not rise"),
        ('yield ["c.png"]', "an answer is an Answer; got ['c.png']"),
    ],
)
def test_a_class_of_ones_own_that_fails_is_named_with_the_question(
    own: Path, answer: str, said: str
) -> None:
    begun = SHORT.partition("        for _ in")[0]
    (own / "bad.py").write_text(f"{begun}        {answer}\n        yield\n")
    where = ("q.jsonl", "--system", "bad.py:Short", "--data", ".")
    _, error = run("eval", "run", *where, code=1)
    assert "bad.py:Short" in error and said in error and error.strip().count("\n") == 0


def test_a_class_of_ones_own_that_answers_too_much_is_named(own: Path) -> None:
    (own / "more.py").write_text(SHORT.replace("questions[start:]:", "[0, *questions[start:]]:"))
    where = ("q.jsonl", "--system", "more.py:Short", "--data", ".")
    _, error = run("eval", "run", *where, code=1)
    assert "more.py:Short gives more answers than 2" in error


def test_a_system_says_which_encoder_it_takes_when_its_file_names_none(own: Path) -> None:
    (own / "plain.toml").write_text("words = false\n")
    _, said = run("eval", "run", "q.jsonl", "--system", "plain.toml", "--data", ".")
    assert "plain: encoder offline" in said
    (own / "plain.toml").write_text("joined = inf\n")
    _, error = run("eval", "run", "q.jsonl", "--system", "plain.toml", "--data", ".", code=1)
    assert "joined: must be a finite number; got inf" in error
    _, error = run("eval", "run", "q.jsonl", "--system", "none.toml", "--data", ".", code=1)
    assert "none.toml cannot be read: No such file or directory" in error
