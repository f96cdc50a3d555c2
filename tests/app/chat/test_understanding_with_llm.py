"""`dialens chat --understand llm`: a model behind a server reads what is typed."""

import json
from pathlib import Path

import pytest

from tests.agent.mllm.loopback import Answer, Misbehaving, completion, serving
from tests.app.chat.test_chat_loop import home
from tests.app.test_commands import run

__all__ = ["home"]


def edit(**given: object) -> Answer:
    blank = {"number": 0, "text": "", "pictures": []}
    return completion(json.dumps({"edits": [blank | given]}))


def test_the_model_reads_and_where_it_fails_the_built_in_reading_holds(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(home))
    answers = (edit(do="search", text="red"), edit(do="refuse", text="green"), completion("?"))
    with serving(Misbehaving(*answers)) as server:
        model = f"openai:m@{server.url}"
        said = "something red\nI can do without green\nno people\n"
        out, _ = run("chat", "--understand", "llm", "--llm", model, said=said)
        stages = tmp_path / "stages.toml"
        stages.write_text(f'understand = "llm"\nllm = "{model}"\n', "utf-8")
        asked = len(server.asked)
        run("chat", "--stages", str(stages), said="something red\n")
    assert asked == 3
    assert len(server.asked) == 4
    assert "1 red" in out
    assert "2 not green" in out
    assert "3 not people" in out
    assert out.count("lost: understand: ") == 1
    assert "Before, they said: <data>something red</data>" in str(server.asked[1])


def test_another_way_of_reading_is_refused() -> None:
    told = run("chat", "--understand", "magic", code=1)[1]
    assert told == "dialens: understand: there is no 'magic'; there are llm\n"
