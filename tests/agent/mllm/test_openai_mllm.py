import json
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import PIL.Image
import pytest

from agent.mllm.mllm import Message, MllmError, ReplyError, user_message
from agent.mllm.openai_mllm import OpenAiMllm
from agent.rewrite.plugir import Plugir
from agent.stages.pipeline import Pipeline
from prompts.load import load
from retrievers.hit import Hit, Picture
from retrievers.query import Query
from tests.agent.mllm.conftest import Server
from tests.agent.mllm.loopback import Misbehaving, completion, serving

SERVER_ERROR = (500, {"error": {"message": "out of memory\non the GPU"}})
REFUSAL = (400, {"error": {"message": "unknown field"}})
RED, BLUE = (PIL.Image.new("RGB", (80, 60), colour) for colour in ("red", "blue"))


def _user(*parts: str | PIL.Image.Image) -> list[Message]:
    return [Message("user", parts)]


@pytest.fixture
def mllm(server: Server) -> OpenAiMllm:
    return OpenAiMllm("smollm2", server.url, dialect="llama.cpp", price=(1.0, 10.0))


def test_a_real_server_answers_and_its_tokens_are_counted_and_paid(mllm: OpenAiMllm) -> None:
    assert mllm.cost == 0
    assert mllm.generate(_user("Say hello."), max_tokens=4)
    used = mllm.usage
    assert (used.calls, used.tokens_out) == (1, 4)
    assert used.tokens_in > 3
    assert used.seconds > 0
    assert mllm.cost == pytest.approx((used.tokens_in + 40) / 1e6)


def test_a_schema_holds_on_a_real_server(mllm: OpenAiMllm) -> None:
    letter = {"enum": ["A", "B"]}
    order = {"type": "array", "items": letter, "minItems": 2, "maxItems": 2}
    schema = {
        "type": "object",
        "properties": {"order": order},
        "required": ["order"],
        "additionalProperties": False,
    }
    reply = json.loads(mllm.generate(_user("Tell me a story."), max_tokens=40, schema=schema))
    assert set(reply["order"]) <= {"A", "B"}


@pytest.mark.parametrize(
    "options", [["yes", "no"], list("ABCD"), ["a red cat", "a red dog"], ['say "hi"\\', "\n", "ü"]]
)
def test_a_real_servers_choice_is_a_distribution_over_the_options(
    mllm: OpenAiMllm, options: list[str]
) -> None:
    scores = mllm.choose(_user("Tell me a long story."), options)
    assert np.exp(scores).sum() == pytest.approx(1)
    assert len(set(scores)) == len(options), "every option has a probability of its own"


def test_the_grammar_really_closes_the_set(mllm: OpenAiMllm) -> None:
    answers = ["zebra", "quartz"]
    reply = mllm._answer(_user("What is the capital of France?"), answers)
    assert reply.choices[0].message.content in answers


def test_several_pictures_cross_the_wire_in_one_prompt(mllm: OpenAiMllm) -> None:
    message = user_message(load("pick/best"), [RED, BLUE], query="red", letters=["A", "B"])
    one = user_message(load("pick/yesno"), [RED], query="red")
    scores = mllm.choose([message], ["A", "B"])
    two_pictures = mllm.usage.tokens_in
    assert np.exp(scores).sum() == pytest.approx(1)
    mllm.choose([one], ["yes", "no"])
    assert two_pictures > mllm.usage.tokens_in - two_pictures, "picture tokens are counted"


def test_pictures_are_captioned_side_by_side_in_order(mllm: OpenAiMllm) -> None:
    captions = mllm.caption([RED, BLUE, RED])
    assert len(captions) == 3
    assert all("\n" not in caption for caption in captions)
    assert mllm.usage.calls == 3


class Boats:
    def search(self, query: Query, k: int) -> list[Hit]:
        return [Hit(Picture("boat", "", (Path("/boat"),), 1, 1, 1), 1.0, 1)]


def test_a_server_killed_in_mid_call_leaves_the_turn_usable(
    start_server: Callable[[], Server],
) -> None:
    server = start_server()
    mllm = OpenAiMllm("smollm2", server.url, dialect="llama.cpp", retries=1)

    class Endless(Plugir):
        def rewrite(self, asked: Query, last: Query, hits: Sequence[Hit]) -> Query:
            Timer(0.5, server.process.kill).start()
            mllm.generate(_user("Count to a million, slowly."), max_tokens=3000)
            raise AssertionError("the server outlived its kill")

    pipeline = Pipeline(Boats(), rewriter=Endless(mllm))
    for rewriter in (pipeline.rewriter, Plugir(mllm)):  # in mid-call, and when long dead
        pipeline.rewriter = rewriter
        found = pipeline.find(Query(wanted=("a boat", "in red")), 5)
        assert [hit.picture.id for hit in found.hits] == ["boat"]
        (lost,) = found.lost
        assert lost.startswith(f"rewrite: {mllm.name}: the server cannot be reached")
        assert "\n" not in lost


def test_a_port_where_nobody_listens_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    mllm = OpenAiMllm("m", f"http://me:secret@127.0.0.1:{port}/v1", retries=0)
    with pytest.raises(MllmError, match=rf"^openai:m@127.0.0.1:{port}: .*is it running") as caught:
        mllm.generate(_user("hello"))
    assert "secret" not in str(caught.value)
    assert (mllm.usage.calls, mllm.usage.tokens_in) == (1, 0)


def test_a_server_that_never_answers_is_given_up() -> None:
    with serving(Misbehaving(None)) as slow:
        mllm = OpenAiMllm("m", slow.url, timeout=0.3, retries=1)
        with pytest.raises(MllmError, match=r"no answer within 0\.3 s; raise timeout"):
            mllm.generate(_user("hello"))
        assert len(slow.asked) == 2


def test_an_error_of_the_server_is_tried_again() -> None:
    with serving(Misbehaving(SERVER_ERROR, SERVER_ERROR, completion("hi"))) as ill:
        assert OpenAiMllm("m", ill.url, retries=2).generate(_user("hello")) == "hi"
        assert len(ill.asked) == 3


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (SERVER_ERROR, r"out of memory on the GPU.*check the server's log"),
        ((404, {"error": {"message": "no model m"}}), r"no model m.*the model's name"),
        ((401, "go away"), r"401.*check api_key"),
        ((200, "<html>welcome</html>"), r"the right URL|an OpenAI-compatible endpoint"),
        ((200, {"choices": []}), r"the right URL"),
        ((200, {"choices": None, "error": "full"}), r"the right URL"),
    ],
)
def test_every_failure_is_one_line_with_a_remedy(answer: Any, says: str) -> None:
    with serving(Misbehaving(answer)) as ill:
        mllm = OpenAiMllm("m", ill.url, retries=0)
        with pytest.raises(MllmError, match=says) as caught:
            mllm.generate(_user("hello"))
        assert "\n" not in str(caught.value)


def test_a_server_without_log_probabilities_is_asked_once_for_them() -> None:
    with serving(Misbehaving(REFUSAL, completion("Yes."), completion("no"))) as plain:
        mllm = OpenAiMllm("m", plain.url, dialect="openai")
        assert mllm.choose(_user("hello"), ["yes", "no"]).argmax() == 0
        assert mllm.choose(_user("hello"), ["yes", "no"]).argmax() == 1
        assert ["logprobs" in body for body in plain.asked] == [True, False, False]


def test_an_unconstrained_answer_outside_the_set_is_a_bad_reply() -> None:
    with serving(Misbehaving(completion("I would rather not"))) as plain:
        mllm = OpenAiMllm("m", plain.url, dialect="openai")
        with pytest.raises(ReplyError, match="I would rather not"):
            mllm.choose(_user("hello"), ["yes", "no"])


def test_a_real_servers_dialect_is_found_out_once(server: Server) -> None:
    mllm = OpenAiMllm("smollm2", server.url, dialect="probe")
    mllm.choose(_user("hello"), ["yes", "no"])
    assert mllm.dialect == "llama.cpp"
    calls = mllm.usage.calls
    mllm.choose(_user("hello"), ["yes", "no"])
    assert mllm.usage.calls == calls + 1


@pytest.mark.parametrize(
    ("answers", "dialect"),
    [
        ([completion("zebra 17"), completion("no")], "vllm"),
        ([completion("Hello!"), completion("quartz 40"), completion("no")], "llama.cpp"),
        ([completion("Hello!"), completion("Hi."), completion("no")], "openai"),
        ([REFUSAL, REFUSAL, completion("no")], "openai"),
    ],
)
def test_a_dialect_is_one_that_the_server_keeps_to(answers: list[Any], dialect: str) -> None:
    with serving(Misbehaving(*answers)) as server:
        mllm = OpenAiMllm("m", server.url, dialect="probe")
        assert mllm.choose(_user("hello"), ["yes", "no"]).argmax() == 1
        assert mllm.dialect == dialect


def test_a_dead_server_has_no_dialect_yet() -> None:
    with serving(Misbehaving(SERVER_ERROR, completion("zebra 17"), completion("no"))) as server:
        mllm = OpenAiMllm("m", server.url, dialect="probe", retries=0)
        with pytest.raises(MllmError, match="out of memory"):
            mllm.choose(_user("hello"), ["yes", "no"])
        assert mllm.choose(_user("hello"), ["yes", "no"]).argmax() == 1
        assert mllm.dialect == "vllm"


def test_vllm_is_told_the_choices_in_its_own_words() -> None:
    with serving(Misbehaving(completion("no"))) as server:
        OpenAiMllm("base-lora", server.url).choose(_user("hello"), ["yes", "no"])
        (body,) = server.asked
    assert body["structured_outputs"] == {"choice": ["yes", "no"]}
    assert body["model"] == "base-lora"
    assert (body["logprobs"], body["top_logprobs"], body["temperature"]) == (True, 20, 0)


def test_no_more_calls_run_at_once_than_allowed() -> None:
    with serving(Misbehaving(completion("a boat"))) as server:
        mllm = OpenAiMllm("m", server.url, concurrent=2)
        assert mllm.caption([RED] * 8) == ["a boat"] * 8
        assert server.most_at_once == 2
        assert (mllm.usage.calls, mllm.usage.tokens_in) == (8, 8000)


def test_a_caption_is_asked_for_in_the_words_of_the_prompt_given() -> None:
    with serving(Misbehaving(completion("red"))) as server:
        prompt = replace(load("caption/describe"), body="{{ image(0) }} Say its colour.")
        OpenAiMllm("m", server.url).caption([RED], prompt=prompt)
        (body,) = server.asked
    assert "Say its colour." in str(body["messages"])
    assert "Describe" not in str(body["messages"])


def test_only_a_key_meant_for_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "someone else's")
    with serving(Misbehaving(completion("hi"))) as server:
        OpenAiMllm("m", server.url).generate(_user("hello"))
        monkeypatch.setenv("DIALENS_API_KEY", "mine")
        port = urlsplit(server.url).port
        for host in ("", "api.example", "127.0.0.1:1", "http://127.0.0.1.example", "[::"):
            monkeypatch.setenv("DIALENS_API_HOST", host)
            OpenAiMllm("m", server.url).generate(_user("hello"))
        assert server.keys == ["Bearer none"] * 6
        server.keys.clear()
        for host in ("127.0.0.1", f"127.0.0.1:{port}", server.url):
            monkeypatch.setenv("DIALENS_API_HOST", host)
            OpenAiMllm("m", server.url).generate(_user("hello"))
        assert server.keys == ["Bearer mine"] * 3


@pytest.mark.parametrize(
    ("url", "options", "says"),
    [
        ("localhost:8000", {}, "base_url must be such as"),
        ("http://a", {"dialect": "tgi"}, "dialect must be one of .*got 'tgi'"),
        ("http://a", {"timeout": 0}, "timeout must be above 0"),
    ],
)
def test_wrong_arguments_are_refused(url: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        OpenAiMllm("m", url, **options)


def test_options_that_are_none_are_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="options"):
        OpenAiMllm("m", "http://127.0.0.1:9/v1").choose(_user("hello"), [])
