"""A task as a file in each of its runs: they can be scored, compared and shown without the data.

Pictures are kept as paths; nothing but showing them needs their files.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.benchmark import Item, Question, Task
from eval.metrics.named_metrics import measure
from retrievers.text.encodings import read_text
from retrievers.text.json_text import json_of


def write_task(path: Path, task: Task) -> None:
    """Write a task; the file appears whole or not at all."""
    plain = {
        "name": task.name,
        "depth": task.depth,
        "measures": [one.name for one in task.measures],
        "gallery": [
            [one.id, str(one.path) if one.path else None, one.text] for one in task.gallery
        ],
        "questions": [plain_question(one) for one in task.questions],
    }
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(plain) + "\n", encoding="utf-8")
    partial.replace(path)


def read_task(path: Path) -> Task:
    """Read a task.

    Raises:
        ValueError: the file is missing, or is none of ours.
    """
    try:
        plain = json_of(read_text(path))
        return Task(
            name=plain["name"],
            gallery=tuple(_item(*one) for one in plain["gallery"]),
            questions=tuple(_question(one) for one in plain["questions"]),
            measures=tuple(measure(name) for name in plain["measures"]),
            depth=plain["depth"],
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} holds no task: {error}; run the benchmark again") from error


def plain_question(question: Question) -> dict[str, Any]:
    """Turn a question into what JSON can hold; equal questions give equal texts."""
    return {
        "id": question.id,
        "turns": list(question.turns),
        "picture": str(question.picture) if question.picture else None,
        "relevant": dict(sorted(question.relevant.items())),
        "excluded": sorted(question.excluded),
        "pool": None if question.pool is None else sorted(question.pool),
        "group": question.group,
        "dialogue": question.dialogue,
        "round": question.round,
    }


def _item(name: str, path: str | None, text: str) -> Item:
    return Item(name, path=Path(path) if path else None, text=text)


def _question(plain: Mapping[str, Any]) -> Question:
    return Question(
        id=plain["id"],
        turns=tuple(plain["turns"]),
        picture=Path(plain["picture"]) if plain["picture"] else None,
        relevant=plain["relevant"],
        excluded=frozenset(plain["excluded"]),
        pool=None if plain["pool"] is None else frozenset(plain["pool"]),
        group=plain["group"],
        dialogue=plain["dialogue"],
        round=plain["round"],
    )
