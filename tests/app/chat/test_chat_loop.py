"""A conversation at a keyboard: what a person sees, in a real terminal."""

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.app.test_commands import COLOURS, paint, run

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, new_home: Callable[[], Path]) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "Walls"
    for name, colour in COLOURS.items():
        for at in range(3):
            paint(folder / f"{name}{at}.png", colour, (120 + at, 90))
    home = new_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("index", str(folder))
    return home


class Terminal:
    """Types, and reads until something is shown."""

    def __init__(self, end: int, process: subprocess.Popen[bytes]) -> None:
        self.end, self.process, self.seen = end, process, ""

    def until(self, words: str, seconds: float = 60) -> str:
        """Return what was shown up to these words."""
        limit = time.monotonic() + seconds
        while words not in self.seen:
            ready, _, _ = select.select([self.end], [], [], max(0, limit - time.monotonic()))
            if not ready:
                raise AssertionError(f"no {words!r} in {self.seen!r}")
            try:
                self.seen += os.read(self.end, 65536).decode(errors="replace")
            except OSError:
                raise AssertionError(f"ended without {words!r}: {self.seen!r}") from None
        before, _, self.seen = self.seen.partition(words)
        return before + words

    def type(self, line: str) -> None:
        os.write(self.end, f"{line}\n".encode())


@contextmanager
def chatting(home: Path, *options: str, **environment: str) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    ours_too = {"DIALENS_HOME": str(home), "TERM": "dumb", "COLUMNS": "100"}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.start", "chat", *options],
        cwd=ROOT,
        env=kept | ours_too | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process)
        assert process.wait(30) == 0
    finally:
        process.kill()
        os.close(ours)


def test_what_was_understood_is_corrected_before_the_search(home: Path) -> None:
    with chatting(home, "--confirm", "-k", "3") as screen:
        screen.until("dialens>")
        screen.type("red wall, no people")
        screen.until("+ 1 red wall\r\n+ 2 not people\r\n")
        screen.until("ok?>")
        screen.type("/drop 9")
        screen.until("There is no constraint 9: they go from 1 to 2.")
        screen.until("ok?>")
        screen.type("/drop people")
        screen.until("ok?>")
        screen.type("/change 1 to green wall")
        screen.until("+ 1 green wall\r\n")
        screen.until("ok?>")
        screen.type("")
        shown = screen.until("dialens>")
        assert "  green" in shown
        screen.type("/change 1 to blue wall")
        screen.until("~ 1 green wall -> blue wall\r\n")
        screen.until("ok?>")
        screen.type("undo")
        screen.until("dialens>")
        screen.type("/constraints")
        assert "1 green wall" in screen.until("dialens>")
        screen.type("/q")
        screen.until("Kept: ")


def test_the_prompt_is_coloured_where_colours_are_wanted(home: Path) -> None:
    for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        with chatting(home, TERM="xterm", **environment) as screen:
            told = screen.until("dialens>")
            assert ("\x1b[1;36m" in told) == coloured
            screen.type("/q")
            screen.until("Kept: " if "Kept" in screen.seen else "/q")


def test_a_question_with_pictures_is_answered_by_a_letter(home: Path) -> None:
    with chatting(home, "--ask", "pictures", "-k", "2", "--thumbnails", "none") as screen:
        screen.until("dialens>")
        screen.type("wall")
        shown = screen.until("or say it in words")
        assert "Which of these is closest?" in shown
        assert "  a  " in shown
        screen.until("dialens>")
        screen.type("a")
        screen.until("  1 wall\r\n+ 2 like 1 picture\r\n")
        screen.until("dialens>")
        screen.type("/q")
        screen.until("Kept: ")


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a model that takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"


def test_ctrl_c_stops_a_turn_and_not_the_conversation(
    home: Path, silent: str, tmp_path: Path
) -> None:
    stages = tmp_path / "stages.toml"
    stages.write_text(f'reranker = "pick"\nmllm = "openai:m@{silent}"\n')
    with chatting(home, "--stages", str(stages), "-k", "3") as screen:
        screen.until("dialens>")
        screen.type("red wall")
        time.sleep(2)
        screen.process.send_signal(signal.SIGINT)
        screen.until("stopped; say how to go on")
        screen.until("dialens>")
        screen.type("/constraints")
        assert "anything" in screen.until("dialens>")
        screen.type("/q")
