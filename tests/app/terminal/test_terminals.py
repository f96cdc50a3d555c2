"""Terminals as they are: closed, gone, narrow, without colour, and shorter than a table."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent.parent.parent
PYTHON = sys.executable
LONG = """
import typer
from app.terminal.command_errors import door
from app.output.fitted_table import Column, Fitted
from app.terminal.terminal import show, terminal
app = typer.Typer(pretty_exceptions_enable=False)
@app.command()
@door
def command() -> None:
    show(terminal(), Fitted(columns=[Column(head="n", style="red")],
                            rows=[(f"row {n}",) for n in range(9999)]))
app()
"""


def shell(line: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    own = {"PYTHONPATH": str(HOUSE), "PYTHON": PYTHON, "LONG": LONG}
    return subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        text=True,
        cwd=HOUSE,
        env=os.environ | own | environment,
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("profiles <&- >&- 2>&-", 0),
        ("search boat -c absent >&-", 1),
        ("search boat -c absent 2>&-", 1),
    ],
)
def test_a_closed_stream_is_no_fault(line: str, code: int) -> None:
    done = shell(f'"$PYTHON" -m app.start {line}')
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") <= 1, done.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["-c", LONG], 141),
        (["-m", "app.start", "prompts", "list"], 141),
        (["-m", "app.start", "--help"], 1),
    ],
    ids=["a table", "lines", "help"],
)
def test_a_reader_that_went_away_ends_a_command_quietly(command: list[str], code: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [PYTHON, *command], stdout=writer, stderr=subprocess.PIPE, text=True, cwd=HOUSE
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (code, "")


def test_thirty_columns_hold_the_profiles() -> None:
    done = shell('"$PYTHON" -m app.start profiles', COLUMNS="30")
    table = done.stdout.partition("This machine")[0]
    assert done.returncode == 0
    assert max(map(len, table.splitlines())) <= 30


def on_a_terminal(**environment: str) -> str:
    """Print the long table on a terminal of 24 lines, and return all that it was sent."""
    ours, theirs = pty.openpty()
    screen = {"COLUMNS": "80", "LINES": "24", "TERM": "xterm", "PYTHONPATH": str(HOUSE)}
    left = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen(
        [PYTHON, "-c", LONG],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=HOUSE,
        env=left | screen | environment,
    ):
        os.close(theirs)
        told = b""
        try:
            while held := os.read(ours, 65536):
                told += held
        except OSError:  # how Linux says that the other end is closed
            pass
    os.close(ours)
    return told.decode()


def test_a_table_longer_than_the_screen_goes_through_the_pager() -> None:
    told = on_a_terminal(PAGER="sed -n 's/row 7 */paged/p'")
    assert "paged" in told and "row 8" not in told
    assert "\x1b[31m" in told


@pytest.mark.parametrize(
    "environment",
    [
        {"PAGER": ""},
        {"PAGER": "no-such-program", "NO_COLOR": "1"},
        {"PAGER": "sed d", "TERM": "dumb"},
    ],
)
def test_without_a_pager_the_table_is_printed(environment: dict[str, str]) -> None:
    told = on_a_terminal(**environment)
    assert "row 0" in told and "row 9998" in told
    assert ("\x1b[31m" in told) == (len(environment) == 1)


def test_ctrl_c_is_the_pagers_while_it_runs() -> None:
    stopped = "import os, signal, time; os.kill(os.getppid(), signal.SIGINT); time.sleep(0.3)"
    told = on_a_terminal(PAGER=f"{PYTHON} -c '{stopped}; print(\"paged\")'")
    assert "paged" in told
    assert "stopped" not in told.replace(stopped, "")


def test_ctrl_c_while_the_code_is_still_read_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n")
    done = shell('"$PYTHON" -m app.start profiles', PYTHONPATH=f"{tmp_path}:{HOUSE}")
    assert (done.returncode, done.stderr) == (130, "dialens: stopped\n")


@pytest.mark.parametrize("width", [{}, {"COLUMNS": "40"}])
def test_what_is_piped_has_a_line_a_row_unless_a_width_is_asked_for(width: dict[str, str]) -> None:
    wide = LONG.replace('f"row {n}",) for n in range(9999)', '"long " * 99,)')
    assert wide != LONG
    done = shell('"$PYTHON" -c "$WIDE" | wc -l', WIDE=wide, **width)
    assert (int(done.stdout) == 2) is not bool(width), done.stdout
