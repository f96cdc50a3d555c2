from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from agent.captioning.captions import Captions
from agent.mllm.mllm import Message, ReplyError, Schema, Usage
from agent.rewrite.cirevl import Cirevl, read_edited
from agent.rewrite.eiirwqr import Eiirwqr, simulated_marks, user_marks
from agent.rewrite.plugir import Plugir
from agent.rewrite.rewriter import Covering, uncovered
from prompts.load import Prompt, load
from retrievers.hit import Hit, Picture
from retrievers.query import Query
from retrievers.recorded_files import record_of


class Scripted:
    """Gives its replies in order and keeps the prompts; captions say the colour of a picture."""

    name, sees = "scripted", True

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.prompts: list[str] = []
        self.captioned = 0
        self.asked: list[Prompt | None] = []
        self.usage = Usage()

    def generate(
        self, messages: Sequence[Message], *, max_tokens: int = 128, schema: Schema | None = None
    ) -> str:
        self.prompts.append("".join(str(part) for part in messages[-1].parts))
        return self.replies.pop(0)

    def caption(self, images: Sequence[Image.Image], *, prompt: Prompt | None = None) -> list[str]:
        self.captioned += len(images)
        self.asked.append(prompt)
        return [f"a {' '.join(map(str, np.asarray(image)[0, 0]))} wall" for image in images]

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> NDArray[np.float64]:
        return np.zeros(len(options))


@pytest.fixture
def gallery(tmp_path: Path) -> dict[str, Picture]:
    pictures = {}
    for name, colour in {"red": (255, 0, 0), "blue": (0, 0, 255)}.items():
        path = tmp_path / f"{name}.png"
        Image.new("RGB", (8, 8), colour).save(path)
        pictures[name] = replace(record_of(path), id=name)
    return pictures


def hits(gallery: dict[str, Picture]) -> list[Hit]:
    return [Hit(one, 1 / rank, rank) for rank, one in enumerate(gallery.values(), start=1)]


def test_cirevl_edits_the_caption_of_the_example(gallery: dict[str, Picture]) -> None:
    mllm = Scripted("Edited Description: a wall at night: dark")
    rewriter = Cirevl(mllm, Captions(mllm, gallery.__getitem__))
    asked = Query(wanted=("at night",), examples=(gallery["red"].path,))
    query = rewriter.rewrite(asked, asked, [])
    assert query == Query(wanted=("a wall at night: dark",))
    assert "Picture Content: <data>a 255 0 0 wall</data>\nInstruction: at night" in mllm.prompts[0]


def test_cirevl_edits_the_caption_of_the_last_liked_picture(gallery: dict[str, Picture]) -> None:
    mllm = Scripted("edited description: a wall")
    rewriter = Cirevl(mllm, Captions(mllm, gallery.__getitem__))
    asked = Query(wanted=("a house", "closer"), like=("red", "blue"))
    assert rewriter.rewrite(asked, asked, []) == Query(wanted=("a house", "a wall"), like=("red",))
    assert "0 0 255" in mllm.prompts[0]


def test_cirevl_leaves_a_query_without_a_picture_alone(gallery: dict[str, Picture]) -> None:
    asked = Query(wanted=("a dog",))
    assert (
        Cirevl(Scripted(), Captions(Scripted(), gallery.__getitem__)).rewrite(asked, asked, [])
        is asked
    )


@pytest.mark.parametrize(
    ("reply", "edited"),
    [
        ("Edited Description: a dog: old and grey", "a dog: old and grey"),
        ("Sure!\n  edited description:  two cats \nHope it helps", "two cats"),
    ],
)
def test_the_edited_description_keeps_later_colons(reply: str, edited: str) -> None:
    assert read_edited(reply) == edited


@pytest.mark.parametrize("reply", ["", "a dog", "Edited Description:   "])
def test_a_reply_without_the_line_is_an_error(reply: str) -> None:
    with pytest.raises(ReplyError, match="a line that begins 'Edited Description:'"):
        read_edited(reply)


def test_eiirwqr_describes_what_was_found_and_skips_it_next_time(
    gallery: dict[str, Picture],
) -> None:
    mllm = Scripted("a red wall in the sun")
    rewriter = Eiirwqr(mllm, Captions(mllm, gallery.__getitem__), unseen=True)
    asked = Query(wanted=("a wall",))
    query = rewriter.rewrite(asked, asked, hits(gallery))
    assert query == Query(wanted=("a red wall in the sun",), excluded=frozenset({"red", "blue"}))
    assert "1. <data>a 255 0 0 wall</data>\n2. <data>a 0 0 255 wall</data>" in mllm.prompts[0]


@pytest.mark.parametrize("feedback", [user_marks, simulated_marks({"blue"})])
def test_eiirwqr_describes_only_marked_pictures(feedback, gallery) -> None:  # type: ignore[no-untyped-def]
    mllm = Scripted("a blue wall")
    rewriter = Eiirwqr(mllm, Captions(mllm, gallery.__getitem__), feedback=feedback)
    asked = Query(wanted=("a wall",), like=("blue",))
    rewriter.rewrite(asked, asked, hits(gallery))
    assert "<data>a 0 0 255 wall</data>" in mllm.prompts[0]
    assert "255 0 0" not in mllm.prompts[0]


def test_plugir_writes_one_caption_for_the_turns() -> None:
    mllm = Scripted('"an old train in snow"\nand more')
    asked = Query(wanted=("a train", "old", "in snow"))
    assert Plugir(mllm).rewrite(asked, asked, []).wanted == ("an old train in snow",)
    assert "- a train\n- old\n- in snow\nCaption:" in mllm.prompts[0]


def test_a_rewrite_that_drops_a_word_is_refused() -> None:
    asked = Query(wanted=("a small dog", "white"))
    kept = Covering(Plugir(Scripted("a small white dog"))).rewrite(asked, asked, [])
    assert kept.wanted == ("a small white dog",)
    with pytest.raises(ReplyError, match=r"keeps \['small', 'white'\]"):
        Covering(Plugir(Scripted("dogs"))).rewrite(asked, asked, [])


def test_a_picture_is_described_once_per_captioner(
    gallery: dict[str, Picture], tmp_path: Path
) -> None:
    mllm = Scripted()
    for _ in range(2):
        captions = Captions(mllm, gallery.__getitem__, path=tmp_path / "c.db")
        assert captions.of(list(gallery.values())) == ["a 255 0 0 wall", "a 0 0 255 wall"]
    assert mllm.captioned == 2


def test_a_picture_is_described_again_when_the_prompt_was_changed(
    gallery: dict[str, Picture], tmp_path: Path
) -> None:
    mllm, shown = Scripted(), [gallery["red"]]
    Captions(mllm, gallery.__getitem__, path=tmp_path / "c.db").of(shown)
    own = tmp_path / "caption" / "describe.md"
    own.parent.mkdir()
    header = 'method = "mine"\nsource = ""\ninputs = []\noutput = "a word"\nversion = 1\n'
    own.write_text(f"+++\n{header}+++\n{{{{ image(0) }}}} Say its colour.", encoding="utf-8")
    prompt = load("caption/describe", own=tmp_path)
    Captions(mllm, gallery.__getitem__, prompt=prompt, path=tmp_path / "c.db").of(shown)
    assert mllm.captioned == 2
    assert mllm.asked == [load("caption/describe"), prompt]


@pytest.mark.parametrize(
    ("said", "text", "dropped"),
    [
        (["two dogs running"], "a dog that runs, two of them", []),
        (["small and white"], "a small thing", ["white"]),
        (["an older car"], "a car", ["older"]),
        (["show me the photo"], "", []),
    ],
)
def test_content_words_are_compared_by_stem(said: list[str], text: str, dropped: list[str]) -> None:
    assert uncovered(said, text) == dropped


@given(st.lists(st.text(), max_size=4))
def test_joining_the_turns_covers_them(said: list[str]) -> None:
    assert uncovered(said, " ".join(said)) == []
