"""`dialens prompts` on the package's prompts and a user's own."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.resources import Resources
from agent.stages.config import Stages
from app.cli import app
from prompts.load import load, names

OWN = """+++
method = "mine"
source = "me"
inputs = ["query"]
output = "a word"
version = 7
+++
Is this {{ query }}? {{ image(0) }}
"""


def run(*command: str, code: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(app, ["prompts", *command], prog_name="dialens")
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout, done.stderr


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALENS_HOME", str(tmp_path))
    folder = tmp_path / "prompts" / "pick"
    folder.mkdir(parents=True)
    for name in ("yesno", "mine"):
        (folder / f"{name}.md").write_text(OWN, encoding="utf-8")
    return folder


def test_the_list_names_every_prompt_with_its_hash() -> None:
    known = json.loads(run("list", "--json")[0])
    assert [one["name"] for one in known] == names()
    assert all(one["hash"] == load(one["name"]).hash for one in known)
    assert "cirevl/edit" in run("list")[0]


def test_a_users_own_prompts_are_listed_and_go_first(own: Path) -> None:
    known = {one["name"]: one for one in json.loads(run("list", "--json")[0])}
    assert known["pick/mine"]["own"] and known["pick/yesno"]["version"] == 7
    assert not known["pick/best"]["own"]
    assert "Is this {{ query }}?" in run("show", "pick/yesno")[0]


def test_show_prints_header_and_template() -> None:
    said = run("show", "cirevl/edit")[0]
    assert "caption, instruction" in said and "{{ caption | data }}" in said


def test_render_shows_what_is_sent_with_pictures_as_numbers(own: Path) -> None:
    picture = own / "dog.jpg"
    picture.write_bytes(b"")
    said, aside = run("render", "pick/mine", "--input", "query=a=b", "--image", str(picture))
    assert said == "Is this a=b? [picture 1]\n"
    assert aside.startswith("[picture 1] is ")


def test_a_list_takes_an_input_for_each_item() -> None:
    inputs = ["--input", "query=a dog", "--input", "letters=A", "--input", "letters=B"]
    said = run("render", "pick/listwise", *inputs)[0]
    assert "A. [picture 1]" in said and "B. [picture 2]" in said


def test_text_from_a_picture_is_fenced_as_it_would_be_sent() -> None:
    inputs = ["--input", "caption=a <b>", "--input", "instruction=bigger"]
    assert "<data>a ‹b›</data>" in run("render", "cirevl/edit", *inputs)[0]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["no/such"], "no prompt 'no/such'"),
        (["cirevl/edit"], "needs ['caption', 'instruction']; got []"),
        (["pick/yesno", "--input", "query"], "--input takes NAME=VALUE, not 'query'"),
        (["pick/yesno", "--input", "query=a", "--input", "query=b"], "takes one --input"),
    ],
)
def test_a_wrong_call_is_one_line(command: list[str], reason: str) -> None:
    said = run("render", *command, code=1)[1]
    assert reason in said and said.count("\n") == 1


def test_pictures_that_have_no_place_are_refused(own: Path) -> None:
    picture = str(own / "mine.md")
    more = ["--image", picture, "--image", picture]
    said = run("render", "pick/mine", "--input", "query=a", *more, code=1)[1]
    assert "shows 1 pictures, not 2" in said


@pytest.mark.usefixtures("own")
def test_the_stages_use_the_users_own_prompts() -> None:
    resources = Resources(Stages(prompts={"pick/best": "pick/mine"}), collection=None)  # type: ignore[arg-type]
    assert resources.prompt("pick/best").method == "mine"
    assert resources.prompt("pick/yesno").version == 7
    assert resources.prompt("cirevl/edit") == load("cirevl/edit")
