"""Pictures that cost more than they look, to the command line and to the processes that decode."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from retrievers.pictures.decoding import decoding_cost
from retrievers.pictures.decoding.decode import TooCostly, UndecodableBytes, decode, facts_of
from retrievers.pictures.decoding.decoders import Decoders
from retrievers.pictures.files.kinds import kind_of
from tests.bombs import dear, many_scans, poison, refused
from tests.hostile import photo, readable, saved

ROOT = Path(__file__).parents[4]
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")


@pytest.fixture
def decoders() -> Iterator[Decoders]:
    with Decoders() as made:
        yield made


def decoding(parent: int) -> list[int]:
    """Return the processes that decode for another one."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            above = int((one / "stat").read_text().rpartition(")")[2].split()[1])
            command = (one / "cmdline").read_bytes()
            if above == parent and b"retrievers.pictures.decoding.decoder_process" in command:
                found.append(int(one.name))
    return found


def soon(what: Callable[[], object], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(what())


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "DIALENS_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "app.start", *words]
    return subprocess.Popen(
        command,
        cwd=home,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_an_index_names_each_bomb_and_reads_all_pictures_among_them(
    tmp_path: Path, new_home: Callable[[], Path]
) -> None:
    folder, bombs = tmp_path / "Mixed", refused()
    folder.mkdir()
    for name, data in [*dear().items(), *((name, data) for name, (data, _) in bombs.items())]:
        (folder / name).write_bytes(data)
    for n in range(8):
        kind = ("JPEG", "PNG", "WEBP", "TIFF")[n % 4]
        (folder / f"good{n}.{kind.lower()}").write_bytes(saved(photo(seed=10 + n), kind))
    out, err = start(new_home(), "index", str(folder), "--json").communicate(timeout=120)
    report = json.loads(out)
    told = {Path(one["path"]).name: one["reason"] for one in report["failed"]}
    assert set(told) == set(bombs), err
    assert all(reason in told[name] for name, (_, reason) in bombs.items())
    assert report["encoded"] == 8 + len(dear())


def test_an_example_that_costs_too_much_is_refused_in_a_line_that_names_it(
    tmp_path: Path, new_home: Callable[[], Path]
) -> None:
    bomb = tmp_path / "scans.jpg"
    bomb.write_bytes(many_scans())
    folder, home = tmp_path / "Good", new_home()
    folder.mkdir()
    (folder / "good.jpg").write_bytes(saved(photo(), "JPEG"))
    start(home, "index", str(folder)).communicate(timeout=120)
    asked = start(home, "search", "--image", str(bomb))
    _, err = asked.communicate(timeout=60)
    assert asked.returncode != 0
    assert "scans.jpg" in err and "too costly" in err and err.count("\n") == 1


@ON_LINUX
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stop_in_the_middle_of_a_poisoned_decode_ends_at_once_and_leaves_no_process(
    tmp_path: Path, new_home: Callable[[], Path], how: signal.Signals
) -> None:
    folder = tmp_path / "Poison"
    folder.mkdir()
    for n in range(2):
        (folder / f"{n}.tif").write_bytes(poison() + bytes([n]))
    process = start(new_home(), "index", str(folder))
    assert soon(lambda: decoding(process.pid), 60)
    at_work = decoding(process.pid)
    begin = time.monotonic()
    process.send_signal(how)
    process.communicate(timeout=30)
    assert time.monotonic() - begin < 5
    assert soon(lambda: not any(Path(f"/proc/{one}").exists() for one in at_work), 5)


@ON_LINUX
def test_a_decoder_that_is_killed_costs_one_picture_and_the_next_one_is_read(
    decoders: Decoders,
) -> None:
    webp, others = saved(photo(), "WEBP"), set(decoding(os.getpid()))
    assert decoders.decode(webp, min_side=10).width == 120
    (idle,) = set(decoding(os.getpid())) - others
    os.kill(idle, signal.SIGKILL)
    time.sleep(0.1)
    assert decoders.decode(webp, min_side=10).width == 120
    (busy,) = set(decoding(os.getpid())) - others
    with ThreadPoolExecutor(1) as aside:
        read = aside.submit(decoders.decode, poison(), min_side=10)
        time.sleep(0.3)
        os.kill(busy, signal.SIGKILL)
        with pytest.raises(UndecodableBytes, match="broke down"):
            read.result(20)
    assert decoders.decode(webp, min_side=10).width == 120


@ON_LINUX
def test_what_nothing_told_of_is_killed_when_its_time_is_over_and_holds_up_no_other(
    decoders: Decoders,
) -> None:
    webp = saved(photo(), "WEBP")
    decoders.decode(webp, min_side=10)
    with ThreadPoolExecutor(1) as aside:
        read = aside.submit(decoders.decode, poison(), min_side=10)
        slowest = 0.0
        while not read.done():
            begin = time.monotonic()
            decoders.decode(webp, min_side=10)
            slowest = max(slowest, time.monotonic() - begin)
            time.sleep(0.2)
        with pytest.raises(TooCostly, match="took longer"):
            read.result()
    assert slowest < 2


def test_closed_decoders_give_up_what_they_are_at_and_begin_nothing(decoders: Decoders) -> None:
    with ThreadPoolExecutor(3) as aside:
        reads = [aside.submit(decoders.decode, poison(), min_side=10) for _ in range(3)]
        time.sleep(0.3)
        begin = time.monotonic()
        decoders.close()
        for read in reads:
            with pytest.raises(UndecodableBytes, match="was stopped"):
                read.result(20)
    assert time.monotonic() - begin < 3
    with pytest.raises(UndecodableBytes, match="was stopped"):
        decoders.decode(saved(photo(), "WEBP"), min_side=10)


def test_decoders_agree_with_a_decode_in_this_process(decoders: Decoders) -> None:
    for name, (data, size) in readable().items():
        held, own = decoders.decode(data, min_side=64, facts=True), decode(data, min_side=64)
        assert (held.width, held.height) == size == (own.width, own.height), name
        assert held.image.tobytes() == own.image.tobytes(), name
        assert held.facts == facts_of(data) == decoders.facts(data), name


def is_plain(data: bytes) -> bool:
    kind = kind_of(data)
    return kind is not None and decoding_cost.is_plain(kind, data)


def test_only_common_photographs_of_known_cost_are_decoded_where_they_are_needed() -> None:
    files = {name: data for name, (data, _) in readable().items()}
    plain = {name for name, data in files.items() if is_plain(data)}
    assert {"good.jpg", "good.png", "progressive.jpg", "two-views.jpg", "cmyk.jpg"} <= plain
    assert all(files[name][:2] in (b"\xff\xd8", b"\x89P") for name in plain)
    for data in [*(data for data, _ in refused().values()), *dear().values(), poison()]:
        assert not is_plain(data)
