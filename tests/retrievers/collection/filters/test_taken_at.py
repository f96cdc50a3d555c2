"""Pictures by the places where they were taken, against distances worked out one by one."""

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from retrievers.collection.collection import Collection
from retrievers.collection.filters.listing import facets
from retrievers.collection.filters.row_filters import files_meeting, meeting
from retrievers.collection.filters.taken_at import positions
from retrievers.collection.filters.unmatched import unmatched
from retrievers.collection.record.batch import Batch, FileRecord, PictureRecord
from retrievers.collection.writer import CollectionWriter
from retrievers.pictures.metadata.facts import Facts
from retrievers.query import Filters

Spot = tuple[float, float]
SPOTS: dict[str, Spot | None] = {
    "lisbon": (38.7139, -9.1394),
    "belem": (38.6916, -9.2160),
    "porto": (41.1408, -8.6110),
    "berlin": (52.5163, 13.3777),
    "leeds": (53.7997, -1.5492),
    "ilkley": (53.9250, -1.8220),  # 22 km from Leeds
    "lands end": (50.0657, -5.7132),
    "springfield il": (39.7990, -89.6440),
    "springfield mo": (37.2090, -93.2923),
    "taveuni": (-16.8310, -179.9990),  # of Fiji, over the date line
    "ocean": (30.0, -40.0),
    "nowhere": None,
}
NAMES = list(SPOTS)


def made(folder: Path, spots: list[tuple[str, Spot | None]]) -> Collection:
    collection = Collection.create(folder / "c", encoder="e", dim=1)
    batch = Batch()
    for number, (name, spot) in enumerate(spots):
        digest = f"{number:064x}"[::-1]
        batch.pictures.append(PictureRecord(sha256=digest, width=1, height=1, bytes=1))
        batch.vectors.append(np.ones(1, np.float32))
        path = folder / f"{name}.jpg"
        batch.files.append(FileRecord(path, folder, path.name, digest, 1, 1, Facts(gps=spot)))
    with CollectionWriter(collection) as writer:
        writer.set_root(folder, include=[], exclude=[])
        writer.commit(batch)
    return collection


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    collection = made(tmp_path_factory.mktemp("placed"), list(SPOTS.items()))
    yield collection
    collection.close()


def met(collection: Collection, filters: Filters) -> set[str]:
    mask = meeting(collection, filters)
    assert mask is not None
    return {name for name, meets in zip(NAMES, mask, strict=True) if meets}


@pytest.mark.parametrize(
    ("places", "names"),
    [
        (("Lisbon",), {"lisbon", "belem"}),
        (("lissabon",), {"lisbon", "belem"}),
        (("Portugal",), {"lisbon", "belem", "porto"}),
        (("Portugal", "Porto"), {"porto"}),
        (("Portugal", "Germany"), set[str]()),
        (("Leeds",), {"leeds"}),
        (("near Leeds",), {"leeds", "ilkley"}),
        (("Cornwall",), {"lands end"}),
        (("England",), {"leeds", "ilkley", "lands end"}),
        (("Europe",), {"lisbon", "belem", "porto", "berlin", "leeds", "ilkley", "lands end"}),
        (("Springfield",), {"springfield il", "springfield mo"}),
        (("Springfield, Missouri",), {"springfield mo"}),
        (("Fiji",), {"taveuni"}),
        (("Xyzzyville",), set[str]()),
    ],
)
def test_pictures_are_found_by_the_place_where_they_were_taken(
    collection: Collection, places: tuple[str, ...], names: set[str]
) -> None:
    assert met(collection, Filters(places=places)) == names
    if len(places) == 1:
        assert met(collection, Filters(not_places=places)) == {*NAMES} - names
        assert met(collection, Filters(unless=(Filters(places=places),))) == {*NAMES} - names


def test_of_alternatives_one_is_enough(collection: Collection) -> None:
    either = (Filters(places=("Porto",)), Filters(places=("Germany",)))
    assert met(collection, Filters(one_of=(either,))) == {"porto", "berlin"}


def test_what_no_place_can_meet_is_said_and_which_of_several_is_asked(
    collection: Collection,
) -> None:
    said = {
        "Xyzzyville": "no town, region or country is known as 'Xyzzyville'",
        "Rome": "no picture of the collection was taken at 'Rome', as far as they say where",
        "Springfield": "'Springfield' is 2 places with pictures, say which one:"
        " Springfield, Illinois, United States (1); Springfield, Missouri, United States (1)",
        "Lisbon": "",
        "Portugal": "",
    }
    for name, line in said.items():
        assert unmatched(collection, Filters(places=(name,))) == line


def test_without_any_position_that_is_said(tmp_path: Path) -> None:
    collection = made(tmp_path, [("plain", None)])
    asked = Filters(places=("Lisbon",))
    assert unmatched(collection, asked) == "no picture of the collection says where it was taken"
    assert met_none(collection, asked)
    collection.close()


def met_none(collection: Collection, filters: Filters) -> bool:
    mask = meeting(collection, filters)
    return mask is not None and not mask.any()


def test_places_that_lie_within_each_other_are_not_told_apart(collection: Collection) -> None:
    for name in ("Lisbon", "Portugal", "Porto", "Leeds"):
        assert len(positions(collection).called(name)) == 1


def test_a_copy_says_its_own_place(tmp_path: Path) -> None:
    collection = Collection.create(tmp_path / "c", encoder="e", dim=1)
    digest, batch = "a" * 64, Batch()
    batch.pictures.append(PictureRecord(sha256=digest, width=1, height=1, bytes=1))
    batch.vectors.append(np.ones(1, np.float32))
    for name, spot in (("one.jpg", SPOTS["lisbon"]), ("other.jpg", SPOTS["berlin"])):
        path = tmp_path / name
        batch.files.append(FileRecord(path, tmp_path, name, digest, 1, 1, Facts(gps=spot)))
    with CollectionWriter(collection) as writer:
        writer.set_root(tmp_path, include=[], exclude=[])
        writer.commit(batch)
    files = files_meeting(collection, Filters(places=("Germany",)), [0])
    assert files == {str(tmp_path / "other.jpg").encode()}
    collection.close()


def test_places_are_counted_by_names_that_can_be_asked_for(collection: Collection) -> None:
    counted = dict(facets(collection, Filters(), most=20)["places"])
    assert counted["Springfield, Missouri, United States"] == 1
    assert sum(counted.values()) == len(NAMES) - 2  # the ocean, and nowhere
    for name in counted:
        assert met(collection, Filters(places=(name,))), name


def test_a_hundred_thousand_pictures_are_asked_in_a_blink(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    centres = np.array([spot for spot in SPOTS.values() if spot])
    spots = centres[chance.integers(len(centres), size=100_000)]
    spots += chance.normal(0, 0.2, spots.shape)
    spots[:, 1] = (spots[:, 1] + 180) % 360 - 180
    collection = Collection.create(tmp_path / "c", encoder="e", dim=1)
    collection.db.execute("UPDATE facts SET value = 100000 WHERE key = 'rows'")
    collection.db.execute("BEGIN")
    collection.db.executemany(
        "INSERT INTO pictures (row, id, sha256, width, height, bytes, lat, lon)"
        " VALUES (?1, ?1, ?1, 1, 1, 1, ?2, ?3)",
        ((row, *spot) for row, spot in enumerate(spots.tolist())),
    )
    collection.db.execute("COMMIT")
    asked = Filters(places=("Portugal",))
    first = meeting(collection, asked)
    assert first is not None and 20_000 < first.sum() < 40_000
    times = []
    for _ in range(5):
        begin = perf_counter()
        meeting(collection, asked)
        times.append(perf_counter() - begin)
    without = []
    for _ in range(5):
        begin = perf_counter()
        meeting(collection, Filters(orientation="square"))
        without.append(perf_counter() - begin)
    assert min(times) < 0.05 + min(without)
    collection.close()
