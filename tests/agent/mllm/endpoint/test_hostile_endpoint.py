"""What an endpoint that means harm can do to who asks it: nothing but fail, soon, in one line."""

import os
import resource
import subprocess
import sys
from threading import Timer
from threading import enumerate as enumerate_threads
from time import monotonic

import pytest

from agent.mllm.mllm import Message, MllmError
from agent.mllm.openai_mllm import OpenAiMllm
from agent.toolbox.chat_model import open_chat
from tests.agent.mllm.endpoint.hostile_endpoint import (
    ENDLESS,
    NONSENSE,
    SLOW,
    elsewhere,
    listening,
    whole,
)

HELLO = [Message("user", ("hello",))]
ANSWER = b'{"choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}]}'


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_answer_without_end_is_not_kept(kind: str) -> None:
    with listening(ENDLESS[kind]) as (url, _):
        before = _resident()
        with pytest.raises(MllmError, match="the server sent an answer") as caught:
            OpenAiMllm("m", url, retries=0, timeout=20).generate(HELLO)
        assert _resident() - before < 200_000_000
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", SLOW)
def test_an_answer_that_drips_is_given_up_in_time(kind: str) -> None:
    with listening(SLOW[kind]) as (url, _):
        begin = monotonic()
        with pytest.raises(MllmError, match=r"no answer within 0\.5 s"):
            OpenAiMllm("m", url, retries=0, timeout=0.5).generate(HELLO)
        assert monotonic() - begin < 5


def test_nothing_waits_on_for_an_answer_that_came() -> None:
    with listening(whole(ANSWER)) as (url, _):
        assert OpenAiMllm("m", url, timeout=0.5).generate(HELLO) == "hi"
    timers = [one for one in enumerate_threads() if isinstance(one, Timer)]
    assert all(one.finished.is_set() for one in timers)


@pytest.mark.parametrize("kind", NONSENSE)
def test_an_answer_of_odd_values_is_one_line(kind: str) -> None:
    with listening(NONSENSE[kind]) as (url, _):
        for ask in (
            lambda: OpenAiMllm("m", url, retries=0).generate(HELLO),
            lambda: OpenAiMllm("m", url, retries=0, dialect="openai").choose(HELLO, ["a", "b"]),
        ):
            with pytest.raises(MllmError, match=r"is it the right URL|OpenAI-compatible") as caught:
                ask()
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize("agent", [False, True])
def test_words_and_key_go_to_the_address_that_was_named_and_to_no_other(
    agent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_API_KEY", "mine")
    monkeypatch.setenv("DIALENS_API_HOST", "127.0.0.1")
    with (
        listening(whole(ANSWER)) as (thief, stolen),
        listening(elsewhere(thief)) as (url, asked),
        pytest.raises(Exception, match="307"),
    ):
        if agent:
            open_chat(f"openai:m@{url}", {"retries": 0}).invoke("hello")
        else:
            OpenAiMllm("m", url, retries=0).generate(HELLO)
    assert len(asked) == 1
    assert not stolen


@pytest.mark.parametrize("agent", [False, True])
@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "OPENAI_PROXY"])
def test_a_proxy_reads_no_key(name: str, agent: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALENS_API_KEY", "mine")
    monkeypatch.setenv("DIALENS_API_HOST", "127.0.0.1")
    for other in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(other, raising=False)
    with listening(whole(ANSWER)) as (proxy, read), listening(whole(ANSWER)) as (url, asked):
        monkeypatch.setenv(name, proxy.removesuffix("/v1"))
        if agent:
            open_chat(f"openai:m@{url}", {"retries": 0}).invoke("hello")
        else:
            assert OpenAiMllm("m", url, retries=0).generate(HELLO) == "hi"
    assert not read
    assert b"Bearer mine" in asked[0]


@pytest.mark.parametrize("kind", ["body", "head"])
def test_an_agent_waits_no_longer(kind: str) -> None:
    with listening(SLOW[kind]) as (url, _):
        begin = monotonic()
        with pytest.raises(Exception, match="onnection"):
            open_chat(f"openai:m@{url}", {"retries": 0, "timeout": 0.5}).invoke("hello")
        assert monotonic() - begin < 5


def test_the_command_line_says_in_a_line_what_was_lost() -> None:
    with listening(NONSENSE["deep"]) as (url, _):
        done = subprocess.run(
            [sys.executable, "-m", "app.start", "understand", "--llm", f"openai:m@{url}"],
            input="a dog, no cats\n",
            capture_output=True,
            text=True,
            env={**os.environ, "DIALENS_API_KEY": "mine"},
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    assert "lost: understand: openai:m@" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/a\r\nX: y/v1", "http://127.0.0.1:9/\x00"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base_url must be such as"):
        OpenAiMllm("m", url)


@pytest.mark.parametrize("options", [{"timeout": 1e308}, {"retries": 10**9}])
def test_nobody_waits_for_ever(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"at most 86400.*retries in 0\.\.100"):
        OpenAiMllm("m", "http://127.0.0.1:9/v1", **options)  # type: ignore[arg-type]
