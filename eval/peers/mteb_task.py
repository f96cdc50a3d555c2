"""A task of ours as a retrieval task of mteb, without a hub, so that its models can be run on it.

mteb names figures differently: docs/peers.md.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import datasets
from mteb.abstasks.retrieval import AbsTaskRetrieval
from mteb.abstasks.task_metadata import TaskMetadata

from eval.benchmark import Question, Task


class LocalTask(AbsTaskRetrieval):
    """Our task in mteb's terms; the turns of a question are joined by commas, as in ChatIR.

    Questions that may not rank the whole gallery (`pool`, `excluded`) become a reranking task.

    Args:
        task: pictures or texts, and questions.
        name: what mteb calls it.
        about: the benchmark's protocol.

    Raises:
        ValueError: questions differ in what they show, or a gain is no whole number.
    """

    def __init__(self, task: Task, *, name: str, about: str = "", **options: Any) -> None:
        kinds = _asked(task.questions), "i" if task.kind == "picture" else "t"
        self.metadata = _metadata(task, "2".join(kinds), name=name, about=about)
        super().__init__(**options)
        split = {
            "corpus": _corpus(task),
            "queries": _queries(task.questions),
            "relevant_docs": {one.id: _gains(one) for one in task.questions},
            "top_ranked": _top_ranked(task),
        }
        self.dataset = {"default": {"test": split}}
        self.data_loaded = True


def _metadata(task: Task, category: str, *, name: str, about: str) -> TaskMetadata:
    shown = [(item.id, str(item.path), item.text) for item in task.gallery]
    asked = [(one.id, one.turns, str(one.picture), _gains(one)) for one in task.questions]
    revision = hashlib.sha256(repr((shown, asked)).encode("utf-8", "surrogateescape")).hexdigest()
    return TaskMetadata(
        name=name,
        description=about or task.name,
        dataset={"path": "local", "revision": revision[:16]},
        type="Any2AnyRetrieval",
        category=category,
        modalities=[kind for kind in ("text", "image") if kind[0] in category.replace("2", "")],
        eval_langs=["eng-Latn"],
        main_score="hit_rate_at_1",
    )


def _asked(questions: Sequence[Question]) -> str:
    """Return mteb's letters for what a question shows: i, t or it."""
    kinds = {("i" if one.picture else "") + ("t" if one.turns else "") for one in questions}
    if len(kinds) != 1:
        raise ValueError(f"questions must all be text, picture or both; got {sorted(kinds)}")
    return kinds.pop()


def _corpus(task: Task) -> datasets.Dataset:
    ids = [item.id for item in task.gallery]
    if task.kind == "text":
        return datasets.Dataset.from_dict({"id": ids, "text": [one.text for one in task.gallery]})
    return _pictured({"id": ids, "image": [str(item.path) for item in task.gallery]})


def _queries(questions: Sequence[Question]) -> datasets.Dataset:
    columns: dict[str, list[str]] = {"id": [one.id for one in questions]}
    if questions[0].turns:
        columns["text"] = [", ".join(one.turns) for one in questions]
    if not questions[0].picture:
        return datasets.Dataset.from_dict(columns)
    return _pictured({**columns, "image": [str(one.picture) for one in questions]})


def _pictured(columns: dict[str, list[str]]) -> datasets.Dataset:
    return datasets.Dataset.from_dict(columns).cast_column("image", datasets.Image())


def _gains(question: Question) -> dict[str, int]:
    if odd := [gain for gain in question.relevant.values() if gain != int(gain)]:
        raise ValueError(f"mteb takes whole gains only; question {question.id!r} has {odd[0]!r}")
    return {item: int(gain) for item, gain in question.relevant.items()}


def _top_ranked(task: Task) -> dict[str, list[str]] | None:
    if not any(one.excluded or one.pool is not None for one in task.questions):
        return None
    ids = [item.id for item in task.gallery]
    return {
        one.id: [
            item
            for item in ids
            if item not in one.excluded and (one.pool is None or item in one.pool)
        ]
        for one in task.questions
    }
