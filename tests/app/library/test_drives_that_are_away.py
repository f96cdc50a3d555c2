"""An inner drive or share that is away costs no pictures, and what comes back keeps its words."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep

import pytest

from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.collection.writer import CollectionWriter
from tests.app.server.running import ROOT, running
from tests.app.test_commands import run as dialens
from tests.app.test_commands import run_json
from tests.encoders import ColourEncoder
from tests.retrievers.folders import contents, empty, paint, painted, run

MEMORY = Path("/dev/shm")  # a second device, which every Linux has
IN_A_NAMESPACE = ["unshare", "-rm", sys.executable, "-c"]


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder on another device."""
    if not MEMORY.is_dir():
        pytest.skip("there is no second device")
    folder = Path(mkdtemp(dir=MEMORY))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return painted(tmp_path / "Photos", 2)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with closing(empty(tmp_path / "collection")) as collection:
        yield collection


def vanish(drive: Path) -> None:
    drive.rename(drive.with_name(f"{drive.name}-unplugged"))


def empties(drive: Path) -> None:
    for path in drive.iterdir():
        path.rename(drive.parent / f"kept-{path.name}")


@pytest.mark.parametrize("gone", [vanish, empties], ids=["missing", "empty"])
@pytest.mark.parametrize("where", ["nas", "trips/2019/nas"])
@pytest.mark.parametrize("other_device", [True, False], ids=["another device", "the same device"])
def test_a_linked_drive_that_is_away_keeps_its_pictures(
    photos: Path,
    collection: Collection,
    elsewhere: Path,
    tmp_path: Path,
    gone: Callable[[Path], None],
    where: str,
    other_device: bool,
) -> None:
    drive = painted((elsewhere if other_device else tmp_path / "media") / "drive", 4)
    (photos / where).parent.mkdir(parents=True, exist_ok=True)
    (photos / where).symlink_to(drive)
    run(collection, photos, follow_links=True)
    before = contents(collection)
    gone(drive)
    for _ in range(2):  # the second time, too
        report = run(collection, photos)
        assert report.away == {photos / where: 4} and report.gone == 0
        assert contents(collection) == before
    report = run(collection, photos, forget_missing=True)
    assert (report.away, report.gone) == ({}, 4)
    assert len(collection) == 2
    assert run(collection, photos).away == {}


def test_pictures_deleted_from_a_drive_that_is_there_are_gone(
    photos: Path, collection: Collection, elsewhere: Path
) -> None:
    drive = painted(elsewhere / "drive", 4)
    (photos / "nas").symlink_to(drive)
    run(collection, photos, follow_links=True)
    (drive / "3.png").unlink()
    assert (run(collection, photos).away, len(collection)) == ({}, 3)
    (drive / "2.png").unlink()  # the other two lie in the folder itself, too
    assert (run(collection, photos).away, len(collection)) == ({}, 2)
    (drive / "1.png").unlink()
    (drive / "0.png").unlink()
    (drive / "read me.txt").write_text("a drive is there, with none of the pictures")
    assert run(collection, photos).away == {photos / "nas": 2}
    assert run(collection, photos, forget_missing=True).gone == 2


def stick(folder: Path, *names: str, seed: int) -> Path:
    for number, name in enumerate(names):
        paint(folder / name, seed + number)
    return folder


CARD = ("DCIM/IMG_1.png", "DCIM/IMG_2.png", "DCIM/IMG_3.png")


@pytest.mark.parametrize("names", [("a.png", "b.png"), CARD[1:]], ids=["others", "the same names"])
@pytest.mark.parametrize("inner", [True, False], ids=["inside the folder", "the folder itself"])
def test_another_stick_in_the_same_place_costs_the_first_one_nothing(
    collection: Collection, photos: Path, elsewhere: Path, names: tuple[str, ...], inner: bool
) -> None:
    first, second = elsewhere / "first", elsewhere / "second"
    stick(first, *CARD, seed=20)
    stick(second, *names, seed=40)
    if inner:
        place = photos / "stick"
        place.symlink_to(elsewhere / "mnt")
    else:
        photos = place = elsewhere / "mnt"
    own = 2 if inner else 0

    def mounted(drive: Path) -> None:
        drive.rename(elsewhere / "mnt")
        report = run(collection, photos, follow_links=True)
        assert report.gone == 0, report
        (elsewhere / "mnt").rename(drive)

    mounted(first)
    only = set(contents(collection))
    both = own + 3 + len(names) - len({*names} & {*CARD})  # a path is one file at a time
    for drive in (second, first, second, first):
        mounted(drive)
        assert len(collection) == both
    assert only <= set(contents(collection))
    (first / CARD[2]).unlink()  # a deletion on a drive that is there is one
    first.rename(elsewhere / "mnt")
    assert run(collection, photos).gone == 1


def test_a_stick_whose_folders_were_renamed_is_the_same_stick(
    photos: Path, collection: Collection, elsewhere: Path
) -> None:
    drive = stick(elsewhere / "drive", *CARD, seed=20)
    (photos / "nas").symlink_to(drive)
    run(collection, photos, follow_links=True)
    (drive / "DCIM").rename(drive / "2019")
    report = run(collection, photos)
    assert (report.away, report.gone, report.known) == ({}, 3, 3)


def test_new_globs_leave_out_what_is_there_also_on_a_drive(
    photos: Path, collection: Collection, elsewhere: Path
) -> None:
    (photos / "nas").symlink_to(stick(elsewhere / "drive", *CARD, seed=20))
    run(collection, photos, follow_links=True)
    report = sync(collection, ColourEncoder(), photos, exclude=["DCIM"])
    assert (report.away, report.gone, len(collection)) == ({}, 3, 2)


def test_a_folder_that_is_no_drive_may_be_emptied_or_deleted(
    photos: Path, collection: Collection
) -> None:
    painted(photos / "emptied", 3)
    paint(photos / "deleted" / "a.png", 77)
    run(collection, photos)
    empties_to_nothing = list((photos / "emptied").iterdir())
    for path in empties_to_nothing:
        path.unlink()
    shutil.rmtree(photos / "deleted")
    report = run(collection, photos)
    assert len(empties_to_nothing) == 3 and (report.away, report.gone) == ({}, 4)


def test_a_link_that_was_removed_is_a_deletion(
    photos: Path, collection: Collection, tmp_path: Path
) -> None:
    (photos / "linked").symlink_to(painted(tmp_path / "album", 4))
    run(collection, photos, follow_links=True)
    (photos / "linked").unlink()
    assert run(collection, photos).gone == 4


def test_a_drive_that_is_left_out_from_now_on_is_not_kept(
    photos: Path, collection: Collection, elsewhere: Path
) -> None:
    (photos / "nas").symlink_to(painted(elsewhere / "drive", 4))
    run(collection, photos, follow_links=True)
    vanish(elsewhere / "drive")
    report = sync(collection, ColourEncoder(), photos, exclude=["nas"])
    assert (report.away, report.gone, len(collection)) == ({}, 4, 2)


def test_what_could_not_be_read_on_a_drive_that_is_away_is_not_called_mended(
    photos: Path, collection: Collection, elsewhere: Path
) -> None:
    painted(elsewhere / "drive", 1)
    (elsewhere / "drive" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    (photos / "nas").symlink_to(elsewhere / "drive")
    run(collection, photos, follow_links=True)
    vanish(elsewhere / "drive")
    run(collection, photos)
    assert [path.name for path, _ in collection.failures()] == ["broken.jpg"]


MOUNTED = """
import subprocess, sys
from pathlib import Path
from tests.retrievers.folders import empty, paint, run
root, store = Path("Photos").absolute(), empty(Path("collection"))
def told(**options):
    report = run(store, root, **options)
    print({folder.name: held for folder, held in report.away.items()}, report.gone, len(store))
subprocess.run(["mount", *sys.argv[1:], "Photos/nas"], check=True)
for seed in range(3): paint(root / "nas" / f"{seed}.png", seed + 50)
told()
subprocess.run(["umount", "Photos/nas"], check=True)
told()
(root / "nas").rmdir()
told()
told(forget_missing=True)
"""


@pytest.mark.parametrize("source", [["-t", "tmpfs", "none"], ["--bind", "bound"]])
def test_a_drive_mounted_inside_keeps_its_pictures_when_it_is_unmounted(
    photos: Path, tmp_path: Path, source: list[str]
) -> None:
    if subprocess.run([*IN_A_NAMESPACE, "pass"], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    (photos / "nas").mkdir()
    (tmp_path / "bound").mkdir()
    done = subprocess.run(
        [*IN_A_NAMESPACE, MOUNTED, *source],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kept = "{'nas': 3} 0 5"
    assert done.stdout.splitlines() == ["{} 0 5", kept, kept, "{} 3 2"]


def test_the_command_says_what_it_kept_and_how_to_drop_it(
    photos: Path, elsewhere: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    (photos / "nas").symlink_to(painted(elsewhere / "drive", 4))
    dialens("index", str(photos), "--follow-links")
    vanish(elsewhere / "drive")
    line = f"4 kept of nas, which is not there now; to drop them: dialens index {photos}"
    assert f"{line} --forget-missing\n" in dialens("index", str(photos))[0]
    assert run_json("index", str(photos))["away"] == {str(photos / "nas"): 4}
    assert len(run_json("search", "--path", "nas")["hits"]) == 4
    stick(elsewhere / "drive", *CARD, seed=90)
    line = "4 kept of another drive that was in nas, or of pictures that all left it; to drop them:"
    assert line in dialens("index", str(photos))[0]
    assert run_json("index", str(photos))["away"] == {str(photos / "nas"): 4}
    assert run_json("index", str(photos), "--forget-missing")["gone"] == 4


@pytest.mark.parametrize("gone", [vanish, empties], ids=["missing", "empty"])
def test_a_page_says_that_a_picture_is_away_and_keeps_what_is_known(
    photos: Path,
    elsewhere: Path,
    tmp_path: Path,
    new_home: Callable[[], Path],
    monkeypatch: pytest.MonkeyPatch,
    gone: Callable[[Path], None],
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    drive = stick(elsewhere / "drive", *CARD, seed=20)
    (photos / "nas").symlink_to(drive)
    dialens("index", str(photos), "--follow-links")
    gone(drive)
    page = tmp_path / "page.html"
    dialens("search", "--path", "nas", "--html", str(page))
    assert (
        "is not mounted, or all in it is gone" in page.read_text() and "IMG_1" in page.read_text()
    )
    (photos / "0.png").unlink()
    dialens("search", "--not-path", "nas", "--html", str(page))
    assert "there is no such file" in page.read_text() and "mounted" not in page.read_text()


def test_verdicts_captions_and_tags_come_back_with_their_pictures(
    photos: Path, tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(home := new_home()))
    dialens("index", str(photos))
    dialens("caption", "Photos", "--mllm", "offline")
    asked = ("search", "a red boat", "--reranker", "yesno", "-k", "2")
    before = [(hit["id"], hit["why"]["scores"]) for hit in run_json(*asked)["hits"]]
    captions = [hit["caption"] for hit in run_json(*asked)["hits"]]
    known = _verdicts(home)
    shutil.move(photos / "0.png", tmp_path / "0.png")
    dialens("index", str(photos))
    assert len(run_json(*asked)["hits"]) == 1
    (photos / "back").mkdir()
    shutil.move(tmp_path / "0.png", photos / "back" / "again.png")
    dialens("index", str(photos))
    after = run_json(*asked)["hits"]
    assert [(hit["id"], hit["why"]["scores"]) for hit in after] == before
    assert [hit["caption"] for hit in after] == captions and all(captions)
    assert _verdicts(home) == known > 0


def _verdicts(home: Path) -> int:
    with closing(sqlite3.connect(home / "collections" / "Photos" / "verdicts.db")) as db:
        (count,) = db.execute("SELECT count(*) FROM verdicts").fetchone()
        return int(count)


def test_a_folder_that_holds_nothing_any_more_is_emptied_when_that_is_meant(
    photos: Path, collection: Collection
) -> None:
    run(collection, photos)
    for path in photos.iterdir():
        path.unlink()
    assert run(collection, photos, forget_missing=True).gone == 2
    assert len(collection) == 0


def describe(collection: Collection) -> dict[str, tuple[str | None, str | None, tuple[str, ...]]]:
    """Say something of every picture, and return it by id."""
    with CollectionWriter(collection) as writer:
        rows = [row for (row,) in collection.db.execute("SELECT row FROM pictures")]
        for row in rows:
            writer.describe(row, caption=f"a picture {row}", text="SALE", tags=["fun", f"t{row}"])
    return said(collection)


def said(collection: Collection) -> dict[str, tuple[str | None, str | None, tuple[str, ...]]]:
    return {id_: (p.caption, p.text, p.tags) for id_, (p, _, _) in contents(collection).items()}


@pytest.mark.parametrize("back", ["same place", "new place", "after the doctor"])
def test_a_content_that_comes_back_has_its_words_again(
    photos: Path, collection: Collection, tmp_path: Path, back: str
) -> None:
    painted(photos / "more", 5)
    run(collection, photos)
    told = describe(collection)
    shutil.move(photos / "more", tmp_path / "away")
    assert run(collection, photos).gone == 5
    assert len(said(collection)) == 2
    if back == "after the doctor":
        with CollectionWriter(collection) as writer:
            writer.compact()
            writer.rebuild_words()
    shutil.move(tmp_path / "away", photos / ("new" if back == "new place" else "more"))
    run(collection, photos)
    assert said(collection) == told
    found = collection.db.execute("SELECT count(*) FROM words WHERE words MATCH 'sale'").fetchone()
    assert found == (5,)


def test_words_said_since_then_are_not_overwritten(
    photos: Path, collection: Collection, tmp_path: Path
) -> None:
    run(collection, photos)
    describe(collection)
    shutil.move(photos / "0.png", tmp_path / "0.png")
    run(collection, photos)
    shutil.move(tmp_path / "0.png", photos / "0.png")
    run(collection, photos)
    (row,) = collection.rows_of([next(iter(said(collection)))])
    with CollectionWriter(collection) as writer:
        writer.describe(row, caption="another")
    shutil.move(photos / "0.png", photos / "moved.png")
    run(collection, photos)
    assert "another" in {caption for caption, _, _ in said(collection).values()}


def test_the_server_s_job_keeps_them_and_says_so(
    photos: Path,
    new_home: Callable[[], Path],
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drive = painted(elsewhere / "drive", 4)
    (photos / "nas").symlink_to(drive)
    home = new_home()
    monkeypatch.setenv("DIALENS_HOME", str(home))
    dialens("index", str(photos), "--follow-links")
    with running(home, "--folder", str(photos)) as server, server.client() as client:

        def job(**asked: object) -> dict[str, object]:
            begun = client.post("/api/collections/Photos/index", json=asked).json()
            end = monotonic() + 60
            while monotonic() < end:
                now: dict[str, object] = client.get(f"/api/jobs/{begun['number']}").json()
                if now["state"] not in ("waiting", "running"):
                    return now
                sleep(0.05)
            raise AssertionError(f"no end within a minute: {now}")

        vanish(drive)
        assert job()["away"] == [{"name": "nas", "files": 4}]
        assert client.get("/api/collections/Photos").json()["pictures"] == 4
        listed = client.get("/api/collections/Photos/pictures").json()["pictures"]
        away = next(one for one in listed if one["folder"] == "nas")
        for kind in ("image", "file"):
            gone = client.get(f"/api/collections/Photos/pictures/{away['id']}/{kind}")
            assert gone.status_code == 404
            assert "is away: the drive at " in gone.text and " is not mounted" in gone.text
            assert str(elsewhere) not in gone.text
        assert job(forget_missing=True)["away"] == []
        assert client.get("/api/collections/Photos").json()["pictures"] == 2
