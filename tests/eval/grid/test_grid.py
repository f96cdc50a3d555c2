import hashlib
import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.cache.verdicts import open_verdicts
from agent.mllm.mllm import Usage
from agent.rerank.mllm_choices import Pick
from agent.rerank.pointwise import PointwiseReranker
from agent.stages.config import StageError, Stages
from agent.stages.pipeline import Pipeline
from app.evaluation.run_grid import places, without
from eval.benchmarks.own.own_pictures import own_benchmark
from eval.grid.grid import GridRow, read_grid, run_grid
from eval.grid.grid_questions import GridQuestion, Pool, questions_of
from prompts.load import load
from retrievers.hit import Picture
from tests.agent.stages.test_pipeline import ByWords, Longest

QUESTIONS = [
    GridQuestion(("boat",), "red boat"),
    GridQuestion(("cat",), "red cat"),
    GridQuestion(("sea",), "nowhere"),
]


class System:
    """Opens a pipeline over six pictures, and counts how often it was opened and asked."""

    def __init__(self) -> None:
        self.opened = 0
        self.asked = 0
        self.usage = Usage()

    def __call__(self, stages: Stages) -> tuple[Pipeline, list[Usage]]:
        self.opened += 1
        system = self

        class Counting(ByWords):
            def search(self, query, k):  # type: ignore[no-untyped-def]
                system.asked += 1
                system.usage.tokens_in += 7
                return super().search(query, k)

        reranker = Longest() if stages.reranker else None
        return Pipeline(Counting(), reranker=reranker, shortlist=3), [self.usage]


def run(path: Path, system: System, *systems: Stages) -> list[GridRow]:
    return run_grid(systems, QUESTIONS, open_system=system, collection="six", path=path)


def test_figures_by_hand(tmp_path: Path) -> None:
    plain, reranked = run(tmp_path / "g.jsonl", System(), Stages(), Stages(reranker="yesno"))
    # first stage: boat before red boat, cat before red cat; "nowhere" is missed
    assert (plain.first_r1, plain.r1) == (0, 0)
    assert plain.r10 == pytest.approx(2 / 3)
    # the longest name wins inside the first three: red boat and red cat are both first
    assert reranked.first_r1 == 0
    assert reranked.r1 == pytest.approx(2 / 3)
    assert reranked.ceiling == pytest.approx(2 / 3)
    assert plain.tokens == reranked.tokens == 7


def test_a_stopped_run_goes_on_and_equals_a_whole_one(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole.jsonl", System(), Stages())
    lines = (tmp_path / "whole.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_text("".join(lines[:1]) + lines[1][:20])
    system = System()
    again = run(tmp_path / "cut.jsonl", system, Stages())
    assert system.asked == 2
    kept = (tmp_path / "cut.jsonl").read_text().splitlines()
    assert [json.loads(line)["key"] for line in kept] == [json.loads(one)["key"] for one in lines]
    assert (again[0].r1, again[0].r10) == (whole[0].r1, whole[0].r10)
    idle = System()
    run(tmp_path / "cut.jsonl", idle, Stages())
    assert (idle.opened, idle.asked) == (0, 0)


def test_another_setting_is_asked_anew(tmp_path: Path) -> None:
    run(tmp_path / "g.jsonl", System(), Stages())
    system = System()
    run(tmp_path / "g.jsonl", system, Stages(shortlist=7))
    assert system.asked == 3


def test_lists_are_combined(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    path.write_text(
        'rewriter = ["", "plugir"]\nreranker = ["", "yesno", "pick"]\nshortlist = 9\n'
        'prompts = [{}, {"pick/best" = "pick/mine"}]\n'
    )
    grid = read_grid(path)
    assert len(grid) == 12 and {one.shortlist for one in grid} == {9}
    path.write_text("colour = 1")
    with pytest.raises(StageError, match="colour: there is no such key; there are rewriter"):
        read_grid(path)


ANY = Pool("c", lambda one: True, lambda content: None, Path())


def test_the_picture_pointed_at_is_liked_and_takes_no_rank(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    line = {"turns": ["boat"], "target": "red boat", "picture": "boat"}
    path.write_text(json.dumps(line))
    (question,) = questions_of(path, ANY, home=tmp_path)
    assert question.query.like == ("boat",)
    found, verdict = ByWords().search(question.query, 5), Pipeline(ByWords()).verdict
    assert question.rank_in(found, verdict) == 1
    assert GridQuestion(("boat",), "red boat").rank_in(found, verdict) == 2


GOOD = '{"turns": ["a"], "target": "x"}'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{}", "not of the form"),
        ('{"turns": "great white shark", "target": "x"}', "not of the form"),
        ('{"turns": [], "target": "x"}', "not of the form"),
        ('{"turns": null, "target": "x"}', "not of the form"),
        ('{"turns": {"a": 1}, "target": "x"}', "not of the form"),
        ('{"turns": ["a", 7], "target": "x"}', "not of the form"),
        ('{"turns": ["a"], "target": ["x"]}', "not of the form"),
        ('{"turns": ["a"], "target": true}', "not of the form"),
        ('{"turns": ["a"], "target": ""}', "not of the form"),
        ('{"turns": ["a"], "target": "x", "picture": ["y"]}', "not of the form"),
        ('{"turns": ["  "], "target": "x"}', "a turn must say something; got '  '"),
        ('{"turns": ["a", "\\u3000"], "target": "x"}', "a turn must say something"),
        ('{"turns": ["a"], "target": "x", "picture": "x"}', "must differ; both are 'x'"),
        ('{"turns": ["a"], "tar', "no JSON"),
        ('["a"]', "not a JSON object"),
    ],
)
def test_a_broken_question_is_named_and_no_blank_line_before_it(
    tmp_path: Path, line: str, message: str
) -> None:
    """Both readers of questions are one: what `eval run` refuses, `grid` refuses likewise."""
    (tmp_path / "q.jsonl").write_text(f"{GOOD}\n\n{line}\n")
    Image.new("RGB", (8, 8)).save(tmp_path / "x", "PNG")
    (tmp_path / "x").rename(tmp_path / "x.png")
    with pytest.raises(ValueError, match=rf"q\.jsonl:3: .*{message}"):
        questions_of(tmp_path / "q.jsonl", ANY, home=tmp_path)
    text = (tmp_path / "q.jsonl").read_text().replace('"x"', '"x.png"')
    (tmp_path / "q.jsonl").write_text(text)
    message = message.replace("'x'", "'x.png'")
    with pytest.raises(ValueError, match=rf"q\.jsonl:3: .*{message}"):
        own_benchmark(tmp_path / "q.jsonl", home=tmp_path)


def test_blank_lines_are_no_questions(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(f"\n{GOOD}\r\n \t\n{GOOD}\n\n", encoding="utf-16")
    assert len(questions_of(path, ANY, home=tmp_path)) == 2


@pytest.mark.parametrize("name", ["rewriter", "reranker", "shortlist", "prompts", "llm", "doubt"])
def test_an_empty_list_of_a_grid_is_said_to_be_one(tmp_path: Path, name: str) -> None:
    path = tmp_path / "grid.toml"
    path.write_text(f'mllm = ["offline"]\n{name} = []\n')
    with pytest.raises(StageError, match=rf"grid\.toml: {name} is an empty list"):
        read_grid(path)


def test_the_places_that_a_model_picks_are_counted(tmp_path: Path) -> None:
    """A model that always says A picks the first of two places for each of the three questions."""

    class AlwaysA:
        name, sees, usage = "always-a", True, Usage()

        def choose(self, messages, options):  # type: ignore[no-untyped-def]
            return np.log(np.array([0.9] + [0.1 / (len(options) - 1)] * (len(options) - 1)))

    def opened(stages: Stages) -> tuple[Pipeline, list[Usage]]:
        pick = Pick(AlwaysA(), lambda picture: Image.new("RGB", (8, 8)), k=2)  # type: ignore[arg-type]
        return Pipeline(ByWords(), reranker=pick, shortlist=3), []

    path = tmp_path / "g.jsonl"
    for _ in range(2):  # the second time from the file
        (row,) = run_grid(
            [Stages(reranker="pick")], QUESTIONS, open_system=opened, collection="six", path=path
        )
        assert row.places == (3, 0)
        assert load("pick/best").hash in row.system
    assert places(row.places).startswith("picks by place A 1.00, B 0.00; without bias 0.50 each")


def test_tokens_say_what_was_remembered_instead_of_asked(tmp_path: Path) -> None:
    """A run that was killed between a verdict and its answer counts what it did not ask again."""
    verdicts = open_verdicts(tmp_path / "verdicts.db")

    class Paid:
        name, batch = "paid", 1

        def __init__(self) -> None:
            self.usage = Usage()

        def judge(self, said: str, pictures: Sequence[Picture]) -> list[float]:
            self.usage.tokens_in += 10 * len(pictures)
            return [float(len(picture.id)) for picture in pictures]

    def opened(stages: Stages) -> tuple[Pipeline, list[Usage]]:
        judge = Paid()
        reranker = PointwiseReranker(judge, verdicts=verdicts)
        return Pipeline(ByWords(), reranker=reranker, shortlist=3), [judge.usage, verdicts.usage]

    def rows(name: str) -> GridRow:
        (row,) = run_grid(
            [Stages()], QUESTIONS, open_system=opened, collection="six", path=tmp_path / name
        )
        return row

    whole = rows("whole.jsonl")
    assert (whole.tokens > 0, whole.remembered) == (True, 0)
    again = rows("answers-lost.jsonl")  # every verdict was kept, and no answer
    assert again.tokens + 10 * again.remembered == whole.tokens
    assert without(again.remembered).startswith(f"tokens without {again.remembered:.1f} remembered")


def test_a_question_names_its_picture_in_any_spelling_of_the_file_s_name(tmp_path: Path) -> None:
    name = "제주도 한라산.jpg"
    (tmp_path / unicodedata.normalize("NFD", name)).write_bytes(b"a picture")
    content = hashlib.sha256(b"a picture").hexdigest()
    pool = Pool("c", lambda one: False, {content: "the id"}.get, tmp_path)
    for form in ("NFC", "NFD"):
        assert pool.id_of("q.jsonl:1", unicodedata.normalize(form, name)) == "the id"
