"""One's own system, columns and answers, as a person gives them on the command line."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from retrievers.checkpoints.adapter import write_adapter
from tests.app.test_commands import paint, run

ROOT = Path(__file__).parents[3]


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_home: Callable[[], Path]) -> Path:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    for at in range(6):
        grey = (40 * at + 10,) * 3
        paint(tmp_path / "photos" / f"{at}.png", grey, (64, 64))
    (tmp_path / "captions.csv").write_text("file,caption\n0.png,a dark wall\n5.png,a pale wall\n")
    (tmp_path / "offline.toml").write_text('encoder = "offline"\n')
    return tmp_path / "photos"


def of_howto(folder: Path) -> Path:
    (code,) = re.findall(
        r"As `my_system.py`:\n\n```python\n(.*?)```",
        (ROOT / "docs/howto-evaluate.md").read_text(),
        re.S,
    )
    (folder / "my_system.py").write_text(code)
    return folder / "my_system.py"


@pytest.mark.parametrize("spec", ["my_system.py:Brightness", "my_system:Brightness"])
def test_the_class_of_the_howto_is_measured_beside_another(
    photos: Path, tmp_path: Path, spec: str
) -> None:
    of_howto(tmp_path)
    shown, said = run(
        *("eval", "run", "captions.csv", "--data", str(photos), "--json"),
        *("--system", spec, "--system", "offline.toml"),
    )
    rows = {(one["system"], one["task"]): one["figures"] for one in json.loads(shown)}
    assert rows["brightness", "text-to-image"]["R@1"] == 1.0
    assert ("offline", "image-to-text") in rows
    assert ("brightness", "image-to-text") not in rows
    assert "left out: brightness ranks pictures only" in said


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("none.py:Brightness", "none.py:Brightness: FileNotFoundError: no file 'none.py'"),
        ("my_system.py:Nothing", "has no attribute 'Nothing'"),
        ("my_system.py:ranked", "my_system.py:ranked: TypeError"),
        ("json:JSONDecoder", "a system has a `name` and `open(task)`"),
        ("no_such_module:X", "No module named 'no_such_module'"),
    ],
)
def test_what_is_no_system_is_told_in_a_line(
    photos: Path, tmp_path: Path, spec: str, said: str
) -> None:
    of_howto(tmp_path)
    where = ("captions.csv", "--data", str(photos), "--system", spec)
    _, error = run("eval", "run", *where, code=1)
    assert said in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "id,shot,label,seen\n1,0.png,x y,a dark wall\n2,5.png,x y,a pale wall\n"),
        ("a.tsv", "Shot\tSEEN\n0.png\t7\n5.png\t8\n"),
        ("a.jsonl", '{"shot": "0.png", "text": "no", "seen": "a dark wall"}\n'),
        ("a.json", '[{"shot": "0.png", "file": "none.png", "seen": "a dark wall"}]'),
    ],
)
def test_columns_can_be_named(photos: Path, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    where = (name, "--data", str(photos), "--system", "offline.toml", "--json")
    columns = ("--file-column", "shot", "--caption-column", "seen")
    rows = json.loads(run("eval", "run", *where, *columns, "--task", "text-to-image")[0])
    assert rows[0]["questions"] == text.count(".png") - ("none" in text)
    _, error = run("eval", "run", *where, "--caption-column", "told", code=1)
    assert "told" in error and "seen" in error.lower()


def test_piped_lines_are_answers_to_eval_my(photos: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.start", "eval", "my", str(photos), "--count", "5", "--json"],
        input="a wall\nback\nskip\n" + "".join(f"wall {at}\n" for at in range(5)),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["captions"] == 5


@pytest.mark.parametrize("closed", [True, False])
def test_eval_my_without_answers_says_how_to_give_them(photos: Path, closed: bool) -> None:
    shell = f"{sys.executable} -m app.start eval my {photos} {'<&-' if closed else '</dev/null'}"
    done = subprocess.run(
        ["/bin/sh", "-c", shell],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("dialens: 0 pictures of ") and done.stderr.count("\n") == 1


def test_a_collection_is_named_with_c_in_every_command(photos: Path) -> None:
    run("index", str(photos), "-c", "walls")
    for command in ("status", "doctor", "export"):
        run(command, "-c", "walls")
        run(command, "--collection", "walls")
        _, error = run(command, "-c", "nothing", code=1)
        assert "nothing" in error
    for command in ("caption", "chat", "search", "grid", "rm"):
        assert "--collection" in run(command, "--help")[0]
    _, error = run("status", "walls", "-c", "others", code=1)
    assert "name one collection; got 'walls' and -c 'others'" in error
    run("rm", "-c", "walls", "-y")
    assert "dialens rm COLLECTION" in run("rm", code=1)[1]


def test_a_generative_adapter_has_no_row_of_texts(photos: Path, tmp_path: Path) -> None:
    write_adapter(tmp_path / "grace", "grace")
    (tmp_path / "grace.toml").write_text('encoder = "offline"\nadapter = "grace"\n')
    where = ("captions.csv", "--data", str(photos), "--task", "image-to-text")
    both = ("--system", "grace.toml", "--system", "offline.toml", "--json")
    shown, said = run("eval", "run", *where, *both)
    assert [one["system"] for one in json.loads(shown)] == ["offline"]
    assert "left out: grace: an adapter of kind 'grace' names pictures only" in said
    _, error = run("eval", "run", *where, "--system", "grace.toml", code=1)
    assert "names pictures only" in error
