"""The question that splits a shortlist: real vectors of colours, a model that says its lines."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL.Image import Image

from agent.clarify.plugir_question import FALLBACK, Questioner, representatives
from agent.mllm.mllm import Message, Schema, Usage
from agent.mllm.offline_mllm import OfflineMllm
from agent.turns.clarifying_question import ClarifyingQuestion
from prompts.load import Prompt
from retrievers.encoder import Vectors
from retrievers.hit import Picture
from tests.encoders import ColourEncoder

KINDS = ["red", "green", "blue"]
SHORTLIST = [kind for kind in KINDS for _ in range(4)]


class Scripted:
    """A model whose reply is fixed, and which finds the questions known that hold a word."""

    name, sees = "scripted", False

    def __init__(self, reply: str, known: str = "\0") -> None:
        self.reply, self.known, self.usage = reply, known, Usage()
        self.read: list[str] = []

    def generate(
        self, messages: Sequence[Message], *, max_tokens: int = 128, schema: Schema | None = None
    ) -> str:
        self.read.append(_text(messages))
        return self.reply

    def caption(self, images: Sequence[Image], *, prompt: Prompt | None = None) -> list[str]:
        raise NotImplementedError

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> NDArray[np.float64]:
        assert list(options) == ["known", "uncertain"]
        share = 0.9 if self.known in _text(messages) else 0.1
        return np.log([share, 1 - share])


def _text(messages: Sequence[Message]) -> str:
    return "".join(str(part) for message in messages for part in message.parts)


def _picture(at: int, kind: str) -> Picture:
    sha256 = f"{at:016x}" + "0" * 48
    return Picture(sha256[:16], sha256, (Path(f"/{kind}-{at}.jpg"),), 40, 30, 100)


PICTURES = [_picture(at, kind) for at, kind in enumerate(SHORTLIST)]


def _vectors() -> Vectors:
    rows = ColourEncoder().encode_texts(SHORTLIST)
    rows = rows + np.random.default_rng(0).normal(0, 0.01, rows.shape).astype(np.float32)
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _ask(model: Scripted, *turns: str) -> ClarifyingQuestion:
    def captions(pictures: Sequence[Picture]) -> list[str]:
        return [f"a {picture.path.stem.split('-')[0]} thing" for picture in pictures]

    asker = Questioner(model, captions, ColourEncoder(), clusters=3)
    question = asker.ask(turns or ("a thing",), PICTURES, _vectors())
    assert question is not None
    return question


def test_every_cluster_has_one_representative() -> None:
    assert [SHORTLIST[at] for at in representatives(_vectors(), 3)] == KINDS


def test_a_shortlist_smaller_than_the_clusters_represents_itself() -> None:
    assert representatives(_vectors()[[0, 4]], 10) == [0, 1]
    assert representatives(_vectors()[:0], 10) == []


def test_the_representatives_are_told_to_the_model_and_offered_as_answers() -> None:
    model = Scripted("1. Is it big?")
    question = _ask(model)
    assert question.text == "Is it big?"
    assert [one.caption for one in question.alternatives] == [f"a {kind} thing" for kind in KINDS]
    assert {one.picture.id for one in question.alternatives} <= {one.id for one in PICTURES}
    assert all(f"<data>a {kind} thing</data>" in model.read[0] for kind in KINDS)


def test_the_question_that_moves_the_search_least_is_asked() -> None:
    assert _ask(Scripted("- is it red ?\n- is it large ?"), "a thing").text == "is it large ?"


def test_a_question_that_the_dialogue_answers_is_never_asked() -> None:
    assert _ask(Scripted("Is it big?\nIs it wet?", known="big")).text == "Is it wet?"
    assert _ask(Scripted("Is it big?", known="big")).text == FALLBACK
    assert _ask(Scripted("Is it big?"), "a thing", "Is it big?", "no").text == FALLBACK


@pytest.mark.parametrize("reply", ["", "I cannot say.", "?\n\n?"])
def test_a_reply_without_a_question_offers_the_pictures(reply: str) -> None:
    question = _ask(Scripted(reply))
    assert question.text == FALLBACK and len(question.alternatives) == 3


def test_one_picture_needs_no_question() -> None:
    asker = Questioner(Scripted("Is it big?"), lambda pictures: [], ColourEncoder())
    assert asker.ask(["a thing"], PICTURES[:1], _vectors()[:1]) is None


def test_fewer_than_two_clusters_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 2, not 1"):
        Questioner(Scripted(""), lambda pictures: [], ColourEncoder(), clusters=1)


def test_the_offline_model_keeps_the_contract() -> None:
    pytest.importorskip("xllamacpp")
    model = OfflineMllm(threads=1)
    captions = {kind: f"a {kind} boat on the water" for kind in KINDS}

    def caption(pictures: Sequence[Picture]) -> list[str]:
        return [captions[picture.path.stem.split("-")[0]] for picture in pictures]

    asker = Questioner(model, caption, ColourEncoder(), clusters=3)
    question = asker.ask(["a boat"], PICTURES, _vectors())
    assert question is not None
    assert question.text.endswith("?") and "\n" not in question.text
    assert [one.caption for one in question.alternatives] == list(captions.values())
