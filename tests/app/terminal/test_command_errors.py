import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.terminal.command_errors import as_typed

HOUSE = Path(__file__).parent.parent.parent.parent


def run(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a one-command program whose command is the code."""
    return subprocess.run(
        [sys.executable, "-c", program(code)],
        capture_output=True,
        text=True,
        cwd=HOUSE,
        env=os.environ | environment,
    )


def test_an_error_of_the_system_names_its_file_and_no_number() -> None:
    for code in ('open("no\\tne")', "import os; os.scandir('no\\tne')"):
        told = run(code)
        assert told.returncode == 1
        assert "Errno" not in told.stderr and ": No such file or directory" in told.stderr
    two = run("import os; os.rename('gone', 'to')").stderr
    assert two == "dialens: gone and to: No such file or directory\n"


def test_a_file_with_several_wrong_keys_gets_a_line_for_each(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text("budget = 'x'\n[prompts]\na = 1\n", encoding="utf-8")
    told = run(
        "from agent.stages.config import read_stages; from pathlib import Path;"
        f" read_stages(Path({str(path)!r}))"
    )
    assert told.returncode == 1
    assert told.stderr.splitlines() == [
        f"dialens: {path}: budget: must be a number, without quotes; got 'x'",
        f"dialens: {path}: prompts.a: must be a text in quotes; got 1",
    ]


def program(code: str) -> str:
    return f"""
import typer
from app.terminal.command_errors import door
app = typer.Typer(pretty_exceptions_enable=False)
@app.command()
@door
def command() -> None:
    {code}
app()
"""


def test_an_error_is_one_line_on_stderr_and_exit_code_1() -> None:
    done = run("raise ValueError('k must be in 1..3;\\n got 9')")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "dialens: k must be in 1..3; got 9\n"


def test_a_bug_keeps_its_traceback() -> None:
    done = run("{}['absent']")
    assert done.returncode == 1
    assert "KeyError: 'absent'" in done.stderr


def test_an_error_shows_where_it_happened_on_request() -> None:
    assert "Traceback" in run("raise ValueError('no')", DIALENS_DEBUG="1").stderr


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_ends_with_130_and_one_line() -> None:
    code = "import time; print('ready', flush=True); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", program(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=HOUSE,
    )
    with process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "\ndialens: stopped\n")


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_reader_that_leaves_early_causes_no_traceback() -> None:
    code = "[print('x' * 1000) for _ in range(10000)]"
    with subprocess.Popen(
        [sys.executable, "-c", program(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=HOUSE,
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (141, "")


def test_only_paragraphs_of_commands_keep_their_line_breaks() -> None:
    assert as_typed("One.\n\ndialens a\ndialens b\n\nTwo.") == (
        "One.\n\n\b\ndialens a\ndialens b\n\nTwo."
    )


def test_help_takes_less_than_0_4_seconds_of_cpu() -> None:
    def spent() -> float:
        before = os.times()
        subprocess.run([sys.executable, "-m", "app.start", "--help"], cwd=HOUSE, check=True)
        after = os.times()
        return (
            after.children_user
            - before.children_user
            + (after.children_system - before.children_system)
        )

    assert min(spent() for _ in range(3)) < 0.4
