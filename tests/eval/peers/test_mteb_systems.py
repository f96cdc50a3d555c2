"""Whole systems, and judges as second stages, run by mteb on local data."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mteb")
import datasets
import mteb
from mteb.models import CrossEncoderProtocol, EncoderProtocol, SearchProtocol

from agent.stages.config import Stages
from eval.benchmark import Task
from eval.metrics.named_metrics import measure
from eval.metrics.recall import recall
from eval.peers.mteb_encoder import MtebEncoder
from eval.peers.mteb_judge import MtebJudge
from eval.peers.mteb_system import MtebSystem
from eval.peers.mteb_task import LocalTask
from eval.ranking import Ranking
from eval.systems.pipeline_system import PipelineSystem
from retrievers.hit import Picture
from retrievers.pictures import read_picture
from tests.encoders import ColourEncoder
from tests.eval.peers.both import evaluated, ours
from tests.eval.peers.scenes import OftenWrong
from tests.eval.scenes import halves


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


def test_a_system_passes_the_sanity_check_of_mteb(tmp_path: Path) -> None:
    """All its search tasks over pictures or texts; of the other kinds none is asked of a system."""
    system = PipelineSystem("colours", ColourEncoder(), home=tmp_path)
    results = mteb.mock_run(MtebSystem(system, files=tmp_path / "files"))
    assert results.all_passed
    ran = {name for name, result in results.items() if result is not None}
    assert ran >= {"MockAny2AnyRetrievalT2I", "MockAny2AnyRetrievalI2T", "MockVisionCentricQA"}
    assert ran >= {"MockRetrievalDialogTask", "MockRerankingTask", "MockInstructionRetrieval"}
