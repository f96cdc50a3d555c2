"""Ctrl-C and SIGTERM in a long command: it ends after the step it is at, and nothing is lost."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from retrievers.concurrency.signals import stoppable
from tests.app.test_commands import run
from tests.retrievers.folders import painted

ROOT = Path(__file__).parents[2]


def test_the_first_signal_is_a_value_and_the_second_an_interruption() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        with stoppable() as asked:
            assert not asked()
            os.kill(os.getpid(), number)
            assert asked()
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), number)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_that_is_ignored_stays_ignored_and_threads_are_left_alone() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stoppable() as asked:
            os.kill(os.getpid(), signal.SIGINT)
            assert not asked()
    finally:
        signal.signal(signal.SIGINT, before)
    answers: list[bool] = []

    def work() -> None:
        with stoppable() as asked:
            answers.append(asked())

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert answers == [False]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_index_that_is_stopped_while_it_looks_for_files_goes_on_next_time(
    tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, how: int
) -> None:
    home, folder = new_home(), painted(tmp_path / "Many", 2)
    for number in range(30_000):
        os.link(folder / "0.png", folder / f"x{number}.png")
    command = [sys.executable, "-m", "app.start", "index", str(folder), "--json"]
    environment = {**os.environ, "DIALENS_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        end = monotonic() + 60
        while not list((home / "collections").glob("Many/records.db")):  # made, and not yet filled
            assert monotonic() < end
            sleep(0.002)
        process.send_signal(how)
        out, _ = process.communicate(timeout=60)
    assert process.returncode in (130, -how, 143)
    if out:
        assert json.loads(out)["stopped"]
    for number in range(30_000):
        (folder / f"x{number}.png").unlink()
    monkeypatch.setenv("DIALENS_HOME", str(home))
    assert run("index", str(folder))[0].startswith("Many: ")
    assert len(list((home / "collections").iterdir())) == 1
