import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.dialogues.dialogue import Dialogue, as_line, read_dialogues, write_dialogues
from finetune.error import FinetuneError

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\x85\u2028\u2029"))


def test_chatir_files_are_read_as_published(tmp_path: Path) -> None:
    path = tmp_path / "dialogues.json"
    path.write_text(json.dumps([{"img": "a/b.jpg", "dialog": ["a red car", "is it old? no"]}]))
    (found,) = read_dialogues(path, Path("/pictures"))
    assert found == Dialogue(Path("/pictures/a/b.jpg"), ("a red car", "is it old? no"), "a red car")


def test_visdial_files_are_read_as_published(tmp_path: Path) -> None:
    path = tmp_path / "visdial_1.0_val.json"
    data = {
        "questions": ["is it old", "how many"],
        "answers": ["no", "two"],
        "dialogs": [
            {
                "image_id": 7,
                "caption": "a red car",
                "dialog": [{"question": 1, "answer": 1}, {"question": 0, "answer": 0}],
            }
        ],
    }
    path.write_text(json.dumps({"version": "1.0", "split": "val2018", "data": data}))
    (found,) = read_dialogues(path)
    assert found.turns == ("a red car", "how many? two", "is it old? no")
    assert found.picture == tmp_path / "VisualDialog_val2018_000000000007.jpg"


@given(turns=st.lists(TEXTS, min_size=1), caption=TEXTS.filter(bool), queries=st.lists(TEXTS))
def test_a_dialogue_reads_back_from_its_line(
    tmp_path_factory: pytest.TempPathFactory, turns: list[str], caption: str, queries: list[str]
) -> None:
    path = tmp_path_factory.mktemp("d") / "d.jsonl"
    one = Dialogue(Path("/a b/c.png"), tuple(turns), caption, (Path("/x.png"),), tuple(queries))
    path.write_text(as_line(one) + "\n", encoding="utf-8")
    assert read_dialogues(path) == [one]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"img": "a.jpg"}]', r"d.json, entry 1: dialog must be a list of one text or more"),
        ('[{"dialog": ["a"]}]', r"d.json, entry 1: a dialogue is"),
        ("{}", r"d.json is neither a list of dialogues nor VisDial's file"),
        ("[]", r"d.json holds no dialogue"),
        ("[", r"d.json cannot be read as JSON"),
        ('{"data": {"dialogs": [{}]}}', r"d.json is not VisDial as published"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "d.json"
    path.write_text(text)
    with pytest.raises(FinetuneError, match=said):
        read_dialogues(path)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    every = [Dialogue(tmp_path / "a.png", ("one", "two"), "one two")]
    write_dialogues(tmp_path / "d.jsonl", every)
    assert read_dialogues(tmp_path / "d.jsonl") == every
