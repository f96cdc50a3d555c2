"""Our judges and rerankers in the hands of sentence-transformers and of `rerankers`."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("rerankers")
pytest.importorskip("sentence_transformers")
from rerankers import Document
from rerankers.models.ranker import BaseRanker
from sentence_transformers.cross_encoder.evaluation import CrossEncoderRerankingEvaluator

from agent.rerank.cross_encoder import CrossEncoderJudge
from agent.rerank.mllm_choices import Listwise, YesNo
from agent.rerank.pointwise import PointwiseReranker
from eval.benchmark import Question
from eval.metrics.named_metrics import measure
from eval.peers.pair_scorer import PairScorer
from eval.peers.picture_files import PictureFiles
from eval.peers.picture_ranker import PictureRanker
from eval.ranking import Ranking
from retrievers.hit import Picture
from retrievers.pictures import read_picture
from tests.agent.rerank.test_mllm_choices import Brightest


def pixels(picture: Picture) -> Image.Image:
    return read_picture(picture.path, min_side=8).image


@pytest.fixture
def greys(tmp_path: Path) -> list[str]:
    """Pictures of the levels 80, 240, 0, 160: the second is the brightest."""
    return [_grey(tmp_path / f"{level}.png", level) for level in (80, 240, 0, 160)]


def _grey(path: Path, level: int) -> str:
    Image.new("RGB", (8, 8), (level,) * 3).save(path)
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> PictureFiles:
    return PictureFiles(tmp_path / "files")


@pytest.fixture
def scorer(files: PictureFiles) -> PairScorer:
    return PairScorer(YesNo(Brightest(), pixels), files)


def test_pairs_are_scored_and_ranked_as_a_cross_encoder_does(
    scorer: PairScorer, greys: list[str]
) -> None:
    scores = scorer.predict([("bright", one) for one in greys])
    assert scores.dtype == np.float32
    assert np.argsort(-scores).tolist() == [1, 3, 0, 2]
    best = scorer.rank("bright", greys, top_k=2, return_documents=True)
    assert [(one["corpus_id"], one["text"]) for one in best] == [(1, greys[1]), (3, greys[3])]
    assert best[0]["score"] == pytest.approx(scores[1])


def test_a_judge_goes_there_and_back(scorer: PairScorer, greys: list[str]) -> None:
    """What takes a `CrossEncoder` here takes our own in its place, pixels included."""
    pictures = [scorer.files.picture(one) for one in greys]
    back = CrossEncoderJudge(scorer, "back", pixels)
    assert back.judge("bright", pictures) == pytest.approx(scorer.judge.judge("bright", pictures))


def test_an_evaluator_of_sentence_transformers_says_what_our_measures_say(
    scorer: PairScorer, tmp_path: Path
) -> None:
    levels = np.random.default_rng(0).permutation(np.arange(0, 250, 10)).reshape(5, 5)
    samples, questions, rankings = [], [], {}
    for row in levels:
        name = str(row[0])
        paths = [_grey(tmp_path / f"{level}.png", int(level)) for level in row]
        right = paths[1:3]
        samples.append({"query": name, "positive": right, "documents": paths})
        questions.append(Question(name, relevant=dict.fromkeys(right, 1.0)))
        order = sorted(zip(row.tolist(), paths, strict=True), reverse=True)
        rankings[name] = Ranking(tuple(p for _, p in order), tuple(float(s) for s, _ in order))
    evaluator = CrossEncoderRerankingEvaluator(samples, name="greys", write_csv=False)
    figures = evaluator(scorer)
    for ours, theirs in (("MAP", "map"), ("MRR", "mrr@10"), ("nDCG@10", "ndcg@10")):
        figure = measure(ours).of(questions, rankings)
        assert 0.1 < figure < 1
        assert figures[f"greys_{theirs}"] == pytest.approx(figure, abs=1e-6)
    assert set(scorer.model_card_data.of) >= {"greys_map", "greys_ndcg@10"}


def test_rerankers_takes_ours_for_its_own(files: PictureFiles, greys: list[str]) -> None:
    ranker = PictureRanker(PointwiseReranker(YesNo(Brightest(), pixels)), files)
    assert isinstance(ranker, BaseRanker)
    found = ranker.rank("bright", greys, doc_ids=["a", "b", "c", "d"])
    assert [(one.doc_id, one.rank) for one in found] == [("b", 1), ("d", 2), ("a", 3), ("c", 4)]
    assert found.has_scores
    assert found.top_k(1)[0].image_path == greys[1]
    assert found.get_score_by_docid("b") == pytest.approx(ranker.score("bright", greys[1]))
    assert not files.folder.exists()


def test_documents_of_rerankers_are_read_and_left_as_they_are(
    files: PictureFiles, greys: list[str]
) -> None:
    ranker = PictureRanker(PointwiseReranker(YesNo(Brightest(), pixels)), files)
    coded = b64encode(Path(greys[1]).read_bytes()).decode()
    documents = [
        Document(document_type="image", image_path=greys[0], metadata={"of": "path"}),
        Document(document_type="image", base64=coded, metadata={"of": "bytes"}),
        Document(document_type="image", image_path=greys[1], metadata={"of": "the same again"}),
    ]
    found = ranker.rank("bright", documents)
    assert [one.metadata["of"] for one in found] == ["bytes", "the same again", "path"]
    assert [one.doc_id for one in found] == [1, 2, 0]
    assert {one.doc_id for one in documents} == {None}


def test_an_order_without_scores_is_a_result_too(files: PictureFiles, greys: list[str]) -> None:
    listwise = Listwise(Brightest("B > A"), pixels, k=2)
    ranker = PictureRanker(listwise, files)
    found = ranker.rank("bright", greys)
    assert not found.has_scores
    assert sorted(one.doc_id for one in found.top_k(2)) == [0, 1]
    assert [one.doc_id for one in found][2:] == [2, 3]
    with pytest.raises(ValueError, match="gives one alone no score"):
        ranker.score("bright", greys[0])


def test_rerankers_may_ask_from_a_loop(files: PictureFiles, greys: list[str]) -> None:
    ranker = PictureRanker(PointwiseReranker(YesNo(Brightest(), pixels)), files)

    async def asked() -> Sequence[int]:
        return [one.doc_id for one in await ranker.rank_async("bright", greys)]

    assert asyncio.run(asked()) == [1, 3, 0, 2]


def test_a_text_is_no_picture(files: PictureFiles) -> None:
    ranker = PictureRanker(PointwiseReranker(YesNo(Brightest(), pixels)), files)
    with pytest.raises(ValueError, match=r"document 'x' must be a picture, .*; got a text"):
        ranker.rank("bright", Document("words", doc_id="x"))
    assert list(ranker.rank("bright", [])) == []
