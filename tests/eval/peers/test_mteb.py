"""Runs of mteb itself, offline, on local data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest

pytest.importorskip("mteb")
import datasets
import mteb
from mteb.mocks import ALL_MOCK_TASK_TEST_GRID
from mteb.models import CrossEncoderProtocol, EncoderProtocol, SearchProtocol

from agent.stages import Stages
from eval.benchmarks.benchmark import Benchmark, Question, Task
from eval.benchmarks.captioned import both_directions
from eval.metrics.named import measure
from eval.metrics.recall import recall
from eval.peers.mteb_encoder import MtebEncoder
from eval.peers.mteb_judge import MtebJudge
from eval.peers.mteb_system import MtebSystem
from eval.peers.mteb_task import LocalTask
from eval.ranking import Ranking
from eval.runs.pipeline_system import PipelineSystem
from eval.runs.run import Run, run_task
from retrievers.encoder import Vectors
from retrievers.hit import Picture
from retrievers.pictures import read_picture
from tests.encoders import ColourEncoder
from tests.eval.peers.scenes import OftenWrong, captioned
from tests.eval.scenes import halves

PAGE = Path(__file__).parents[3] / "docs" / "peers.md"


class Unrounded(LocalTask):
    """Tells what pytrec_eval computed too, since mteb rounds to five places."""

    def task_specific_scores(
        self, scores: Mapping[str, Mapping[str, float]], *_: Any, **__: Any
    ) -> dict[str, float]:
        names = next(iter(scores.values()))
        return {name: fmean(one[name] for one in scores.values()) for name in names}


def evaluated(model: object, task: LocalTask, **options: Any) -> dict[str, float]:
    result = mteb.evaluate(model, task, cache=None, show_progress_bar=False, **options)
    (scores,) = result.task_results[0].scores["test"]
    return dict(scores)


def ours(system: PipelineSystem, task: Task, folder: Path) -> Run:
    return run_task(system, Benchmark("test", "", (task,)), task, folder=folder / "runs")


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Task, Task]:
    return both_directions(captioned(tmp_path_factory.mktemp("pictures")))


def named() -> list[tuple[str, str, str]]:
    """Read the page's table: our name of a figure, mteb's and trec_eval's."""
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \|", PAGE.read_text("utf-8"), re.M)
    return [
        (a.replace("N", n), b.replace("N", n), c.replace("N", n))
        for a, b, c in rows
        for n in (("1", "5", "10") if "N" in a else ("",))
    ]


@pytest.mark.parametrize("at", [0, 1])
def test_mteb_gives_the_same_figures_under_the_names_on_the_page(
    tasks: tuple[Task, Task], at: int, tmp_path: Path
) -> None:
    task = replace(tasks[at], depth=1000)
    theirs = evaluated(MtebEncoder(OftenWrong()), Unrounded(task, name="same"))
    run = ours(PipelineSystem("often-wrong", OftenWrong(), home=tmp_path), task, tmp_path)
    assert len(named()) >= 11
    for here, there, trec in named():
        figure = measure(here).of(task.questions, run.rankings)
        assert 0 < figure < 1, "a figure of all or nothing proves little"
        assert theirs[there] == pytest.approx(figure, abs=6e-6), here
        assert theirs.get(trec, figure) == pytest.approx(figure, abs=1e-6), here


def test_recall_of_mteb_is_the_share_of_the_captions_and_at_most_a_fifth(
    tasks: tuple[Task, Task], tmp_path: Path
) -> None:
    task = tasks[1]
    theirs = evaluated(MtebEncoder(OftenWrong()), LocalTask(task, name="fifth"))
    run = ours(PipelineSystem("often-wrong", OftenWrong(), home=tmp_path), task, tmp_path)
    hit = recall(1).of(task.questions, run.rankings)
    assert theirs["recall_at_1"] == pytest.approx(hit / 5, abs=6e-6)
    assert theirs["hit_rate_at_1"] == theirs["main_score"] == pytest.approx(hit, abs=6e-6)


class Constant(ColourEncoder):
    """Knows nothing."""

    def encode_images(self, images: Sequence[Any]) -> Vectors:
        return np.full((len(images), self.dim), self.dim**-0.5, dtype=np.float32)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return np.full((len(texts), self.dim), self.dim**-0.5, dtype=np.float32)


def test_ties_go_to_the_last_id_in_mteb_and_against_the_system_here(
    tasks: tuple[Task, Task], tmp_path: Path
) -> None:
    last = max(item.id for item in tasks[0].gallery)
    asked = tuple(replace(one, relevant={last: 1.0}) for one in tasks[0].questions[:3])
    task = replace(tasks[0], questions=asked)
    theirs = evaluated(MtebEncoder(Constant()), LocalTask(task, name="ties"))
    run = ours(PipelineSystem("constant", Constant(), home=tmp_path), task, tmp_path)
    assert theirs["hit_rate_at_1"] == 1.0
    assert recall(1).of(task.questions, run.rankings) == 0.0


def test_the_reference_picture_left_in_the_pool_is_what_is_found(
    tasks: tuple[Task, Task], tmp_path: Path
) -> None:
    paths = {item.id: item.path for item in tasks[0].gallery}
    asked = tuple(
        Question(
            f"{left} {right}, turned",
            turns=(f"{right} and {left}",),
            picture=paths[f"{left} {right}"],
            relevant={f"{right} {left}": 1.0},
            excluded=frozenset({f"{left} {right}"}),
        )
        for left, right in map(str.split, paths)
    )
    task = Task("composed", tasks[0].gallery, asked, ())
    run = ours(PipelineSystem("often-wrong", OftenWrong(), home=tmp_path), task, tmp_path)
    model = MtebEncoder(OftenWrong())
    without = evaluated(model, LocalTask(task, name="without"))
    for name, there in (("MRR", "mrr_at_1000"), ("R@1", "hit_rate_at_1"), ("MAP", "map_at_1000")):
        figure = measure(name).of(asked, run.rankings)
        assert 0 < figure < 1
        assert without[there] == pytest.approx(figure, abs=6e-6)
    left_in = tuple(replace(one, excluded=frozenset()) for one in asked)
    with_it = evaluated(model, LocalTask(replace(task, questions=left_in), name="left"))
    assert with_it["hit_rate_at_1"] == 0


@pytest.mark.parametrize("at", [0, 1])
def test_a_whole_system_is_a_model_of_mteb(
    tasks: tuple[Task, Task], at: int, tmp_path: Path
) -> None:
    task = replace(tasks[at], questions=tasks[at].questions[:10])
    system = PipelineSystem("often-wrong", OftenWrong(), home=tmp_path)
    model = MtebSystem(system, files=tmp_path / "files")
    assert isinstance(model, SearchProtocol)
    assert not isinstance(model, EncoderProtocol)
    theirs = evaluated(model, LocalTask(task, name="system"))
    run = ours(system, task, tmp_path)
    for n in (1, 5, 10):
        figure = recall(n).of(task.questions, run.rankings)
        assert theirs[f"hit_rate_at_{n}"] == pytest.approx(figure, abs=6e-6)
    assert not (tmp_path / "files").exists()  # the pictures had files


def test_pictures_that_mteb_holds_in_memory_are_given_files(
    tasks: tuple[Task, Task], tmp_path: Path
) -> None:
    task = replace(tasks[0], questions=tasks[0].questions[:5])
    model = MtebSystem(
        PipelineSystem("often-wrong", OftenWrong(), home=tmp_path), files=tmp_path / "files"
    )
    local = LocalTask(task, name="memory")
    by_file = evaluated(model, local)
    split = local.dataset["default"]["test"]
    rows = [{**row, "image": row["image"].copy()} for row in split["corpus"]]
    features = split["corpus"].features
    split["corpus"] = datasets.Dataset.from_list(rows, features=features)
    assert evaluated(model, local)["mrr_at_1000"] == by_file["mrr_at_1000"]
    assert len(list((tmp_path / "files").iterdir())) == len(task.gallery)


def test_conversations_of_mteb_come_as_turns_and_documents_with_titles(tmp_path: Path) -> None:
    seen: list[Task] = []

    class Watching(PipelineSystem):
        def open(self, task: Task) -> Any:
            seen.append(task)
            return super().open(task)

    texts = {"id": ["a", "b"], "title": ["Red", ""], "text": ["sky", "blue sea"]}
    conversation = [{"role": "user", "content": one} for one in ("red", "and a sky")]
    said = {"id": ["q"], "text": [conversation], "instruction": ["Find it."]}
    local = LocalTask(halves(tmp_path / "p").tasks[1], name="conversation")
    local.metadata = local.metadata.model_copy(update={"category": "t2t", "modalities": ["text"]})
    local.dataset["default"]["test"] = {
        "corpus": datasets.Dataset.from_dict(texts),
        "queries": datasets.Dataset.from_dict(said),
        "relevant_docs": {"q": {"a": 1}},
        "top_ranked": None,
    }
    system = Watching("colours", ColourEncoder(), home=tmp_path)
    figures = evaluated(MtebSystem(system, files=tmp_path / "files"), local)
    assert figures["hit_rate_at_1"] == 1
    assert [item.text for item in seen[0].gallery] == ["Red sky", "blue sea"]
    assert seen[0].questions[0].turns == ("red", "and a sky Find it.")


def test_documents_of_two_kinds_are_refused(tmp_path: Path) -> None:
    local = LocalTask(halves(tmp_path / "p").tasks[0], name="both")
    local.metadata = local.metadata.model_copy(update={"category": "t2it"})
    system = PipelineSystem("colours", ColourEncoder(), home=tmp_path)
    with pytest.raises(ValueError, match=r"both must rank pictures or texts; its documents are"):
        evaluated(MtebSystem(system, files=tmp_path / "files"), local)


def test_a_reranker_behind_the_system_has_its_say_in_mteb(
    tasks: tuple[Task, Task], tiny_blip2: Path, tmp_path: Path
) -> None:
    task = replace(tasks[0], questions=tasks[0].questions[:4])
    options = {"checkpoint": str(tiny_blip2)}
    stages = Stages(reranker="blip2", shortlist=5, reranker_options=options)
    system = PipelineSystem("blip2", OftenWrong(), home=tmp_path, stages=stages)
    run = ours(system, task, tmp_path)
    assert any(answer.first != answer.ranking for answer in run.answers.values())
    theirs = evaluated(MtebSystem(system, files=tmp_path / "files"), LocalTask(task, name="blip2"))
    figure = measure("MRR").of(task.questions, run.rankings)
    assert theirs["mrr_at_1000"] == pytest.approx(figure)


def test_a_reranking_task_gives_the_reranker_its_candidates_and_no_others(
    tasks: tuple[Task, Task], tiny_blip2: Path, tmp_path: Path
) -> None:
    """The candidates here are what the first stage likes least, beyond any shortlist of all."""
    system = PipelineSystem("often-wrong", OftenWrong(), home=tmp_path)
    asked = replace(tasks[0], questions=tasks[0].questions[::10])
    last = {
        name: answer.ranking.ids[-3:]
        for name, answer in ours(system, asked, tmp_path).answers.items()
    }
    few = [
        replace(one, pool=frozenset(last[one.id]), relevant={last[one.id][-1]: 1.0})
        for one in asked.questions
    ]
    options = {"checkpoint": str(tiny_blip2)}
    reranked = replace(
        system, stages=Stages(reranker="blip2", shortlist=3, reranker_options=options)
    )
    local = LocalTask(replace(asked, questions=tuple(few)), name="few")
    plain = evaluated(MtebSystem(system, files=tmp_path / "files"), local)
    assert plain["mrr_at_1000"] == pytest.approx(1 / 3)
    assert evaluated(MtebSystem(reranked, files=tmp_path / "files"), local)["mrr_at_1000"] > 0.34


def test_stages_that_failed_are_told(tasks: tuple[Task, Task], tmp_path: Path) -> None:
    task = replace(tasks[0], questions=tasks[0].questions[:1])
    stages = Stages(
        reranker="yesno", mllm="openai:m@http://127.0.0.1:9/v1", mllm_options={"retries": 0}
    )
    system = PipelineSystem("lost", OftenWrong(), home=tmp_path, stages=stages)
    model = MtebSystem(system, files=tmp_path / "files")
    evaluated(model, LocalTask(task, name="lost"))
    ((question, (reason,)),) = model.lost.items()
    assert question == task.questions[0].id
    assert reason.startswith("rerank: ")


class Colours:
    """A judge: the cosine of an encoder that is right."""

    name, batch = "colours", 7

    def judge(self, said: str, pictures: Sequence[Picture]) -> list[float]:
        encoder = ColourEncoder()
        images = [read_picture(one.path, min_side=encoder.image_size).image for one in pictures]
        cosines = encoder.encode_texts([said]) @ OftenWrong().encode_images(images).T
        return [float(one) for one in cosines[0]]


def test_the_two_stage_recipe_of_mteb_reranks_as_we_do(
    tasks: tuple[Task, Task], tmp_path: Path
) -> None:
    """A right answer outside the shortlist is a miss in both."""
    task, depth = replace(tasks[0], questions=tasks[0].questions[:30]), 4
    evaluated(
        MtebEncoder(OftenWrong()), LocalTask(task, name="two"), prediction_folder=tmp_path / "first"
    )
    second = LocalTask(task, name="two").convert_to_reranking(tmp_path / "first", top_k=depth)
    model = MtebJudge(Colours(), files=tmp_path / "files")
    assert isinstance(model, CrossEncoderProtocol)
    theirs = evaluated(model, second)
    run = ours(PipelineSystem("often-wrong", OftenWrong(), home=tmp_path), task, tmp_path)
    paths = {item.id: item.path for item in task.gallery}
    reranked = {}
    for question in task.questions:
        few = run.rankings[question.id].ids[:depth]
        pictures = [Picture(one, one, (path,), 1, 1, 1) for one in few if (path := paths[one])]
        scores = Colours().judge(question.turns[0], pictures)
        order = sorted(zip(scores, few, strict=True), reverse=True)
        reranked[question.id] = Ranking(tuple(i for _, i in order), tuple(s for s, _ in order))
    figure = recall(1).of(task.questions, reranked)
    assert theirs["hit_rate_at_1"] == pytest.approx(figure, abs=6e-6)
    assert figure != recall(1).of(task.questions, run.rankings)
    ceiling = recall(depth).of(task.questions, run.rankings)
    assert theirs["hit_rate_at_1000"] == pytest.approx(ceiling, abs=6e-6)
    assert ceiling < 1


PICTURES = [
    task
    for task in ALL_MOCK_TASK_TEST_GRID
    if "image" in task.metadata.modalities and {"image", "text"} >= set(task.metadata.modalities)
]


# mteb's few pictures leave classes without a prediction and scores without a spread
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.filterwarnings("ignore::scipy.stats.ConstantInputWarning")
@pytest.mark.parametrize("mock", PICTURES, ids=lambda task: str(task.metadata.name))
def test_an_encoder_runs_every_kind_of_task_with_pictures(mock: mteb.AbsTask) -> None:
    """mteb's own sanity check: classification, clustering, zero-shot, pairs, similarity, search."""
    result = mteb.evaluate(MtebEncoder(OftenWrong()), mock, cache=None, show_progress_bar=False)
    assert not result.exceptions
    assert len(result.task_results) == 1


def test_a_system_passes_the_sanity_check_of_mteb(tmp_path: Path) -> None:
    """All its search tasks over pictures or texts; of the other kinds none is asked of a system."""
    system = PipelineSystem("colours", ColourEncoder(), home=tmp_path)
    results = mteb.mock_run(MtebSystem(system, files=tmp_path / "files"))
    assert results.all_passed
    ran = {name for name, result in results.items() if result is not None}
    assert ran >= {"MockAny2AnyRetrievalT2I", "MockAny2AnyRetrievalI2T", "MockVisionCentricQA"}
    assert ran >= {"MockRetrievalDialogTask", "MockRerankingTask", "MockInstructionRetrieval"}


def test_results_are_filed_under_the_exact_weights() -> None:
    model = MtebEncoder(ColourEncoder())
    assert isinstance(model, EncoderProtocol)
    assert model.mteb_model_meta.name == "dialens/test-colours-2x2"
    other = MtebEncoder(OftenWrong()).mteb_model_meta
    assert model.mteb_model_meta.revision != other.revision
    rows = ColourEncoder().encode_texts(["red", "blue"])
    assert model.similarity_pairwise(rows, rows) == pytest.approx(1)


def test_what_mteb_cannot_take_is_refused(tmp_path: Path) -> None:
    task = halves(tmp_path).tasks[0]
    graded = replace(task.questions[0], relevant={"red green": 0.5})
    with pytest.raises(ValueError, match=r"whole gains only; question 'red green' has 0.5"):
        LocalTask(replace(task, questions=(graded,)), name="graded")
    mixed = (task.questions[0], replace(task.questions[1], picture=tmp_path / "x.png"))
    with pytest.raises(ValueError, match=r"all be text, picture or both; got \['it', 't'\]"):
        LocalTask(replace(task, questions=mixed), name="mixed")
    with pytest.raises(ValueError, match=r"a batch needs text or image; got \['audio'\]"):
        MtebEncoder(ColourEncoder()).encode([{"audio": []}])
    with pytest.raises(ValueError, match="precision must be 'float32'; got 'int8'"):
        MtebEncoder(ColourEncoder()).encode([{"text": ["red"]}], precision="int8")
