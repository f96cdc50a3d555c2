"""No name, caption or reply from elsewhere gives a terminal or a Markdown file an order."""

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image

HOSTILE = "a\x1b]0;owned\x07\x1b[2J\x9b31m\u202egpj.dog\u2066b"
ORDERS = re.compile(
    "\x1b[^\\[m]|\x1b\\[[^m]*[A-HJKSTfnu]|\x07|[\x80-\x9f\u202a-\u202e\u2066-\u2069]"
)
"""What would set a title, clear the screen, move the cursor or turn the writing round."""


@pytest.fixture(scope="module")
def home(new_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a collection whose pictures, folder, tags and captions are named with orders."""
    folder = tmp_path_factory.mktemp("pictures") / f"trip {HOSTILE}"
    folder.mkdir()
    for name, colour in (("red", "red"), (HOSTILE, "blue")):
        Image.new("RGB", (40, 30), colour).save(folder / f"{name}.png")
    (folder / f"broken {HOSTILE}.jpg").write_bytes(b"no picture")
    home = new_home()
    done = run(home, "index", str(folder), "--name", "c")
    assert done.returncode == 0, done.stderr
    assert not ORDERS.search(done.stdout + done.stderr)
    return home


def run(home: Path, *args: str, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.start", *args],
        input=said,
        env=os.environ | {"DIALENS_HOME": str(home)},
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )


def on_a_terminal(home: Path, args: Sequence[str], said: str = "") -> str:
    """Run it with a pseudo-terminal as its standard input and output; return all it wrote."""
    ours, theirs = pty.openpty()
    env = os.environ | {"DIALENS_HOME": str(home), "TERM": "xterm-256color", "PAGER": ""}
    with subprocess.Popen(
        [sys.executable, "-m", "app.start", *args],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=env,
    ):
        os.close(theirs)
        os.write(ours, said.encode())
        wrote = b""
        while select.select([ours], [], [], 60)[0]:
            try:
                wrote += os.read(ours, 65536)
            except OSError:  # the last of them closed it
                break
    os.close(ours)
    return wrote.decode(errors="surrogateescape")


DOORS: Sequence[Sequence[str]] = (
    ("search", "something blue", "-c", "c"),
    ("search", "something blue", "-c", "c", "--why"),
    ("search", HOSTILE, "-c", "c"),
    ("search", "something blue", "-c", "c", "--path", HOSTILE),
    ("search", "something blue", "-c", "c", "--like", HOSTILE),
    ("search", "something blue", "-c", HOSTILE),
    ("status", "c"),
    ("doctor", "c"),
    ("eval", "my", HOSTILE),
    ("eval", "compare", HOSTILE, HOSTILE),
    ("finetune", "show", HOSTILE),
    ("sessions", "show", HOSTILE),
    ("index", HOSTILE),
    ("export", "c", HOSTILE + "/nowhere"),
)


@pytest.mark.parametrize("args", DOORS, ids=lambda args: " ".join(args[:2]).replace(HOSTILE, "X"))
def test_no_command_sends_a_hostile_name_to_the_terminal(args: Sequence[str], home: Path) -> None:
    done = run(home, *args)
    assert not ORDERS.search(done.stdout + done.stderr)


def test_a_table_and_a_chat_on_a_real_terminal_show_the_codes(home: Path) -> None:
    shown = on_a_terminal(home, ("search", "something blue", "-c", "c"))
    assert "\\x1b]0;owned" in re.sub(r"\s", "", shown)
    assert "\x1b]0;" not in shown and "\u202e" not in shown
    talked = on_a_terminal(home, ("chat", "c", "--session", "s"), "something blue\nbye\n")
    assert "\x1b]0;" not in talked and "\u202e" not in talked


def test_a_conversation_as_markdown_holds_no_orders(home: Path) -> None:
    run(home, "chat", "c", "--session", "t", said=f"a blue wall\n{HOSTILE}\n")
    told = run(home, "sessions", "show", "t").stdout
    assert "owned" in told
    assert not ORDERS.search(told)
