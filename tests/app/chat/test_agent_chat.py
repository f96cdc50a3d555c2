"""`dialens chat --agent` as a person meets it: a process of its own, and a server on loopback."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from agent.toolbox.agent import INTERRUPTED
from tests.agent.mllm.conftest import Server
from tests.agent.mllm.loopback import Misbehaving, completion, serving
from tests.app.chat.strict_server import Strict, calling
from tests.app.test_commands import COLOURS, paint, run

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, new_home: Callable[[], Path]) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "Walls"
    for name, colour in COLOURS.items():
        paint(folder / f"{name}.png", colour, (120, 90))
    home = new_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("index", str(folder))
    return home


@contextmanager
def chatting(home: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """Run `dialens chat --agent` for as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.start", "chat", "--agent", "-k", "2", *options],
        cwd=ROOT,
        env={**os.environ, "DIALENS_HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(home: Path, words: str, *options: str) -> str:
    with chatting(home, *options) as process:
        return process.communicate(words, timeout=60)[0]


def stages(path: Path, lead: str, eye: str) -> str:
    """Write stages in which a reranker looks at pictures through another server."""
    path.write_text(
        f'llm = "openai:lead@{lead}"\nreranker = "yesno"\nmllm = "openai:eye@{eye}"\n',
        encoding="utf-8",
    )
    return str(path)


def say(process: "subprocess.Popen[str]", words: str) -> None:
    assert process.stdin
    process.stdin.write(f"{words}\n")
    process.stdin.flush()


def asked_of(server: Misbehaving, *, times: int = 1) -> None:
    """Wait until the server was asked."""
    end = monotonic() + 50
    while len(server.asked) < times:
        assert monotonic() < end, "nobody asked the server"
        sleep(0.02)


def test_a_model_leads_and_its_steps_are_shown(home: Path) -> None:
    script = [
        calling("search", text="a red wall"),
        calling("look_at", numbers=[1]),
        completion("The first one is red."),
        calling("more_like", numbers=[7]),
        calling("ask_user", question="Which shade?", answers=["dark", "light"]),
    ]
    with serving(Strict(*script)) as server:
        llm = ("--llm", f"openai:m@{server.url}")
        shown = said(home, "find red\nmore like 7\n", *llm, "--session", "walls")
        tools = server.asked[0]["tools"]
    assert "> search {'text': 'a red wall'}" in shown
    assert "a red wall\n" in shown and "red.png" in shown
    assert "The first one is red." in shown
    assert "numbers must be those of pictures shown, 1..2; got [7]" in shown
    assert "Which shade?\n  - dark\n  - light" in shown
    assert "chat --agent --session walls" in shown
    assert len(tools) == 9
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("sessions", "rm", "walls")
    assert not list((home / "sessions").glob("walls*"))


def test_a_process_killed_between_a_call_and_its_answer_can_be_resumed(
    home: Path, tmp_path: Path
) -> None:
    with (
        serving(Misbehaving(None)) as eye,
        serving(Strict(calling("search", text="red"), completion("Going on."))) as lead,
    ):
        options = ("--stages", stages(tmp_path / "s.toml", lead.url, eye.url), "--session", "cut")
        with chatting(home, *options) as process:
            say(process, "find red")
            asked_of(eye)  # so the search is under way: its call is kept and it has no answer
            process.send_signal(signal.SIGKILL)
            process.wait()
        shown = said(home, "are you there\n", *options)
        history = lead.asked[-1]["messages"]
    assert "Going on." in shown and "lost" not in shown
    assert [one["role"] for one in history] == [
        *("system", "user", "assistant", "tool", "assistant", "user")
    ]
    assert history[3]["content"] == INTERRUPTED


@pytest.mark.parametrize("hanging", ["model", "tool"])
def test_ctrl_c_stops_a_step_and_not_the_conversation(
    home: Path, tmp_path: Path, hanging: str
) -> None:
    """A tool that hangs is waited for until Ctrl-C is pressed again."""
    script = [calling("search", text="red")] if hanging == "tool" else [None]
    with (
        serving(Misbehaving(None)) as eye,
        serving(Strict(*script, completion("Going on."))) as lead,
        chatting(home, "--stages", stages(tmp_path / "s.toml", lead.url, eye.url)) as process,
    ):
        say(process, "find red")
        asked_of(eye if hanging == "tool" else lead)
        for _ in range(2 if hanging == "tool" else 1):
            process.send_signal(signal.SIGINT)
            sleep(0.5)
        say(process, "are you there")
        asked_of(lead, times=2)
        eye.over.set()
        shown, _ = process.communicate(timeout=60)
        roles = [one["role"] for one in lead.asked[-1]["messages"]]
    assert "stopped; say how to go on" in shown
    assert "Going on." in shown and "lost" not in shown
    assert roles[-2:] == ["assistant", "user"]


def test_a_server_that_is_gone_is_one_line_and_the_conversation_stays(home: Path) -> None:
    with serving(Strict(completion("hello"))) as server:
        llm = f"openai:m@{server.url}"
    shown = said(home, "find red\nfind blue\n", "--llm", llm)
    assert shown.count("lost: agent m: Connection error.") == 2
    assert "Traceback" not in shown


def test_a_model_that_cannot_lead_is_refused_with_what_can(home: Path) -> None:
    shown = said(home, "find red\n", "--session", "none")
    assert "dialens: an agent needs a model that calls tools: openai:MODEL@URL; got 'offline'" in (
        " ".join(shown.split())
    )
    assert not list((home / "sessions").glob("none*"))


def test_without_its_extra_the_agent_is_refused_with_the_extra(home: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['langchain_openai'] = None\n", encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "app.start", "chat", "--agent"],
        cwd=ROOT,
        env={**os.environ, "DIALENS_HOME": str(home), "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    wanted = "dialens: --agent: langchain_openai is not installed; pip install 'dialens[agent]'\n"
    assert done.stderr == wanted


def test_the_users_own_prompt_leads(home: Path) -> None:
    own = home / "prompts" / "agent" / "system.md"
    own.parent.mkdir(parents=True)
    header = 'method = "mine"\nsource = ""\ninputs = []\noutput = "words"\nversion = 1\n'
    own.write_text(f"+++\n{header}+++\nYou are a gardener.", encoding="utf-8")
    with serving(Strict(completion("hello"))) as server:
        said(home, "find red\n", "--llm", f"openai:m@{server.url}")
        assert server.asked[0]["messages"][0]["content"] == "You are a gardener."


def test_a_real_server_goes_on_with_a_thread_that_was_cut(
    home: Path, tmp_path: Path, server: Server
) -> None:
    """SmolLM2 seldom calls tools; the point is that llama.cpp takes them and the closed thread."""
    with (
        serving(Misbehaving(None)) as eye,
        serving(Strict(calling("search", text="red"))) as lead,
        chatting(
            home, "--stages", stages(tmp_path / "s.toml", lead.url, eye.url), "--session", "real"
        ) as process,
    ):
        say(process, "find red")
        asked_of(eye)
        process.send_signal(signal.SIGKILL)
        process.wait()
    shown = said(home, "say hello\n", "--llm", f"openai:m@{server.url}", "--session", "real")
    assert "> say hello\n" in shown and "lost" not in shown
    assert len(shown.partition("> say hello\n")[2].split("Kept:")[0].split()) > 1
