"""What files say reaches pictures that are already there, without encoding them again."""

import json
import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from retrievers.collection.collection import Collection
from retrievers.collection.filters.row_filters import meeting
from retrievers.collection.sync.sync_report import SyncReport
from retrievers.collection.writer import CollectionWriter
from retrievers.hit import Picture
from retrievers.pictures.metadata.facts import soon
from retrievers.query import Filters
from retrievers.search.full_text_search import FullText
from tests.retrievers.collection.storage.test_migrations import aged
from tests.retrievers.folders import empty, paint, run
from tests.retrievers.pictures.metadata.test_metadata import TAKEOUT, bag, xmp


class Album:
    """A folder with one picture, and its collection."""

    def __init__(self, path: Path) -> None:
        self.folder = path / "pictures"
        self.collection = empty(path / "collection")

    def add(self, name: str, seed: int = 1) -> Path:
        self.folder.mkdir(exist_ok=True)
        paint(self.folder / name, seed)
        return self.folder / name

    def index(self) -> SyncReport:
        return run(self.collection, self.folder)

    def picture(self) -> Picture:
        rows = [row for (row,) in self.collection.db.execute("SELECT row FROM pictures")]
        (picture,) = self.collection.pictures(rows)
        return picture

    def meets(self, **filters: object) -> bool:
        mask = meeting(self.collection, Filters(**filters))  # type: ignore[arg-type]
        return bool(mask is not None and mask.any())

    def says(self, words: str) -> bool:
        return len(FullText(self.collection, pictures=1).match([words]).rows) == 1


@pytest.fixture
def album(tmp_path: Path) -> Iterator[Album]:
    made = Album(tmp_path)
    yield made
    made.collection.close()


def test_a_sidecar_that_comes_changes_and_goes_reaches_its_picture(album: Album) -> None:
    album.add("a.png")
    album.index()
    assert album.picture().tags == ()
    sidecar = album.folder / "a.png.xmp"
    sidecar.write_bytes(xmp(bag("dc:subject", "Hafen"), 'xmp:Rating="2"'))
    report = album.index()
    assert (report.reread, report.encoded, report.unchanged) == (1, 0, 0)
    assert album.meets(tags=("hafen",)) and album.says("hafen")
    sidecar.write_bytes(xmp(bag("dc:subject", "Boot"), 'xmp:Rating="5"'))
    album.index()
    assert album.picture().tags == ("Boot",)
    assert album.meets(min_rating=4) and not album.meets(max_rating=4)
    sidecar.unlink()
    assert album.index().reread == 1
    assert (album.picture().tags, album.picture().rating) == ((), None)
    assert not album.says("boot")
    assert album.index().unchanged == 1


def test_takeouts_json_dates_an_edited_copy(album: Album) -> None:
    album.add("a-edited.png")
    (album.folder / "a.png.supplemental-metadata.json").write_text(json.dumps(TAKEOUT))
    album.index()
    picture = album.picture()
    assert (picture.taken, picture.taken_from) == (datetime(2019, 7, 4, 18, 30, 5), "takeout")
    assert album.meets(after=date(2019, 7, 4), before=date(2019, 7, 5), tags=("ANN",))
    assert album.says("granny") and picture.gps == (60.5, 5.25)


def test_tags_are_met_in_any_case_and_composition_and_by_level(album: Album) -> None:
    album.add("a.png")
    levels = bag("lr:hierarchicalSubject", "Orte|Köln|Südstadt")
    (album.folder / "a.xmp").write_bytes(xmp(levels + bag("dc:subject", "24/7")))
    album.index()
    spelt = (
        "koln",
        "\uff2b\uff4f\uff4c\uff4e",
        "Orte/Koln",
        "sudstadt",
        "\uff12\uff14/\uff17",
        "KO\u0308LN ",
    )
    for tag in ("KÖLN", "ko\u0308ln", "Orte/Köln", "orte|südstadt", "24/7", *spelt):
        assert album.meets(tags=(tag,)), tag
    for other in ("Orte/Bonn", "24 7", "Köl"):
        assert not album.meets(tags=(other,)), other


def test_a_date_to_come_is_kept_and_counts_when_its_day_has_come(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = datetime.now() + timedelta(days=400)
    album.add(f"IMG_{later:%Y%m%d}_101112.png")
    album.index()
    assert album.picture().taken is None
    assert not album.meets(after=date(2000, 1, 1))
    monkeypatch.setattr(
        "retrievers.collection.record.merged_facts.soon", lambda: later + timedelta(days=2)
    )
    assert album.picture().taken == later.replace(hour=10, minute=11, second=12, microsecond=0)
    assert album.meets(after=later.date())
    assert soon() < later


def test_an_earlier_word_counts_while_the_believed_one_is_to_come(album: Album) -> None:
    album.add("IMG_20190704_101112.png")
    ahead = f"{datetime.now().year + 3}-01-01T00:00:00"
    beside = xmp(attributes=f'exif:DateTimeOriginal="{ahead}"')
    (album.folder / "IMG_20190704_101112.xmp").write_bytes(beside)
    album.index()
    assert album.picture().taken == datetime(2019, 7, 4, 10, 11, 12)
    assert album.picture().taken_from == "name"
    assert album.meets(before=date(2019, 7, 5))


def test_a_newer_reading_reaches_old_pictures_without_encoding(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    album.add("IMG_20190704_101112.png")
    album.index()
    with album.collection.db as db:
        db.execute("UPDATE files SET said = '{}', reading = 0")
        db.execute("UPDATE pictures SET taken = NULL")
    report = album.index()
    assert (report.reread, report.encoded) == (1, 0)
    assert album.picture().taken == datetime(2019, 7, 4, 10, 11, 12)


def test_a_collection_of_an_older_version_learns_what_its_files_say(album: Album) -> None:
    album.add("IMG_20190704_101112.png")
    album.index()
    album.collection = Collection.open(aged(album.collection))
    report = album.index()
    assert (report.reread, report.encoded, report.known) == (1, 0, 0)
    assert album.picture().taken_from == "name"
    assert album.index().unchanged == 1


def test_copies_add_up_and_what_one_said_goes_with_it(album: Album) -> None:
    first = album.add("first.png")
    shutil.copy(first, album.folder / "IMG_20190704_101112.png")
    (album.folder / "first.xmp").write_bytes(xmp(bag("dc:subject", "sea")))
    album.index()
    assert album.picture().tags == ("sea",)
    assert album.picture().taken == datetime(2019, 7, 4, 10, 11, 12)
    (album.folder / "IMG_20190704_101112.png").unlink()
    album.index()
    assert (album.picture().tags, album.picture().taken) == (("sea",), None)


def test_tags_that_were_given_here_stay_when_files_are_read_again(album: Album) -> None:
    album.add("a.png")
    album.index()
    with CollectionWriter(album.collection) as writer:
        writer.describe(0, tags=["mine"])
    (album.folder / "a.xmp").write_bytes(xmp(bag("dc:subject", "theirs")))
    album.index()
    (album.folder / "a.xmp").unlink()
    album.index()
    assert album.picture().tags == ("mine",)
