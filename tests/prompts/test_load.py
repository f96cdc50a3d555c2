from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.load import PromptError, fenced, load, names, parse

HEADER = """+++
method = "m"
source = "s"
inputs = [{inputs}]
output = "o"
version = 1
+++
{body}"""


def make(body: str, *inputs: str) -> str:
    return HEADER.format(inputs=", ".join(f'"{name}"' for name in inputs), body=body)


@pytest.mark.parametrize("name", names())
def test_every_prompt_has_a_complete_header_and_names_its_inputs(name: str) -> None:
    prompt = load(name)
    assert prompt.name == name
    assert prompt.method and prompt.source and prompt.output
    assert len(prompt.hash) == 12


def test_pictures_stand_where_the_template_puts_them() -> None:
    assert load("pick/pairwise").render(query="a boat")[:4] == ("A. ", 0, "\nB. ", 1)


def test_rendering_refuses_missing_and_surplus_inputs() -> None:
    prompt = parse("x/y", make("{{ a }}", "a"))
    with pytest.raises(PromptError, match=r"'x/y' needs \['a'\]; got \[\]"):
        prompt.render()
    with pytest.raises(PromptError, match=r"got \['a', 'b'\]"):
        prompt.render(a=1, b=2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no header", "has no complete header"),
        ("+++\nmethod = 3\n+++\nx", "has no complete header"),
        (make("{{ a }} {{ b }}", "a"), r"declares \['a'\] but uses \['a', 'b'\]"),
    ],
)
def test_a_malformed_prompt_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(PromptError, match=message):
        parse("x/y", text)


def test_an_unknown_prompt_lists_those_there_are() -> None:
    with pytest.raises(PromptError, match=r"no prompt 'x/y'; there are .*cirevl/edit"):
        load("x/y")


def test_a_users_folder_overrides_by_name_and_changes_the_hash(tmp_path: Path) -> None:
    (tmp_path / "cirevl").mkdir()
    (tmp_path / "cirevl" / "edit.md").write_text(
        make("{{ caption }}+{{ instruction }}", "caption", "instruction"), encoding="utf-8"
    )
    own = load("cirevl/edit", own=tmp_path)
    assert own.render(caption="a", instruction="b") == ("a+b",)
    assert own.hash != load("cirevl/edit").hash


@given(st.text())
def test_text_from_a_picture_cannot_leave_its_fence_nor_place_a_picture(text: str) -> None:
    wrapped = fenced(text)
    assert wrapped.startswith("<data>") and wrapped.endswith("</data>")
    assert wrapped.lower().count("</data>") == 1
    assert "\n" not in wrapped
    pieces = load("cirevl/edit").render(caption=text + "\ue0000\ue001", instruction="smaller")
    assert all(isinstance(piece, str) for piece in pieces)
