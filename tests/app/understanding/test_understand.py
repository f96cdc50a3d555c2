"""`dialens understand` and `dialens eval understanding`, as a person and a script meet them."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.agent.mllm.conftest import Server
from tests.agent.mllm.loopback import Misbehaving, completion, serving
from tests.app.chat.test_chat_loop import ROOT, Terminal
from tests.app.test_commands import run, run_json

TODAY = ("--today", "2025-10-15")
BEACH: dict[str, Any] = {"wanted": ["the beach"], "unwanted": [], "filters": {"camera": "nikon"}}
LINES: list[dict[str, Any]] = [
    {"said": "no people", "state": BEACH, "shown": 9, "first": 1, "category": "negate", "id": 7},
    {"said": "from 2019", "state": BEACH, "shown": 9, "first": 1, "category": "dates"},
    {"said": "20 more", "state": BEACH, "shown": 9, "first": 1, "category": "paging"},
]
RIGHT: list[dict[str, Any]] = [
    {"unwanted": ["people"]},
    {"filters": {"camera": "nikon", "after": "2019-01-01", "before": "2020-01-01"}},
    {"does": [["ShowMore", 30]]},
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "said.jsonl"
    lines = ({**line, "ok": [right], "soft": []} for line, right in zip(LINES, RIGHT, strict=True))
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n", "utf-8")
    return path


@pytest.fixture
def smollm2(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DIALENS_API_KEY", "none")
    return f"openai:smollm2@{server.url}"


def test_a_line_comes_back_for_each_utterance(file: Path) -> None:
    out, _ = run("understand", str(file), *TODAY, "--json")
    came_to = [json.loads(line) for line in out.splitlines()]
    assert [one["state"]["unwanted"] for one in came_to] == [["people"], [], []]
    assert came_to[1]["state"]["filters"] == RIGHT[1]["filters"]
    assert [one["does"] for one in came_to] == [[], [], [["ShowMore", 20]]]


def test_a_pipe_of_lines_is_read_like_a_file(file: Path) -> None:
    piped, _ = run("understand", "-", *TODAY, "--json", said=file.read_text("utf-8"))
    assert piped == run("understand", str(file), *TODAY, "--json")[0]


def test_sentences_of_a_pipe_follow_one_another() -> None:
    said = "a red car\n\nno people\nfrom last year\nundo\nundo\nredo\nback to the boats\n20 more\n"
    out, _ = run("understand", *TODAY, said=said)
    turns = [part.splitlines() for part in out.split("> ")[1:]]
    assert turns[0] == ["a red car", "+ 1 a red car"]
    assert turns[2][1:] == [
        "  1 a red car",
        "  2 not people",
        "+ 3 taken 2024-01-01 to 2024-12-31",
    ]
    assert turns[3][1:] == [
        "  1 a red car",
        "  2 not people",
        "- 3 taken 2024-01-01 to 2024-12-31",
        "  undo: 1",
    ]
    assert turns[5][1:] == ["  1 a red car", "+ 2 not people", "  redo"]
    assert turns[6][-1] == "  unclear: There is nothing to go back to."
    assert turns[7][-1] == "  show more: 20"


def test_at_a_keyboard_sentences_are_tried_and_taken_back() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "app.start", "understand", *TODAY],
        cwd=ROOT,
        env={**os.environ, "TERM": "dumb", "COLUMNS": "100"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        terminal = Terminal(ours, process)
        terminal.until("say> ")
        terminal.type("a red car")
        terminal.until("+ 1 a red car")
        terminal.type("without people")
        terminal.until("+ 2 not people")
        terminal.type("undo")
        terminal.until("- 2 not people")
        terminal.until("say> ")
        terminal.type("/q")
        assert process.wait(30) == 0
    finally:
        process.kill()
        os.close(ours)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("no people", "no JSON"),
        ("[1]", "'said' must be a text"),
        ('{"said": 3}', "'said' must be a text"),
        ('{"said": "x", "state": {"filters": {"colour": "red"}}}', "filters: there is no 'colour'"),
        ('{"said": "x", "state": {"wanted": "a dog"}}', "'wanted' must be a list; got 'a dog'"),
        ('{"said": "x", "shown": -1}', "'shown' must be in 0..10000; got -1"),
        ('{"said": "x", "ok": [{"does": ["Undo"]}]}', "'does' must hold lists that begin with a"),
        ('{"said": "x", "ok": [{"wants": []}]}', "'ok' has 'wants'; there are wanted, unwanted,"),
        ('{"said": "x", "state": {"like": [1]}}', "'like' must hold numbers in 1..0; got [1]"),
    ],
)
def test_a_line_that_is_no_utterance_is_named_in_one_line(
    tmp_path: Path, line: str, reason: str
) -> None:
    path = tmp_path / "said.jsonl"
    path.write_text(f"{json.dumps(LINES[0])}\n{line}\n", "utf-8")
    _, told = run("understand", str(path), code=1)
    assert told.startswith(f"dialens: {path}: line 2: {reason}")
    assert told.count("\n") == 1


def test_the_benchmark_grades_by_category(file: Path) -> None:
    out, _ = run("eval", "understanding", str(file), *TODAY, "--show")
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}
    assert rows["all"][1:3] == ["3", "66.7"]
    assert rows["paging"][-3:] == ["100.0", "[100,", "100]"]
    assert "['ShowMore', 20], not ['ShowMore', 30]" in out
    (found,) = run_json("eval", "understanding", str(file), *TODAY)["interpreters"]
    assert found["categories"]["all"]["shares"]["wrong"]["value"] == pytest.approx(1 / 3)
    assert [one["level"] for one in found["readings"]] == ["right", "right", "wrong"]


def test_a_file_without_right_readings_cannot_be_graded(tmp_path: Path) -> None:
    path = tmp_path / "said.jsonl"
    path.write_text(json.dumps(LINES[0]), "utf-8")
    assert (
        "'no people' (7) has no right reading" in run("eval", "understanding", str(path), code=1)[1]
    )
    path.write_text("", "utf-8")
    assert "there are no utterances" in run("eval", "understanding", str(path), code=1)[1]


def test_two_interpreters_are_compared_on_the_same_utterances(file: Path) -> None:
    undo = completion('{"edits": [{"do": "undo", "number": 1, "text": "", "pictures": []}]}')
    with serving(Misbehaving(undo)) as server:
        spec = f"openai:m@{server.url}"
        out, _ = run("eval", "understanding", str(file), *TODAY, "--llm", spec)
        found = run_json("eval", "understanding", str(file), *TODAY, "--llm", spec)
        few = run_json("eval", "understanding", str(file), *TODAY, "--llm", spec, "--sample", "2")
    assert "better on 0, worse on 2" in out
    assert found["difference"]["right"]["mean"] == pytest.approx(-2 / 3)
    assert [one["lost"] for one in found["interpreters"]] == [0, 0]
    assert [len(one["readings"]) for one in few["interpreters"]] == [2, 2]


def test_a_model_behind_a_real_server_reads_a_sentence(smollm2: str) -> None:
    out, _ = run("understand", "--llm", smollm2, "--json", said="a boat at dusk\n")
    (came_to,) = map(json.loads, out.splitlines())
    assert came_to["does"] or came_to["state"]["wanted"]


def test_a_profile_can_name_the_model_and_one_that_names_none_says_so(
    file: Path, new_home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_home()
    monkeypatch.setenv("DIALENS_HOME", str(home))
    with serving(Misbehaving(completion("no"))) as server:
        table = f'[mine]\nencoder = "offline"\nllm = "openai:m@{server.url}"\n'
        (home / "profiles.toml").write_text(table, "utf-8")
        out, _ = run("understand", str(file), *TODAY, "--llm", "mine", "--json")
    assert "edits as JSON" in json.loads(out.splitlines()[0])["lost"]
    told = run("understand", str(file), "--llm", "laptop", code=1)[1]
    assert told.startswith("dialens: profile 'laptop' names no llm; add one")
    assert "no model 'nothing'" in run("understand", str(file), "--llm", "nothing", code=1)[1]
