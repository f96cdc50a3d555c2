"""`dialens caption`: words in pictures and captions, for search to find."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.ExifTags import Base

from agent.captioning.describing import Describer, describe
from agent.captioning.sentences import open_sentences
from agent.ocr import TextReader, can_read
from app.library.library import locate
from retrievers.collection.collection import Collection
from retrievers.collection.storage.lock import WriterLock
from retrievers.collection.sync.sync_report import SyncProgress
from tests.agent.signs import sign
from tests.app.test_commands import run, run_json

SIGNS = ("Grand Hotel", "Bakery since 1923", "NO PARKING")
needs_ocr = pytest.mark.skipif(not can_read(), reason="pip install 'dialens[ocr]'")


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, new_home: Callable[[], Path]) -> Path:
    folder, home = tmp_path_factory.mktemp("pictures") / "Town", new_home()
    folder.mkdir()
    exif = Image.Exif()
    exif[Base.DateTime], exif[Base.Model] = "2019:07:04 18:30:00", "Zorkifoto 7"
    for number, says in enumerate(SIGNS):
        sign(says, size=48, width=480).save(folder / f"{number}.jpg", exif=exif)
    for number in range(3, 10):
        Image.new("RGB", (64, 48), (200, 25 * number, 0)).save(folder / f"{number}.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("index", str(folder))
    return home


@pytest.fixture
def home(
    indexed: Path, tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A home of its own with the same collection."""
    home = new_home()
    shutil.copytree(indexed / "collections", home / "collections")
    monkeypatch.setenv("DIALENS_HOME", str(home))
    return home


@needs_ocr
def test_what_is_written_in_a_picture_is_found_and_named(home: Path) -> None:
    assert run("caption")[0].startswith("Town: text of 10 pictures in ")
    (hit,) = run_json("search", "the bakery from 1923", "-k", "1")["hits"]
    assert hit["text"] == "Bakery since 1923" and hit["caption"] is None
    assert hit["why"]["words"] == ["bakery", "1923"]
    assert "  0 with a caption, 3 with text" in run("status")[0]


@needs_ocr
def test_a_second_run_reads_nothing(home: Path) -> None:
    assert run_json("caption")["described"] == 10
    again = run_json("caption")
    assert (again["described"], again["unchanged"], again["failed"]) == (0, 10, [])


def test_captions_say_what_exif_knows_and_search_finds_it(home: Path) -> None:
    said = run_json("caption", "--mllm", "offline", "--no-text")
    assert (said["described"], said["reader"]) == (10, None)
    assert said["captioner"].startswith("offline:")
    (hit,) = run_json("search", "zorkifoto", "-k", "1")["hits"]
    assert hit["caption"].endswith(
        ", taken on Thursday 4 July 2019 in the evening with Zorkifoto 7"
    )
    assert "that says" not in hit["caption"]
    (summary,) = run_json("status")
    assert (summary["captions"], summary["texts"]) == (10, 0)


def test_another_prompt_writes_the_captions_anew(home: Path, tmp_path: Path) -> None:
    stages = tmp_path / "stages.toml"
    stages.write_text('mllm = "offline"\n')
    caption = ("caption", "--stages", str(stages), "--no-text")
    assert [run_json(*caption)["described"] for _ in range(2)] == [10, 0]
    own = home / "prompts" / "caption" / "describe.md"
    own.parent.mkdir(parents=True)
    head = 'method = "m"\nsource = "s"\ninputs = []\noutput = "o"\nversion = 1\n'
    own.write_text(f"+++\n{head}+++\n{{{{ image(0) }}}}\nWhat is it?\n")
    assert [run_json(*caption)["described"] for _ in range(2)] == [10, 0]


@needs_ocr
def test_a_stop_keeps_what_is_done_and_the_next_run_goes_on(home: Path) -> None:
    told: list[SyncProgress] = []
    collection = Collection.open(locate("Town"))
    describer = Describer(
        None, TextReader(threads=1), open_sentences(collection.folder / "captions.db")
    )
    report = describe(
        collection, describer, on_progress=told.append, should_stop=lambda: bool(told)
    )
    collection.close()
    assert report.stopped and report.described == 8
    assert run_json("caption")["described"] == 2


@needs_ocr
@pytest.mark.slow
def test_a_killed_run_loses_at_most_the_picture_at_hand(home: Path) -> None:
    program = [sys.executable, "-m", "app.start", "caption", "Town"]
    process = subprocess.Popen(program, env=os.environ, stdout=subprocess.DEVNULL)
    time.sleep(3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = run_json("status")[0]["texts"]
    assert run_json("caption")["unchanged"] >= done
    assert run_json("status")[0]["texts"] == 3


@needs_ocr
def test_a_file_that_is_gone_is_named_and_tried_again(home: Path) -> None:
    collection = Collection.open(locate("Town"))
    (root,) = collection.roots()
    collection.close()
    (root / "4.png").rename(root / "away")
    try:
        said = run("caption")[0]
        assert "text of 9 pictures" in said
        assert "1 could not be read; the next run tries them again:\n  4.png: " in said
    finally:
        (root / "away").rename(root / "4.png")
    assert run_json("caption")["described"] == 1


@needs_ocr
def test_a_collection_that_is_being_written_is_left_alone(home: Path) -> None:
    lock = WriterLock(locate("Town"))
    try:
        assert "is being written by process" in run("caption", code=1)[1]
    finally:
        lock.release()


def test_without_the_ocr_one_line_says_so_and_captions_go_on(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.library.captioning.can_read", lambda: False)
    out, told = run("caption", "--mllm", "offline")
    assert out.startswith("Town: captions of 10 pictures in ")
    assert told.count("pip install 'dialens[ocr]'") == 1
    assert "name a captioner with --mllm" in run("caption", code=1)[1]


def test_what_cannot_be_opened_is_one_line(home: Path, tmp_path: Path) -> None:
    assert "no model 'nobody'" in run("caption", "--mllm", "nobody", code=1)[1]
    _, error = run("caption", "--stages", str(tmp_path / "x"), code=1)
    assert "x cannot be read: No such file or directory" in error
    assert "neither captions nor text" in run("caption", "--no-text", code=1)[1]
