import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from agent.stages.config import Stages
from agent.stages.pipeline_builder import open_pipeline
from retrievers.checkpoints.adapter import Adapter, AdapterError, read_adapter, write_adapter
from retrievers.checkpoints.error import CheckpointError
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.grace.adapter_files import open_grace
from retrievers.grace.identifiers import KINDS
from retrievers.grace.retriever import GenerativeRetriever
from retrievers.hit import Hit
from retrievers.query import Filters, Query
from tests.agent.mllm.tiny_mllms import save
from tests.encoders import ColourEncoder
from tests.finetune.recipes.grace.learning import PAIRS, drawn, taught
from tests.retrievers.folders import painted
from tests.retrievers.grace.conftest import collection
from tests.threads import assert_threads_are_answered_as_one

RED_ON_BLUE = Query(wanted=("red over blue",))


@pytest.fixture(scope="module")
def retriever(adapter: Adapter, opened: Collection) -> GenerativeRetriever:
    return open_grace(adapter, opened)


def names(hits: Sequence[Hit]) -> list[str]:
    return [hit.picture.path.stem for hit in hits]


def test_every_picture_is_written_at_the_words_that_were_learnt(
    retriever: GenerativeRetriever,
) -> None:
    for upper, lower in PAIRS:
        hits = retriever.search(Query(wanted=(f"{upper} over {lower}",)), 3)
        assert names(hits)[0] == f"{upper}-{lower}"
        assert [hit.rank for hit in hits] == [1, 2, 3]
        assert hits[0].score == hits[0].why.scores["identifier"] <= 0


def test_phrases_are_read_as_one(retriever: GenerativeRetriever) -> None:
    apart = retriever.search(Query(wanted=("red", "blue")), 12)
    assert apart == retriever.search(Query(wanted=("red, blue",)), 12)


def test_twice_the_same_is_twice_the_same(retriever: GenerativeRetriever) -> None:
    query = Query(wanted=("something else",))
    assert retriever.search(query, 12) == retriever.search(query, 12)


def test_threads_with_a_retriever_each_share_one_network(
    adapter: Adapter, opened: Collection, retriever: GenerativeRetriever
) -> None:
    other = GenerativeRetriever(
        opened, retriever.writer, retriever.prompting, retriever.scheme, retriever.known
    )

    def ask(asked: tuple[int, str]) -> list[tuple[str, float]]:
        hits = (retriever, other)[asked[0]].search(Query(wanted=(asked[1],)), 4)
        return [(hit.picture.id, round(hit.score, 4)) for hit in hits]

    words = [f"{upper} over {lower}" for upper, lower in PAIRS[:2]]
    assert_threads_are_answered_as_one(
        ask, [(at, one) for one in words for at in (0, 1)], retriever.writer.plain
    )


def test_each_picture_comes_once_and_no_more_than_there_are(
    retriever: GenerativeRetriever,
) -> None:
    for k in (1, 5, 12, 40):
        hits = retriever.search(RED_ON_BLUE, k)
        assert len({hit.picture.id for hit in hits}) == len(hits) == min(k, 12)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_narrow_beam_finds_as_many(adapter: Adapter, opened: Collection) -> None:
    narrow = open_grace(adapter, opened)
    narrow.beams = 1
    assert [len(narrow.search(RED_ON_BLUE, k)) for k in (1, 2, 7)] == [1, 2, 7]


def test_what_is_left_out_leaves_the_scores_of_the_others_as_they_are(
    retriever: GenerativeRetriever,
) -> None:
    every = retriever.search(RED_ON_BLUE, 12)
    out = frozenset(hit.picture.id for hit in random.Random(0).sample(every, 5))
    left = retriever.search(replace(RED_ON_BLUE, excluded=out), 12)
    assert [hit.picture.id for hit in left] == [
        hit.picture.id for hit in every if hit.picture.id not in out
    ]
    expected = {hit.picture.id: hit.score for hit in every}
    assert all(hit.score == pytest.approx(expected[hit.picture.id], abs=1e-4) for hit in left)


def test_filters_hold(retriever: GenerativeRetriever) -> None:
    filters = Filters(paths=("green-*",))
    found = names(retriever.search(Query(wanted=("red over blue",), filters=filters), 12))
    assert sorted(found) == sorted(f"{upper}-{low}" for upper, low in PAIRS if upper == "green")
    assert retriever.search(Query(wanted=("red",), filters=Filters(paths=("nothing",))), 3) == []


def test_without_words_the_newest_come_first(retriever: GenerativeRetriever) -> None:
    hits = retriever.search(Query(excluded=frozenset()), 4)
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]


def test_k_below_one_is_refused(retriever: GenerativeRetriever) -> None:
    with pytest.raises(ValueError, match="k must be at least 1; got 0"):
        retriever.search(RED_ON_BLUE, 0)


def test_a_pipeline_takes_it_in_place_of_the_dual_encoder(
    retriever: GenerativeRetriever, opened: Collection
) -> None:
    pipeline = open_pipeline(Stages(), opened, retriever)
    found = pipeline.find(RED_ON_BLUE, 2)
    assert names(found.hits)[0] == "red-blue"
    assert not found.doubt


@pytest.mark.parametrize("kind", KINDS)
def test_new_pictures_are_named_without_training_and_old_ones_score_as_before(
    kind: str, base: Path, tmp_path: Path
) -> None:
    drawn(tmp_path / "pictures")
    more = {"leaf": 6} if kind == "structured" else {}
    taught(base, tmp_path / "pictures", kind, steps=2, **more).save(tmp_path / "adapter")
    opened = collection(tmp_path / "c", tmp_path / "pictures")
    retriever = open_grace(read_adapter(tmp_path / "adapter"), opened)
    before = retriever.search(RED_ON_BLUE, 99)
    assert len(before) == len(PAIRS)
    drawn(tmp_path / "pictures", [("cyan", "white"), ("white", "black")])
    sync(opened, ColourEncoder(), tmp_path / "pictures")
    assert retriever.names().newcomers == 2
    after = {hit.picture.path.stem: hit.score for hit in retriever.search(RED_ON_BLUE, 99)}
    assert after.keys() == {*names(before), "cyan-white", "white-black"}
    if kind in ("structured", "vokens"):  # others get new symbols, which take their share
        assert all(
            after[hit.picture.path.stem] == pytest.approx(hit.score, abs=1e-3) for hit in before
        )


def test_too_many_new_pictures_are_named_as_a_reason_to_train_again(
    adapter: Adapter, pictures: Path, tmp_path: Path
) -> None:
    copytree(pictures, tmp_path / "pictures")
    painted(tmp_path / "pictures", 40)
    opened = collection(tmp_path / "c", tmp_path / "pictures")
    with pytest.raises(AdapterError, match=r"40 pictures of 'c' are new .* are full; train it"):
        open_grace(adapter, opened)


def test_an_adapter_of_another_kind_is_refused(opened: Collection, tmp_path: Path) -> None:
    other = write_adapter(tmp_path, "dialogue")
    with pytest.raises(AdapterError, match=r"is an adapter of kind 'dialogue'; .* kind 'grace'"):
        open_grace(other, opened)


def test_an_adapter_of_other_vectors_is_refused(adapter: Adapter, tmp_path: Path) -> None:
    opened = Collection.create(tmp_path / "c", encoder="offline:x", dim=8)
    with pytest.raises(AdapterError, match="trained on vectors of 'test:colours-2x2', and those"):
        open_grace(adapter, opened)


def test_an_adapter_of_other_pictures_is_refused(adapter: Adapter, tmp_path: Path) -> None:
    opened = collection(tmp_path / "c", painted(tmp_path / "pictures", 3))
    with pytest.raises(AdapterError, match="knows none of the 3 pictures of 'c'"):
        open_grace(adapter, opened)


def test_an_adapter_whose_base_has_changed_is_refused(
    adapter: Adapter, opened: Collection, tmp_path: Path
) -> None:
    facts = {name: one for name, one in adapter.facts.items() if name != "kind"}
    other = replace(adapter, facts=facts | {"base": str(save("llama", tmp_path / "other"))})
    with pytest.raises(AdapterError, match="bring that base back, or train the adapter again"):
        open_grace(other, opened)


def test_damaged_files_are_named(adapter: Adapter, opened: Collection, tmp_path: Path) -> None:
    copytree(adapter.folder, tmp_path / "a")
    (tmp_path / "a" / "identifiers.json").write_text("{", encoding="utf-8")
    with pytest.raises(AdapterError, match=r"cannot be read .*; train the adapter again"):
        open_grace(read_adapter(tmp_path / "a"), opened)
    copytree(adapter.folder, tmp_path / "b")
    (tmp_path / "b" / "adapter_model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"holds no adapter_model\.safetensors"):
        open_grace(read_adapter(tmp_path / "b"), opened)
