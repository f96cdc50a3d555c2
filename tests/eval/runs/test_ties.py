"""What must raise or change no figure of any system: copies, other names, another order."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.stages.config import Stages
from eval.benchmark import Item, Task
from eval.metrics.average_precision import mean_average_precision
from eval.metrics.recall import mean_rank, mean_reciprocal_rank, recall
from eval.systems.pipeline_system import PipelineSystem
from tests.agent.mllm.loopback import serving
from tests.encoders import ColourEncoder
from tests.eval.runs.opinionated import Opinionated
from tests.eval.scenes import halves

MEASURES = (recall(1), recall(5), mean_reciprocal_rank(), mean_average_precision())
SYSTEMS: dict[str, tuple[bool, Stages]] = {
    "cosines": (False, Stages()),
    "words": (True, Stages()),
    "yesno": (False, Stages(reranker="yesno", shortlist=6)),
    "pick": (True, Stages(reranker="pick", shortlist=6)),
    "pairwise": (False, Stages(reranker="pairwise", shortlist=6)),
    "listwise": (True, Stages(reranker="listwise", shortlist=6)),
    "rrf": (True, Stages(reranker="yesno", fusion="rrf", shortlist=6)),
    "weighted": (False, Stages(reranker="yesno", fusion="weighted", shortlist=6)),
    "rewriter": (True, Stages(rewriter="plugir", covering=False)),
}


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with serving(Opinionated()) as server:
        yield f"openai:m@{server.url}"


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest, tmp_path: Path, model: str) -> PipelineSystem:
    words, stages = SYSTEMS[request.param]
    stages = replace(stages, llm=model, mllm=model)
    return PipelineSystem("one", ColourEncoder(), home=tmp_path, words=words, stages=stages)


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """Twenty pictures; each of three questions means one of them."""
    whole = halves(tmp_path / "pictures").tasks[0]
    some = [whole.questions[at] for at in (0, 7, 13)]
    return replace(whole, questions=tuple(replace(one, relevant={one.id: 1}) for one in some))


def figures(system: PipelineSystem, task: Task, home: Path) -> list[float]:
    """Return all figures, greater for better, of a system that remembers nothing."""
    asked = task.questions
    with replace(system, home=home).open(task) as opened:
        answers = zip(asked, opened.answers(asked), strict=True)
        found = {question.id: answer.ranking for question, answer in answers}
    return [*(one.of(asked, found) for one in MEASURES), -mean_rank().of(asked, found)]


@pytest.mark.parametrize("name", ["a {}", "zz {}"])
def test_a_copy_of_the_target_never_raises_a_figure(
    system: PipelineSystem, task: Task, tmp_path: Path, name: str
) -> None:
    before = figures(system, task, tmp_path / "before")
    targets = {one for question in task.questions for one in question.relevant}
    copies = [
        _copied(one, name.format(one.id), tmp_path / "pictures")
        for one in task.gallery
        if one.id in targets
    ]
    more = replace(task, gallery=(*task.gallery, *copies))
    after = figures(system, more, tmp_path / "after")
    assert all(now <= then for then, now in zip(before, after, strict=True)), (before, after)
    assert after[-1] <= before[-1] - 1  # each target stands behind its copy


def test_other_names_change_no_figure(system: PipelineSystem, task: Task, tmp_path: Path) -> None:
    last = len(task.gallery) - 1
    one = _named(task, [f"{at:03}" for at in range(last + 1)], tmp_path / "one")
    other = _named(task, [f"{last - at:03}" for at in range(last + 1)], tmp_path / "other")
    assert figures(system, one, tmp_path / "1") == figures(system, other, tmp_path / "2")


def test_another_order_of_the_gallery_changes_no_figure(
    system: PipelineSystem, task: Task, tmp_path: Path
) -> None:
    turned = replace(task, gallery=task.gallery[::-1])
    assert figures(system, task, tmp_path / "1") == figures(system, turned, tmp_path / "2")


def _named(task: Task, names: list[str], folder: Path) -> Task:
    """Copy a gallery under other names, and every third of its pictures twice."""
    name = {item.id: name for item, name in zip(task.gallery, names, strict=True)}
    items = [_copied(one, name[one.id], folder) for one in task.gallery]
    items += [_copied(one, f"{one.id}+", folder) for one in items[::3]]
    asked = [
        replace(one, relevant={name[item]: 1 for item in one.relevant}) for one in task.questions
    ]
    return replace(task, gallery=tuple(items), questions=tuple(asked))


def _copied(item: Item, name: str, folder: Path) -> Item:
    assert item.path
    folder.mkdir(exist_ok=True)
    return Item(name, path=Path(shutil.copy(item.path, folder / f"{name}.png")))
