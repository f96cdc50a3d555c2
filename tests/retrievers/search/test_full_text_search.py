from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrievers.collection.collection import Collection
from retrievers.collection.record.batch import Batch, FileRecord, PictureRecord
from retrievers.collection.writer import CollectionWriter
from retrievers.search.full_text_search import FullText, WordMatches

NAMES = (
    *(f"IMG_{number}.jpg" for number in range(60)),
    "Café in Paris.jpg",
    "two dogs.jpg",
    "paris, a dog by the river.jpg",
)


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    folder = tmp_path_factory.mktemp("words")
    collection = Collection.create(folder / "c", encoder="none", dim=1)
    batch = Batch(vectors=list(np.ones((len(NAMES), 1), np.float32)))
    for number, name in enumerate(NAMES):
        digest = f"{number:064x}"[::-1]
        batch.pictures.append(PictureRecord(digest, 1, 1, 1))
        batch.files.append(FileRecord(folder / name, folder, name, digest, 1, 1))
    with CollectionWriter(collection) as writer:
        writer.set_root(folder, include=[], exclude=[])
        writer.commit(batch)
        writer.describe(5, caption="an umbrella on the beach", tags=["Sea"], text="EXIT")
    yield collection
    collection.close()


def matched(collection: Collection, *texts: str) -> tuple[dict[str, float], WordMatches]:
    """The coverage by file name, and the matches."""
    matches = FullText(collection, pictures=len(NAMES)).match(texts)
    coverage = zip(matches.rows, matches.coverage, strict=True)
    return {NAMES[row]: float(share) for row, share in coverage}, matches


@pytest.mark.parametrize("text", ["umbrellas", "sea", "a photo of the exit", "BEACH!"])
def test_captions_tags_and_text_are_searched(collection: Collection, text: str) -> None:
    assert matched(collection, text)[0] == {"IMG_5.jpg": 1.0}


def test_accents_case_and_endings_do_not_matter(collection: Collection) -> None:
    assert list(matched(collection, "CAFE")[0]) == ["Café in Paris.jpg"]
    assert set(matched(collection, "dog")[0]) == set(NAMES[-2:])


def test_a_word_found_nowhere_lowers_the_coverage(collection: Collection) -> None:
    both, _ = matched(collection, "dog", "in paris")
    assert both["paris, a dog by the river.jpg"] == pytest.approx(1)
    assert 0.3 < both["two dogs.jpg"] < 0.7
    lost, matches = matched(collection, "a dog and a walrus")
    assert lost["two dogs.jpg"] < 0.5
    assert matches.words(len(NAMES) - 1) == ("dog",)


def test_common_words_and_function_words_say_nothing(collection: Collection) -> None:
    assert matched(collection, "img")[0] == {}
    assert matched(collection, "in the")[0] == {}
    assert list(matched(collection, "img", "7")[0].items()) == [("IMG_7.jpg", 1.0)]


def test_bm25_prefers_the_shorter_text(collection: Collection) -> None:
    _, matches = matched(collection, "dog")
    scores = FullText(collection, pictures=len(NAMES)).bm25(matches, matches.rows.tolist())
    two, many = (scores[NAMES.index(name)] for name in NAMES[-2:])
    assert two > many


@pytest.mark.parametrize("text", ['"', "a AND", "NEAR(", "x OR *", "col:umn", "-", "²", "_", "\0"])
def test_marks_are_not_operators(collection: Collection, text: str) -> None:
    matched(collection, text, f"{text} paris {text}")


@given(st.lists(st.text() | st.sampled_from(["paris", "dog", "img", "5"]), max_size=5))
def test_no_text_breaks_the_full_text(collection: Collection, texts: list[str]) -> None:
    coverage, matches = matched(collection, *texts)
    assert all(0 < share <= 1 + 1e-9 for share in coverage.values())
    assert all(matches.words(row) for row in matches.rows)
    assert FullText(collection, pictures=len(NAMES)).bm25(
        matches, matches.rows.tolist()
    ).keys() == set(matches.rows.tolist())


def test_words_are_remembered_but_not_all_of_them(collection: Collection) -> None:
    words = FullText(collection, pictures=len(NAMES))
    for number in range(300):
        words.match([f"unknown{number}"])
        assert words.match(["dog"]).rows.tolist() == [len(NAMES) - 2, len(NAMES) - 1]


def test_words_without_end_are_looked_up_in_bounded_time(collection: Collection) -> None:
    said = " ".join(f"word{number}" for number in range(20_000))
    assert list(matched(collection, f"{said} dog")[0]) == list(NAMES[-2:])
