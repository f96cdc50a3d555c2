import shutil
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from retrievers.collection.filters import meeting
from retrievers.collection.store import Store
from retrievers.collection.sync import sync
from retrievers.collection.words import match_words
from retrievers.collection.writer import Batch, FileRecord, PictureRecord, Writer
from retrievers.hit import Hit
from retrievers.query import Filters, Orientation, Query
from retrievers.search import Searcher
from tests.encoders import COLOURS, ColourEncoder


def plain(path: Path, colour: str, size: tuple[int, int] = (30, 20)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, COLOURS[colour]).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, colour in enumerate(COLOURS):
        plain(tmp_path / "pictures" / f"IMG_{number}.png", colour, (30 + number, 20))
    return tmp_path / "pictures"


@pytest.fixture
def searcher(folder: Path, tmp_path: Path) -> Searcher:
    encoder = ColourEncoder()
    store = Store.create(tmp_path / "c", encoder=encoder.name, dim=encoder.dim)
    sync(store, encoder, folder)
    return Searcher(store, encoder)


def names(hits: list[Hit]) -> list[str]:
    return [hit.picture.path.name for hit in hits]


def colour_of(hit: Hit) -> str:
    with Image.open(hit.picture.path) as image:
        pixel = image.convert("RGB").getpixel((0, 0))
    return next(name for name, value in COLOURS.items() if value == pixel)


def id_of(searcher: Searcher, colour: str) -> str:
    return searcher.search(Query(wanted=(colour,)), 1)[0].picture.id


@pytest.mark.parametrize("colour", COLOURS)
def test_words_find_pictures_by_their_vectors(searcher: Searcher, colour: str) -> None:
    hits = searcher.search(Query(wanted=(f"a {colour} wall",)), 3)
    assert colour_of(hits[0]) == colour
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].why.ranks["vector"] == 1
    assert hits[0].score >= hits[1].score >= hits[2].score


def test_an_example_finds_what_looks_like_it(searcher: Searcher, tmp_path: Path) -> None:
    example = plain(tmp_path / "example.png", "purple", (50, 50))
    assert colour_of(searcher.search(Query(examples=(example,)), 1)[0]) == "purple"


def test_more_like_a_picture_of_the_collection(searcher: Searcher) -> None:
    cyan = id_of(searcher, "cyan")
    assert searcher.search(Query(like=(cyan,)), 1)[0].picture.id == cyan
    hits = searcher.search(Query(like=(cyan,), excluded=frozenset({cyan})), 8)
    assert len(hits) == 7 and cyan not in [hit.picture.id for hit in hits]


def test_what_is_unwanted_sinks(searcher: Searcher) -> None:
    both = searcher.search(Query(wanted=("red blue",)), 2)
    assert {colour_of(hit) for hit in both} == {"red", "blue"}
    first = searcher.search(Query(wanted=("red blue",), unwanted=("blue",)), 1)
    assert colour_of(first[0]) == "red"


def test_k_below_one_is_refused(searcher: Searcher) -> None:
    with pytest.raises(ValueError, match="k must be at least 1; got 0"):
        searcher.search(Query(), 0)


def test_an_empty_collection_has_no_hits(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "c", encoder="test:colours-2x2", dim=32)
    searcher = Searcher(store, ColourEncoder())
    assert searcher.search(Query(wanted=("red",)), 5) == []
    assert searcher.search(Query(), 5) == []


def test_a_telling_word_in_a_file_name_comes_first(searcher: Searcher, folder: Path) -> None:
    plain(folder / "IMG_1234 paris.png", "black", (40, 41))
    sync(searcher.store, ColourEncoder(), folder)
    (first, *_) = searcher.search(Query(wanted=("Paris",)), 3)
    assert names([first]) == ["IMG_1234 paris.png"]
    assert first.why.words == ("paris",)
    assert first.why.ranks["words"] == 1


def test_a_word_that_most_file_names_share_says_nothing(searcher: Searcher) -> None:
    hits = searcher.search(Query(wanted=("red img",)), 3)
    assert colour_of(hits[0]) == "red"
    for number in range(20):
        plain(hits[0].picture.path.with_name(f"IMG_more{number}.png"), "black", (60 + number, 9))
    sync(searcher.store, ColourEncoder(), hits[0].picture.path.parent)
    (first, *_) = searcher.search(Query(wanted=("red img",)), 3)
    assert colour_of(first) == "red" and first.why.words == ()


def test_part_of_the_words_does_not_beat_the_picture(searcher: Searcher, folder: Path) -> None:
    plain(folder / "night.png", "black", (44, 44))
    sync(searcher.store, ColourEncoder(), folder)
    hits = searcher.search(Query(wanted=("yellow flowers at night under lamps",)), 2)
    assert colour_of(hits[0]) == "yellow"


@pytest.mark.parametrize("text", ['"', "a AND", "NEAR(", "x OR *", "col:umn", "-", "😀 ∞", "'"])
def test_any_text_is_searched_without_an_error(searcher: Searcher, text: str) -> None:
    assert len(searcher.search(Query(wanted=(text,)), 3)) == 3


@settings(deadline=None, max_examples=50)
@given(text=st.text())
def test_no_text_breaks_the_full_text(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = Store.create(tmp_path_factory.mktemp("w") / "c", encoder="e", dim=2)
    assert len(match_words(store, [text], pictures=0).rows) == 0
    store.close()


def test_what_another_process_commits_is_found_next_time(searcher: Searcher, folder: Path) -> None:
    assert len(searcher.search(Query(wanted=("red",)), 50)) == 8
    other = Store.open(searcher.store.folder)
    plain(folder / "another.png", "red", (90, 91))
    sync(other, ColourEncoder(), folder)
    hits = searcher.search(Query(wanted=("red",)), 50)
    assert len(hits) == 9 and "another.png" in names(hits)[:2]
    shutil.rmtree(folder / "x", ignore_errors=True)
    (folder / "another.png").unlink()
    sync(other, ColourEncoder(), folder)
    assert len(searcher.search(Query(wanted=("red",)), 50)) == 8
    other.close()


def test_a_query_of_filters_alone_is_newest_first(tmp_path: Path) -> None:
    store = gallery(tmp_path)
    hits = Searcher(store, ColourEncoder()).search(Query(), 50)
    taken = [hit.picture.taken for hit in hits]
    dated = [when for when in taken if when]
    assert dated == sorted(dated, reverse=True)
    assert taken[len(dated) :] == [None] * (len(taken) - len(dated))


def gallery(tmp_path: Path, n: int = 40) -> Store:
    """Records of all kinds; vectors and files are of no account."""
    store = Store.create(tmp_path / "c", encoder="e", dim=32)
    chance = np.random.default_rng(5)
    batch = Batch()
    for number in range(n):
        digest = f"{number:064x}"[::-1]
        width, height = (int(side) for side in chance.integers(1, 60, 2))
        taken = datetime(2000 + number % 25, 1 + number % 12, 1 + number % 28, 12)
        batch.pictures.append(
            PictureRecord(
                sha256=digest,
                width=width,
                height=height if number % 5 else width,
                bytes=1,
                taken=taken if number % 4 else None,
                camera=["Apple iPhone 12", "Canon EOS", None][number % 3],
            )
        )
        batch.vectors.append(ColourEncoder().encode_texts(["red"])[0])
        below = f"{['Trips', 'home/trips', 'x'][number % 3]}/{number % 7}.png"
        batch.files.append(
            FileRecord(tmp_path / f"{number}-{below}", tmp_path, below, digest, 1, 1)
        )
    with Writer(store) as writer:
        writer.set_root(tmp_path, include=[], exclude=[])
        writer.commit(batch)
        for row in range(0, n, 3):
            writer.describe(row, tags=["Sea", "boat"] if row % 2 else ["sea"])
    return store


FILTERS = st.builds(
    Filters,
    paths=st.sampled_from([(), ("trips",), ("home/*",), ("trips", "3.png")]),
    not_paths=st.sampled_from([(), ("x",), ("[0-3].png",)]),
    after=st.sampled_from([None, date(2005, 1, 1), date(2013, 2, 2)]),
    before=st.sampled_from([None, date(2013, 2, 2), date(2030, 1, 1)]),
    orientation=st.sampled_from([None, "portrait", "landscape", "square"]),
    min_pixels=st.sampled_from([None, 0, 500]),
    max_pixels=st.sampled_from([None, 900]),
    camera=st.sampled_from([None, "iphone", "%", "OS"]),
    tags=st.sampled_from([(), ("sea",), ("SEA", "boat")]),
)


def orientation_of(width: int, height: int) -> Orientation:
    if abs(width - height) <= 0.02 * max(width, height):
        return "square"
    return "portrait" if height > width else "landscape"


@settings(deadline=None, max_examples=150)
@given(filters=FILTERS)
def test_filters_equal_their_definition(
    filters: Filters, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = _GALLERY.setdefault("store", gallery(tmp_path_factory.mktemp("g")))
    mask = meeting(store, filters)
    rows = range(40)
    below = dict(store.db.execute("SELECT row, below FROM files"))
    for row, picture in zip(rows, store.pictures(rows), strict=True):
        parts = below[row].lower().split("/")
        day = picture.taken.date() if picture.taken else None
        met = [
            "trips" not in filters.paths or "trips" in parts,
            "home/*" not in filters.paths or parts[0] == "home",
            "3.png" not in filters.paths or parts[-1] == "3.png",
            "x" not in filters.not_paths or "x" not in parts,
            "[0-3].png" not in filters.not_paths or parts[-1][0] not in "0123",
            filters.after is None or (day is not None and day >= filters.after),
            filters.before is None or (day is not None and day < filters.before),
            filters.orientation in (None, orientation_of(picture.width, picture.height)),
            picture.width * picture.height >= (filters.min_pixels or 0),
            filters.max_pixels is None or picture.width * picture.height <= filters.max_pixels,
            filters.camera is None or filters.camera.lower() in (picture.camera or "").lower(),
            {tag.lower() for tag in filters.tags} <= {tag.lower() for tag in picture.tags},
        ]
        assert (mask is None or bool(mask[row])) == all(met)


_GALLERY: dict[str, Store] = {}


def test_filters_never_cost_a_result_that_exists(tmp_path: Path) -> None:
    store = gallery(tmp_path)
    filters = Filters(tags=("boat",))
    mask = meeting(store, filters)
    assert mask is not None
    hits = Searcher(store, ColourEncoder()).search(Query(wanted=("red",), filters=filters), 5)
    assert len(hits) == min(5, int(mask.sum()))
    assert [hit.picture.id for hit in hits] == sorted(hit.picture.id for hit in hits)  # all tie
