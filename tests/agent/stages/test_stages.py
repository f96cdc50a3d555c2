import re
from pathlib import Path

import pytest

from agent.conversation.session import Session
from agent.stages.config import StageError, Stages, read_stages
from agent.stages.pipeline import Pipeline
from agent.stages.pipeline_builder import open_pipeline
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.query import Query
from retrievers.search.searcher import Searcher
from tests.encoders import ColourEncoder
from tests.retrievers.search.test_searcher import plain


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder = tmp_path_factory.mktemp("stages")
    for number, colour in enumerate(("red", "green", "blue", "white")):
        plain(folder / "pictures" / f"{number}.png", colour, (40 + number, 30))
    encoder = ColourEncoder()
    collection = Collection.create(folder / "c", encoder=encoder.name, dim=encoder.dim)
    sync(collection, encoder, folder / "pictures")
    return Searcher(collection, encoder)


def test_a_toml_file_names_every_stage(tmp_path: Path) -> None:
    path = tmp_path / "system.toml"
    path.write_text(
        'rewriter = "eiirwqr"\nreranker = "pick"\nbudget = 3.5\nshortlist = 8\n'
        "[rewriter_options]\nturns = 2\n[reranker_options]\nk = 3\n",
        encoding="utf-8",
    )
    stages = read_stages(path)
    assert (stages.rewriter, stages.reranker, stages.budget) == ("eiirwqr", "pick", 3.5)
    assert stages.rewriter_options == {"turns": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rewriter = 'x'", "rewriter: there is no 'x'; there are cirevl, eiirwqr, plugir"),
        ("reranker = 'x'", "reranker: there is no 'x'; there are blip2, "),
        ("fusion = 'sum'", "fusion: there is no 'sum'; there are replace, rrf, weighted"),
        ("colour = 1", r"s\.toml: colour: there is no such key; there are rewriter"),
        ("=", "cannot be read as TOML"),
        ("budget = '3'", r"s\.toml: budget: must be a number, without quotes; got '3'"),
        ("covering = 'no'", r"covering: must be true or false, without quotes; got 'no'"),
        ("covering = 0", "covering: must be true or false, without quotes; got 0"),
        ("shortlist = 2.5", "shortlist: must be a whole number, without quotes; got 2.5"),
        ("shortlist = true", "shortlist: must be a whole number, without quotes; got True"),
        ("rewriter = ['cirevl']", r"rewriter: must be a text in quotes; got \['cirevl'\]"),
        ("llm = 3", "llm: must be a text in quotes; got 3"),
        ("llm_options = 'hot'", "llm_options: must be a table; got 'hot'"),
        ("[prompts]\n'pick/best' = 3", r'prompts\."pick/best": must be a text in quotes; got 3'),
        ("shortlist = 0", "shortlist: must be at least 1; got 0"),
        ("budget = -1", "budget: must be 0 or more; got -1"),
        ("budget = nan", "budget: must be a finite number; got nan"),
        ("fusion_weight = 2", r"fusion_weight: must be in 0\.\.1; got 2"),
        ("doubt = -0.1", r"doubt: must be in 0\.\.1; got -0\.1"),
    ],
)
def test_a_wrong_file_is_named_with_what_there_is(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StageError, match=message):
        read_stages(tmp_path / "s.toml")


@pytest.mark.parametrize("text", ["budget = 3", "budget = 0.5\nshortlist = 7\ncovering = false"])
def test_a_number_is_a_number_with_or_without_a_point(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    assert read_stages(tmp_path / "s.toml").budget in (3, 0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "reranker='pick'\n[reranker_options]\nk = '4'",
            "options.k: must be a whole number",
        ),
        (
            "reranker='pick'\n[reranker_options]\nk = 2.5",
            "options.k: must be a whole number",
        ),
        ("reranker='pick'\n[reranker_options]\nshape = 1", "shape: there is no such key"),
        ("reranker='yesno'\n[reranker_options]\nverdicts = 'a'", "there are depth"),
        ("reranker='propositions'\n[reranker_options]\ngate = true", "gate: must be a number"),
        (
            "reranker='cross-encoder'\n[reranker_options]\ncheckpoint = 3",
            "must be a text in quotes",
        ),
        ("reranker='blip2'\n[reranker_options]\nkeep = 'no'", "keep: must be true or false"),
        (
            "rewriter='eiirwqr'\n[rewriter_options]\nturns = '2'",
            "rewriter_options.turns: must be a",
        ),
        ("rewriter='eiirwqr'\n[rewriter_options]\nunseen = 1", "unseen: must be true or false"),
        ("rewriter='plugir'\n[rewriter_options]\nturns = 2", "no such key; there is none"),
        (
            "llm='openai:a@http://b'\n[llm_options]\ntimeout = '3'",
            "llm_options.timeout: must be",
        ),
        ("mllm='openai:a@http://b'\n[mllm_options]\ndialect='x'", "dialect: must be one of 'vllm'"),
        ("mllm='openai:a@http://b'\n[mllm_options]\nprice=[1, 'b']", "price.1.: must be a number"),
        (
            "mllm='transformers:a'\n[mllm_options]\nbits = 5",
            "bits: must be one of 4 or 8",
        ),
        ("[llm_options]\nthreads = 'two'", "llm_options.threads: must be a whole number"),
    ],
)
def test_an_option_of_another_kind_is_named_with_its_file(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StageError, match=rf"^{re.escape(str(tmp_path))}/s\.toml: .*{message}"):
        read_stages(tmp_path / "s.toml")


@pytest.mark.parametrize(
    "text",
    [
        "reranker='pick'\n[reranker_options]\nk = 3\nseed = 1",
        "reranker='propositions'\n[reranker_options]\ngate = 1\ndepth = 5",
        "reranker='blip2'\n[reranker_options]\nadapter = 'runs/1'\nkeep = false",
        "mllm='openai:a@http://b'\n[mllm_options]\ntimeout = 3\nprice = [1, 2.5]\nside = 500",
        "llm='transformers:a'\n[llm_options]\nbits = 4\nadapter = 'runs/1'\nbatch = 2",
        "mllm='of another planet'\n[mllm_options]\nbits = 'x'",  # opening it says so
    ],
)
def test_options_of_the_right_kind_are_taken(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    read_stages(tmp_path / "s.toml")


def test_each_wrong_key_has_a_line_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        "colour = 1\nbudget = '3'\nshortlist = 2.5\nllm = 2026-01-01\ndoubt = nan\n", "utf-8"
    )
    with pytest.raises(StageError) as raised:
        read_stages(path)
    assert all(line.startswith(f"{path}: ") for line in str(raised.value).splitlines())
    told = {line.split(": ")[1]: line for line in str(raised.value).splitlines()}
    assert set(told) == {"colour", "budget", "shortlist", "llm", "doubt"}
    assert "must not be a date" in told["llm"] and "finite" in told["doubt"]


def test_ranges_names_and_options_are_told_together() -> None:
    with pytest.raises(StageError) as raised:
        Stages(rewriter="x", shortlist=0, reranker="pick", reranker_options={"k": "4", "seed": 1})
    assert str(raised.value).splitlines() == [
        "shortlist: must be at least 1; got 0",
        "rewriter: there is no 'x'; there are cirevl, eiirwqr, plugir, trained",
        "reranker_options.k: must be a whole number, without quotes; got '4'",
    ]


@pytest.mark.parametrize(
    ("rewriter", "reranker"),
    [("cirevl", "pick"), ("eiirwqr", "yesno"), ("plugir", "pairwise"), ("", "propositions")],
)
def test_stages_run_a_turn_with_the_offline_model(
    searcher: Searcher, rewriter: str, reranker: str
) -> None:
    """A small model may fail a stage; the turn then says so and has its pictures all the same."""
    stages = Stages(rewriter=rewriter, reranker=reranker, shortlist=2)
    pipeline = open_pipeline(stages, searcher.collection, searcher)
    assert isinstance(pipeline, Pipeline)
    found = pipeline.find(Query(wanted=("a red wall", "in the sun")), 4)
    assert len(found.hits) == 4
    assert [hit.rank for hit in found.hits] == [1, 2, 3, 4]
    assert all(reason.startswith(("rewrite: ", "rerank: ")) for reason in found.lost)
    assert ("rerank" in found.seconds) == bool(reranker)


@pytest.mark.parametrize("fusion", ["rrf", "weighted"])
def test_a_reranker_can_share_the_decision_with_the_first_stage(
    searcher: Searcher, fusion: str
) -> None:
    stages = Stages(reranker="yesno", shortlist=2, fusion=fusion, fusion_weight=0.25)
    pipeline = open_pipeline(stages, searcher.collection, searcher)
    assert f" > {fusion}0.25(yesno@offline" in pipeline.name
    found = pipeline.find(Query(wanted=("a red wall",)), 4)
    assert not found.lost
    assert sum(any(fusion in stage for stage in hit.why.scores) for hit in found.hits) == 2


def test_a_shortlist_is_as_long_as_told_or_fifty(searcher: Searcher) -> None:
    assert open_pipeline(Stages(), searcher.collection, searcher).shortlist == 50
    assert open_pipeline(Stages(shortlist=7), searcher.collection, searcher).shortlist == 7


def test_a_session_tells_what_its_stages_did(searcher: Searcher, tmp_path: Path) -> None:
    pipeline = open_pipeline(Stages(reranker="yesno", shortlist=2), searcher.collection, searcher)
    session = Session.start("s", pipeline, folder=tmp_path)
    turn = session.ask("a blue wall")
    assert {"interpret", "search", "rerank"} <= set(turn.seconds)
    assert any(key.startswith("yesno@") for key in turn.hits[0].why.scores)


def test_verdicts_are_kept_with_the_collection(searcher: Searcher) -> None:
    pipeline = open_pipeline(Stages(reranker="yesno", shortlist=2), searcher.collection, searcher)
    query = Query(wanted=("a green wall",))
    first = pipeline.find(query, 2)
    again = pipeline.find(query, 2)
    assert [hit.picture.id for hit in first.hits] == [hit.picture.id for hit in again.hits]
    assert again.seconds["rerank"] < first.seconds["rerank"] / 5
