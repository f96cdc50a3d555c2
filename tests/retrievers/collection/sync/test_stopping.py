"""A sync that is told to stop, at whichever boundary, loses nothing and forgets nothing."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.collection.sync.sync_report import SyncReport
from retrievers.pictures import find_pictures
from tests.encoders import ColourEncoder
from tests.retrievers.folders import contents, empty, paint, painted, run


@dataclass
class AtAsk:
    """Says yes when asked for the n-th time: from then on, or that time only."""

    number: int = 10**9
    once: bool = False
    asked: int = 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.asked == self.number or (self.asked > self.number and not self.once)


def stopped(collection: Collection, folder: Path, should_stop: Callable[[], bool]) -> SyncReport:
    return sync(collection, ColourEncoder(), folder, batch=2, should_stop=should_stop)


@pytest.fixture
def changed(tmp_path: Path) -> tuple[Path, Path]:
    """A collection, and its folder after much has happened to it."""
    folder, kept = painted(tmp_path / "p", 4), tmp_path / "kept"
    run(collection := empty(kept), folder)
    collection.close()
    (folder / "0.png").rename(paint(folder / "trip" / "0.png", 50).with_name("moved.png"))
    (folder / "1.png").unlink()
    paint(folder / "2.png", 60)
    shutil.copy(folder / "3.png", folder / "trip" / "copy.png")
    (folder / "trip" / "bad.jpg").write_bytes(b"no picture")
    paint(folder / "trip" / "deep" / "new.png", 70)
    (folder / "link").symlink_to(folder / "trip" / "deep", target_is_directory=True)
    return kept, folder


@pytest.mark.parametrize("once", [False, True])
def test_a_stop_at_every_boundary_keeps_what_is_committed_and_the_next_sync_ends_alike(
    tmp_path: Path, changed: tuple[Path, Path], once: bool
) -> None:
    kept, folder = changed
    shutil.copytree(kept, tmp_path / "whole")
    whole = Collection.open(tmp_path / "whole")
    stopped(whole, folder, never := AtAsk())
    before, wanted = set(contents(Collection.open(kept))), contents(whole)
    assert never.asked > 20
    for number in range(1, never.asked + 1):
        shutil.copytree(kept, here := tmp_path / str(number))
        collection = Collection.open(here)
        report = stopped(collection, folder, AtAsk(number, once))
        assert report.stopped
        assert before & set(wanted) <= set(contents(collection)) <= before | set(wanted)
        assert not run(collection, folder).stopped
        assert contents(collection) == wanted
        collection.close()


def test_a_stop_in_the_first_look_at_a_new_folder_is_no_vanished_drive(tmp_path: Path) -> None:
    folder, collection = painted(tmp_path / "p"), empty(tmp_path / "c")
    assert stopped(collection, folder, lambda: True).stopped
    assert (len(collection), collection.roots()) == (0, [folder])
    run(collection, folder)
    for path in folder.iterdir():
        path.unlink()
    (folder / "notes.txt").touch()
    assert stopped(collection, folder, lambda: True).stopped
    assert len(collection) == 5


def test_a_walk_asks_at_every_name_and_in_every_folder(tmp_path: Path) -> None:
    folder = painted(tmp_path / "p", 3)
    painted(folder / "inner", 3)
    (folder / "text.txt").touch()
    assert len(list(find_pictures(folder, should_stop=(never := AtAsk())))) == 6
    assert never.asked >= 8
    assert list(find_pictures(folder, should_stop=lambda: True)) == []


def test_a_stop_gives_up_what_was_read_ahead_and_not_yet_needed(tmp_path: Path) -> None:
    folder, collection = painted(tmp_path / "p", 60), empty(tmp_path / "c")
    done: list[int] = []
    report = sync(
        collection,
        ColourEncoder(),
        folder,
        batch=2,
        on_progress=lambda told: done.append(told.done),
        should_stop=lambda: bool(done) and done[-1] >= 4,
    )
    assert report.stopped and len(collection) == 4
