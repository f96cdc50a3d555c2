from pathlib import Path

import pytest
from PIL import Image

from agent.stages.config import Stages
from agent.stages.pipeline_builder import open_pipeline
from app.library.stages_chosen import chosen
from benchmarks.composed import COLOUR, SWAP, compose, thing
from benchmarks.oracles import PerfectReranker
from benchmarks.stage_questions import Asked, composed_asked
from benchmarks.stage_systems import (
    CAPTION,
    CEILING,
    COMPOSED,
    FIRST,
    MARKS,
    RERANKERS,
    REWRITERS,
    WATERFALL,
    System,
)
from benchmarks.stages import answered, figures, measured
from eval.benchmarks.published.tux_paint_stamps import STAMPS, load_stamps
from eval.grid.grid import GridAnswer
from eval.grid.grid_questions import GridQuestion
from retrievers.offline.encoder import OfflineEncoder
from tests.agent.stages.test_pipeline import ByWords

needs_stamps = pytest.mark.skipif(not STAMPS.is_dir(), reason="tuxpaint-stamps-default is missing")


@pytest.fixture(scope="module")
def swaps(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    return composed_asked(tmp_path_factory.mktemp("home"), OfflineEncoder(), SWAP, n=4)


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("A crow.", "a crow"),
        ("An emperor tamarin.", "an emperor tamarin"),
        ("A black and white cat.", ""),
        ("Confetti.", ""),
        ("A crow", ""),
    ],
)
def test_a_thing_is_an_article_and_at_most_two_words(caption: str, expected: str) -> None:
    assert thing(caption) == expected


@needs_stamps
@pytest.mark.parametrize("kind", [SWAP, COLOUR])
def test_the_same_questions_are_made_again(kind: str, tmp_path: Path) -> None:
    stamps = load_stamps("eval")
    once = compose(stamps, kind, tmp_path, n=5)
    assert compose(stamps, kind, tmp_path, n=5) == once
    assert len(list(tmp_path.iterdir())) == 20
    for one in once:
        with Image.open(one.pointed) as pointed, Image.open(one.meant) as meant:
            assert pointed.tobytes() != meant.tobytes()


def test_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="kind must be swap or colour; got 'flip'"):
        compose([], "flip", tmp_path, n=1)


@needs_stamps
@pytest.mark.parametrize("special", ["", "words", "picture", "perfect words"])
def test_every_way_of_searching_leaves_the_reference_out(
    swaps: Asked, special: str, tmp_path: Path
) -> None:
    answers = list(answered(swaps, System("x", special=special), tmp_path / "a.jsonl"))
    assert len(answers) == 4
    assert all(answer.rank and answer.rank <= 15 for answer in answers)  # of 16 pictures


@needs_stamps
def test_answers_of_two_ways_are_kept_apart(swaps: Asked, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    keys = [
        answer.key
        for system in (FIRST, System("w", special="words"), CAPTION, FIRST)
        for answer in answered(swaps, system, path)
    ]
    assert len(set(keys)) == 12
    assert len(path.read_text().splitlines()) == 12


@needs_stamps
def test_every_row_can_be_opened(swaps: Asked) -> None:
    for system in (*RERANKERS, *REWRITERS, *MARKS, *WATERFALL, *COMPOSED):
        stages = Stages(**system.stages, shortlist=8)
        pipeline, _ = system.open(swaps, stages)
        assert pipeline.shortlist == 8
        assert bool(pipeline.reranker) == bool(stages.reranker)
        assert bool(pipeline.rewriter) == bool(stages.rewriter) or "oracle" in system.name


@needs_stamps
def test_a_peek_answers_nothing(swaps: Asked, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    full, only = (list(measured(swaps, [FIRST], path)) for _ in range(2))
    assert full == only
    rows = list(measured(swaps, [FIRST, CAPTION], path, peek=True))
    assert rows == [*full, (CAPTION.name, "not run yet")]


@needs_stamps
def test_nothing_beats_the_perfect_order(swaps: Asked, tmp_path: Path) -> None:
    ids = [question.target for question in swaps.questions]
    questions = [GridQuestion((f"cat {place}",), one) for place, one in enumerate(ids)]
    told = Asked("told", swaps.searcher, questions, {})
    for answer in answered(told, CEILING, tmp_path / "a.jsonl"):
        assert (answer.rank == 1) or not answer.shortlisted


def test_the_perfect_reranker_moves_nothing_but_what_is_meant() -> None:
    hits = ByWords().search(GridQuestion(("boat",), "").query, 6)
    (order,) = PerfectReranker({"boat": {"sea"}}).orders("boat", hits)
    ids = [hit.picture.id for hit in hits]
    assert [hit.picture.id for hit in order] == ["sea", *(one for one in ids if one != "sea")]


def test_a_row_by_hand() -> None:
    answers = [GridAnswer("k", 1, rank, True, 2.0, 10, 1) for rank in (1, 2, 9, None)]
    scores = [1, 0.5, 1 / 9, 0.0]
    row = figures("x", answers, scores, [0.5, 0.5, 1 / 9, 0.0])
    assert row[:5] == ("x", "0.250", "0.500", "0.750", "0.403")
    assert row[5].startswith("+0.125 (+0.000 to ")
    assert row[6:] == ("1.000", "1/0", "2.0", "10", "1.00")


@needs_stamps
def test_no_stage_is_on_by_default(swaps: Asked) -> None:
    stages = chosen(None, rewriter=None, reranker=None, budget=None)
    assert stages == Stages()
    assert open_pipeline(stages, swaps.searcher.collection, swaps.searcher).name == "search"
