from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from agent.conversation.session import Session
from agent.stages.absence import FEWEST, Absence, Evidence, VerdictReading
from agent.stages.absence_reference import KEPT, reference_words
from agent.stages.config import Stages
from agent.stages.pipeline import Pipeline
from agent.stages.pipeline_builder import open_pipeline
from app.library import search_output
from app.library.query_options import SearchResult
from app.terminal.screen import Screen
from retrievers.collection.collection import Collection
from retrievers.collection.record.batch import Batch, FileRecord, PictureRecord
from retrievers.collection.writer import CollectionWriter
from retrievers.hit import Hit, Picture, Why
from retrievers.offline.encoder import OfflineEncoder
from retrievers.query import Filters, Query
from retrievers.search.searcher import Searcher

ANIMALS = (
    "tabby cat, Egyptian cat, beagle, pug, poodle, husky, grey wolf, red fox, brown bear, lion,"
    " tiger, leopard, zebra, ox, bison, ram, gazelle, camel, otter, badger, sloth, gorilla, gibbon,"
    " lemur, elephant, panda, hen, ostrich, robin, magpie, vulture, owl, newt, tree frog, gecko,"
    " iguana, cobra, scorpion, tarantula, peacock, toucan, goose, koala, wombat, jellyfish"
).split(", ")
PRESENT = ("a lion", "an owl", "a zebra", "an elephant", "a tree frog", "a camel", "a gorilla")
ABSENT = ("a violin", "a traffic light", "a wedding cake", "a laptop", "a lighthouse", "a bus")


def animals(folder: Path, encoder: OfflineEncoder, *, count: int = len(ANIMALS)) -> Searcher:
    """A collection whose pictures look exactly like these animals."""
    batch = Batch()
    batch.vectors.extend(encoder.encode_texts([f"a photo of a {name}" for name in ANIMALS[:count]]))
    for number in range(count):
        digest = f"{number:064x}"[::-1]
        batch.pictures.append(PictureRecord(sha256=digest, width=4, height=3 + number % 2, bytes=1))
        name = f"{number}.png"
        batch.files.append(FileRecord(folder / "p" / name, folder / "p", name, digest, 1, 1))
    collection = Collection.create(folder / "c", encoder=encoder.name, dim=encoder.dim)
    with CollectionWriter(collection) as writer:
        writer.set_root(folder / "p", include=[], exclude=[])
        writer.commit(batch)
    return Searcher(collection, encoder)


@pytest.fixture(scope="module")
def encoder() -> OfflineEncoder:
    return OfflineEncoder(threads=1)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory, encoder: OfflineEncoder) -> Searcher:
    return animals(tmp_path_factory.mktemp("animals"), encoder)


def standing(searcher: Searcher, said: str, filters: Filters | None = None) -> float | None:
    query = Query(wanted=(said,), filters=filters or Filters())
    return Absence(searcher).evidence(query, searcher.search(query, 5)).standing


def test_the_words_are_different_and_plain() -> None:
    words = reference_words()
    assert len(set(words)) == len(words) >= 300
    assert all(word == word.strip() for word in words)


def test_what_is_there_stands_higher_than_what_is_not(searcher: Searcher) -> None:
    there = [standing(searcher, said) for said in PRESENT]
    gone = [standing(searcher, said) for said in ABSENT]
    assert None not in there + gone
    assert np.median(np.array(there, float)) > 0.9 > 0.7 > np.median(np.array(gone, float))


def test_as_many_reference_words_are_doubted_as_was_chosen(searcher: Searcher) -> None:
    absence = Absence(searcher, doubted=0.2)
    queries = [Query(wanted=(word,)) for word in reference_words()[::4]]
    found = searcher.search_many(queries, 3)
    doubts = [absence.doubt(one, one, hits) for one, hits in zip(queries, found, strict=True)]
    assert sum(map(bool, doubts)) / len(doubts) == pytest.approx(0.2, abs=0.08)


def test_a_later_process_reads_what_was_measured(tmp_path: Path, encoder: OfflineEncoder) -> None:
    searcher = animals(tmp_path, encoder)
    first = standing(searcher, "a lion")
    kept = searcher.collection.folder / KEPT
    written = kept.stat().st_mtime_ns
    assert (
        standing(Searcher(Collection.open(searcher.collection.folder), encoder), "a lion") == first
    )
    assert kept.stat().st_mtime_ns == written
    kept.write_bytes(b"torn")
    assert standing(searcher, "a lion") == first
    assert kept.stat().st_size > 1000


def test_a_removed_picture_is_no_longer_counted(tmp_path: Path, encoder: OfflineEncoder) -> None:
    searcher = animals(tmp_path, encoder)
    before = standing(searcher, "a lion")
    lion = ANIMALS.index("lion")
    with CollectionWriter(searcher.collection) as writer:
        writer.remove([lion])
    after = standing(searcher, "a lion")
    assert before is not None
    assert after is not None
    assert after < before


def test_filters_are_measured_among_what_they_leave(searcher: Searcher) -> None:
    assert standing(searcher, "a lion", Filters(orientation="landscape")) is None, "23 are too few"
    assert standing(searcher, "a lion", Filters(min_pixels=1)) == standing(searcher, "a lion")


def test_a_small_collection_is_not_doubted(tmp_path: Path, encoder: OfflineEncoder) -> None:
    small = animals(tmp_path, encoder, count=FEWEST - 1)
    query = Query(wanted=("a traffic light",))
    assert Absence(small, doubted=1).doubt(query, query, small.search(query, 3)) == ""


def test_without_words_there_is_no_doubt(searcher: Searcher) -> None:
    like = searcher.search(Query(), 1)[0].picture.id
    for query in (Query(), Query(like=(like,)), Query(filters=Filters(min_pixels=2))):
        assert Absence(searcher, doubted=1).doubt(query, query, searcher.search(query, 3)) == ""


@pytest.mark.parametrize(
    ("evidence", "line"),
    [
        (Evidence(standing=0.05), 'Perhaps nothing here looks like "x"; these are the nearest.'),
        (Evidence(standing=0.1), ""),
        (Evidence(standing=None), ""),
        (Evidence(standing=0.05, named=True), ""),
        (Evidence(standing=0.05, seen=True), ""),
        (
            Evidence(standing=0.9, refused=True),
            'Nothing here looks like "x"; these are the nearest.',
        ),
        (Evidence(named=True, refused=True), 'Nothing here looks like "x"; these are the nearest.'),
        (Evidence(standing=0.0, seen=True, refused=True), ""),
    ],
)
def test_verdicts_decide_before_names_and_names_before_heights(
    evidence: Evidence, line: str
) -> None:
    assert evidence.doubt("x", doubted=0.1) == line


@pytest.mark.parametrize(
    ("scores", "seen", "refused"),
    [
        ([-3, -4, -5, -3, -3, 0.0], False, True),
        ([-3, -4, -5, -3, 1.0], False, False),  # one it is not sure of
        ([-3, -4, None, -3, -3], False, False),  # one it was not asked about
        ([-3, -4, -5, -3, -3, 2.5], True, True),
        ([-3, -4], False, True),  # no more pictures than that
        ([], False, False),
    ],
)
def test_a_model_refuses_only_if_it_surely_refuses_all_of_the_nearest(
    searcher: Searcher, scores: list[float | None], seen: bool, refused: bool
) -> None:
    hits = [
        Hit(Picture(str(at), "", (Path("/x"),), 1, 1, 1), 1.0, at, Why(_known(score)))
        for at, score in enumerate(scores, 1)
    ]
    absence = Absence(searcher, reading=VerdictReading("yesno@m", 2.2))
    found = absence.evidence(Query(wanted=("x",)), hits)
    assert (found.seen, found.refused) == (seen, refused)


def _known(score: float | None) -> dict[str, float]:
    return {} if score is None else {"yesno@m": score}


def test_a_share_beyond_one_is_refused(searcher: Searcher) -> None:
    with pytest.raises(ValueError, match=r"doubted must be in 0..1, a share; got 2"):
        Absence(searcher, doubted=2)


def test_a_doubt_comes_last_is_timed_and_hides_nothing(searcher: Searcher) -> None:
    query = Query(wanted=("a traffic light",))
    first, last = Pipeline(searcher, absence=Absence(searcher, doubted=1)).improving(query, 3)
    assert (first.doubt, last.hits) == ("", searcher.search(query, 3))
    assert last.doubt == 'Perhaps nothing here looks like "a traffic light"; these are the nearest.'
    assert "absence" in last.seconds


def test_stages_say_how_much_is_doubted(searcher: Searcher) -> None:
    collection = searcher.collection
    assert open_pipeline(Stages(doubt=0), collection, searcher).absence is None
    eager = open_pipeline(Stages(doubt=0.5), collection, searcher).absence
    assert eager is not None
    assert (eager.doubted, eager.reading) == (0.5, None)
    blind = open_pipeline(Stages(reranker="yesno"), collection, searcher).absence
    assert blind is not None
    assert blind.reading is None, "the offline model reads captions and cannot see"


def test_a_session_keeps_the_doubt_and_the_screen_shows_it(
    searcher: Searcher, tmp_path: Path
) -> None:
    pipeline = Pipeline(searcher, absence=Absence(searcher, doubted=1))
    turn = Session.start("talk", pipeline, folder=tmp_path).ask("a traffic light")
    again = Session.resume("talk", pipeline, folder=tmp_path).turns[0]
    assert turn.doubt
    assert again.doubt == turn.doubt
    console = Console(record=True, width=100)
    Screen(console=console, thumbnails="none").turn(turn)
    shown = console.export_text()
    assert shown.index(turn.doubt) < shown.index("score")


@pytest.mark.parametrize("form", ["table", "lines", "json"])
def test_a_search_says_so_beside_its_results(
    searcher: Searcher, form: search_output.Form, capfd: pytest.CaptureFixture[str]
) -> None:
    query = Query(wanted=("a bus",))
    hits = searcher.search(query, 2)
    found = SearchResult(
        query=query,
        hits=hits,
        collection="c",
        encoder="e",
        roots=(),
        seconds={"search": 0.1},
        doubt="Perhaps.",
    )
    search_output.found(found, form, thumbnails="none", why=False)
    out, err = capfd.readouterr()
    assert hits[0].picture.path.name in out
    assert (err, '"doubt": "Perhaps."' in out) == (
        ("", True) if form == "json" else ("Perhaps.\n", False)
    )
