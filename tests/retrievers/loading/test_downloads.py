"""Files come from a hub over HTTP, in a process of their own, through every mishap on the way."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.loopback_hub import Faults, HostedModel, LoopbackHub, digest, serving

REPO = "our/model"
SIZE = 3_000_000
LARGE = random.Random(0).randbytes(SIZE)
SMALL = b'{"a": 1}'
CODE = (
    "import sys\n"
    "from retrievers.encoder import EncoderError\n"
    "from retrievers.loading.local_weights import download\n"
    "try:\n"
    "    print(download('our/model', ['*.json', '*.onnx'], but=[], revision=sys.argv[1]))\n"
    "except EncoderError as error:\n"
    "    sys.exit(f'refused: {error}')\n"
)


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    with serving() as hub:
        files = {"config.json": SMALL, "onnx/model.onnx": LARGE, "empty.json": b""}
        hub.models[REPO] = HostedModel({**files, "more.bin": b"x"})
        yield hub


def started(hub: LoopbackHub, cache: Path, revision: str = "main") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CODE, revision],
        env=os.environ | hub.environment() | {"HF_HOME": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def downloaded(hub: LoopbackHub, cache: Path, revision: str = "main") -> tuple[Path, str]:
    """Return the folder and what was told."""
    process = started(hub, cache, revision)
    out, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    return Path(out.strip()), told


def refused(hub: LoopbackHub, cache: Path, revision: str = "main") -> str:
    """Return the one line of a refusal."""
    process = started(hub, cache, revision)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1, told
    (line,) = [line for line in told.splitlines() if line.startswith("refused: ")]
    assert told.rstrip().endswith(line)
    return line.removeprefix("refused: ")


def check(folder: Path) -> None:
    files = {str(one.relative_to(folder)): one for one in folder.rglob("*") if one.is_file()}
    assert sorted(files) == ["config.json", "empty.json", "onnx/model.onnx"]
    assert files["onnx/model.onnx"].read_bytes() == LARGE
    assert files["config.json"].read_bytes() == SMALL
    assert folder.name == "c" * 40


def test_files_come_whole_after_one_line_with_name_size_and_licence(
    hub: LoopbackHub, tmp_path: Path
) -> None:
    folder, told = downloaded(hub, tmp_path)
    check(folder)
    assert told == "Fetching our/model@cccccccccccc: 3.0 MB; licence: apache-2.0\n"
    before = hub.sent
    again, told = downloaded(hub, tmp_path, "c" * 40)
    assert (again, told, hub.sent) == (folder, "", before)


def test_a_connection_that_breaks_is_made_anew_and_nothing_comes_twice(
    hub: LoopbackHub, tmp_path: Path
) -> None:
    hub.faults = Faults(cut_after=1_000_000, cuts=2)
    check(downloaded(hub, tmp_path)[0])
    assert hub.faults.cuts == 0
    assert hub.sent < SIZE + 2 * 200_000  # what was on its way when it broke


def test_what_came_before_a_kill_is_kept(hub: LoopbackHub, tmp_path: Path) -> None:
    for stop in (signal.SIGKILL, signal.SIGINT):
        before = hub.sent
        hub.faults = Faults(pause=0.02)
        process = started(hub, tmp_path)
        while hub.sent < before + 800_000:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(stop)
        process.communicate(timeout=30)
    hub.faults = Faults()
    hub.asked.clear()
    folder, told = downloaded(hub, tmp_path)
    check(folder)
    assert " of it already here" in told
    begins = [one.headers["Range"] for one in hub.asked if "/stored/" in one.path]
    assert len(begins) == 1
    assert int(begins[0].removeprefix("bytes=").rstrip("-")) > 1_000_000


def test_a_hub_that_begins_anew_each_time_is_followed(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.faults = Faults(cut_after=1_000_000, cuts=1, ignore_range=True)
    check(downloaded(hub, tmp_path)[0])


def test_one_that_always_breaks_off_is_given_up_and_gone_on_with_later(
    hub: LoopbackHub, tmp_path: Path
) -> None:
    hub.faults = Faults(cut_after=0)
    said = refused(hub, tmp_path)
    assert "onnx/model.onnx of our/model did not come whole" in said
    assert said.endswith("what came is kept, and the same command goes on from there")
    hub.faults = Faults()
    check(downloaded(hub, tmp_path)[0])


def test_wrong_bytes_are_refused_and_removed(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.faults = Faults(wrong=True)
    said = refused(hub, tmp_path)
    assert f"onnx/model.onnx of our/model@{'c' * 40} is not what the model hub says it is" in said
    left = [one.name for one in tmp_path.rglob("*") if one.is_file()]
    assert not any(digest(LARGE) in name and not name.endswith(".lock") for name in left)
    hub.faults = Faults()
    check(downloaded(hub, tmp_path)[0])


@pytest.mark.parametrize(
    ("model", "revision", "says"),
    [
        (None, "main", "has no 'our/model@main'"),
        (HostedModel({}, gated=True), "main", "only to those who accepted its terms"),
        (HostedModel({}), "v9", "has no 'our/model@v9'"),
        (HostedModel({}, commit="not a commit"), "main", "answers for 'our/model@main' with 'not"),
    ],
)
def test_what_the_hub_does_not_give_is_one_line(
    hub: LoopbackHub, tmp_path: Path, model: HostedModel | None, revision: str, says: str
) -> None:
    hub.models = {REPO: model} if model else {}
    assert says in refused(hub, tmp_path, revision)


def test_a_silent_hub_is_left_in_time(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.faults = Faults(silent=True)
    code = (
        "from retrievers.loading.hub.repository import UnreachableHubError, look_up\n"
        "import time; began = time.perf_counter()\n"
        "try: look_up('our/model', 'main', within=0.5)\n"
        "except UnreachableHubError as error: print(error, time.perf_counter() - began < 1)\n"
    )
    environment = os.environ | hub.environment() | {"HF_HOME": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout == f"{hub.endpoint} does not answer within 0.5 s True\n"


def test_nothing_is_sent_but_what_is_asked_for(hub: LoopbackHub, tmp_path: Path) -> None:
    downloaded(hub, tmp_path)
    known = {"host", "accept", "accept-encoding", "connection", "user-agent", "range"}
    known |= {"x-amzn-trace-id", "x-hf-download-counter"}  # a random number; 1
    for one in hub.asked:
        assert one.method in ("GET", "HEAD")
        headers = {key.lower(): value for key, value in one.headers.items()}
        assert set(headers) <= known
        assert "torch" not in headers["user-agent"]
        assert "agent/" not in headers["user-agent"]
