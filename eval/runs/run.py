"""One system's answers to one task: made, interrupted, resumed, saved, read and scored again.

A run is a folder:

    run.json        what made it: config, versions, machine, seconds; written last
    run.trec        the rankings, as trec_eval reads them; written last but one
    answers.jsonl   one answer a line, as it was given; an interrupted run goes on from here
    task.json       what was asked, so that it can be scored again without the data

Folders are named by a hash of everything the answers depend on, so the same run is never made
twice, and a changed prompt, weight, picture or question makes another run.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

from eval.benchmark import Benchmark, Question, Task
from eval.ranking import Ranking
from eval.runs.machine import machine
from eval.runs.task_file import plain_question, read_task, write_task
from eval.runs.trec import write_trec
from eval.systems.system import Answer, OpenedSystem, System
from retrievers.files.regular_file import read_regular
from retrievers.text.encodings import MOST, read_text
from retrievers.text.json_text import json_of

RunProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        folder: where it is kept.
        record: what made it, as `run.json` holds it.
        answers: by question id, in the task's order.
    """

    folder: Path
    record: Mapping[str, Any]
    answers: Mapping[str, Answer]

    @property
    def system(self) -> str:
        return str(self.record["system"])

    @cached_property
    def task(self) -> Task:
        """What was asked."""
        return read_task(self.folder / "task.json")

    @property
    def rankings(self) -> dict[str, Ranking]:
        return {one: answer.ranking for one, answer in self.answers.items()}

    @property
    def firsts(self) -> dict[str, Ranking]:
        """The first stage's rankings: what the later stages started from."""
        return {one: answer.first or answer.ranking for one, answer in self.answers.items()}


def run_task(
    system: System,
    benchmark: Benchmark,
    task: Task,
    *,
    folder: Path,
    on_answer: RunProgress = lambda done, total: None,
) -> Run:
    """Answer what is not answered yet, and save the run.

    Args:
        system: what is evaluated.
        benchmark: names the protocol.
        task: one of its tasks.
        folder: where runs are kept; this one gets `<benchmark>/<task>/<system>-<hash>`.
        on_answer: told how many of how many questions are answered.

    Raises:
        ValueError: the system cannot rank such a gallery.
    """
    with system.open(task) as opened:
        questions = _hash([_keyed(question) for question in task.questions])
        made_by = {
            "system": system.name,
            "benchmark": benchmark.name,
            "protocol": benchmark.protocol,
            "task": task.name,
            "depth": task.depth,
            "config": dict(opened.config),
            "questions": questions,
        }
        where = folder / benchmark.name / task.name / f"{system.name}-{_hash(made_by)}"
        where.mkdir(parents=True, exist_ok=True)
        write_task(where / "task.json", task)
        if not (where / "run.json").exists():
            answers = _answered(opened, task, where / "answers.jsonl", on_answer)
            _save(where, {**made_by, "mean": benchmark.mean}, answers)
    on_answer(len(task.questions), len(task.questions))
    return read_run(where)


def read_run(folder: Path) -> Run:
    """Read a finished run.

    Raises:
        ValueError: there is none, or it is not whole.
    """
    try:
        record = json_of(read_text(folder / "run.json"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{folder} holds no finished run: {error}") from error
    answers = _read_answers(folder / "answers.jsonl")
    if len(answers) != record["answered"]:
        raise ValueError(
            f"{folder / 'answers.jsonl'} holds {len(answers)} of {record['answered']} answers;"
            f" remove {folder} and run again"
        )
    return Run(folder, record, answers)


def find_runs(folder: Path) -> list[Run]:
    """Return every finished run at or below a folder, by path; a training's is passed over."""
    found = [path.parent for path in sorted(folder.rglob("run.json"))]
    return [read_run(one) for one in found if (one / "answers.jsonl").exists()]


def runs_at(paths: Sequence[Path]) -> list[Run]:
    """Return every finished run at or below any of these folders.

    Raises:
        ValueError: there is none.
    """
    runs = [run for path in paths for run in find_runs(path)]
    if not runs:
        raise ValueError(f"{', '.join(map(str, paths))}: no finished run there")
    return runs


def _answered(
    opened: OpenedSystem, task: Task, path: Path, on_answer: RunProgress
) -> dict[str, Answer]:
    known = _begun(task, path)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_line(one, answer) for one, answer in known.items())
        left = task.questions[len(known) :]
        answers = opened.answers(task.questions, start=len(known))
        for question, answer in zip(left, answers, strict=True):
            file.write(_line(question.id, answer))
            file.flush()
            known[question.id] = answer
            on_answer(len(known), len(task.questions))
        os.fsync(file.fileno())
    return known


def _begun(task: Task, path: Path) -> dict[str, Answer]:
    """Return the answers of an interrupted run, as far as they follow the task without a gap."""
    held = _read_answers(path) if path.exists() else {}
    asked = takewhile(lambda question: question.id in held, task.questions)
    return {question.id: held[question.id] for question in asked}


def _save(where: Path, made_by: Mapping[str, Any], answers: Mapping[str, Answer]) -> None:
    rankings = {one: answer.ranking for one, answer in answers.items()}
    write_trec(where / "run.trec", rankings, tag=str(made_by["system"]))
    record = {
        **made_by,
        "answered": len(answers),
        "seconds": _seconds(list(answers.values())),
        "tokens": sum(answer.tokens for answer in answers.values()),
        "remembered": sum(answer.remembered for answer in answers.values()),
        "lost": sum(bool(answer.lost) for answer in answers.values()),
        "machine": machine(),
    }
    partial = where / ".run.json.partial"
    partial.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    partial.replace(where / "run.json")


def _seconds(answers: Sequence[Answer]) -> dict[str, float]:
    """Sum the seconds of each stage."""
    stages = dict.fromkeys(stage for answer in answers for stage in answer.seconds)
    return {stage: sum(a.seconds.get(stage, 0.0) for a in answers) for stage in stages}


def _line(question: str, answer: Answer) -> str:
    """Write an answer; JSON keeps every digit of a score."""
    return json.dumps({"question": question, **asdict(answer)}) + "\n"


def _read_answers(path: Path) -> dict[str, Answer]:
    """Read the answers; a line that a kill cut short is not there."""
    return dict(_whole(read_regular(path, MOST)))


def _whole(held: bytes) -> Iterator[tuple[str, Answer]]:
    for line in held.splitlines():
        with suppress(ValueError, KeyError, TypeError):
            plain = json_of(line)
            yield plain.pop("question"), _answer(plain)


def _answer(plain: dict[str, Any]) -> Answer:
    known = {one.name for one in fields(Answer)}
    if surplus := plain.keys() - known:
        raise ValueError(f"an answer has no {sorted(surplus)[0]!r}")
    for name in ("ranking", "first"):
        if held := plain.get(name):
            plain[name] = Ranking(tuple(held["ids"]), tuple(held["scores"]), held["beyond"])
    return Answer(**{**plain, "lost": tuple(plain["lost"])})


def _keyed(question: Question) -> dict[str, Any]:
    """Turn a question into JSON in which its picture is its content, wherever it lies."""
    shown = question.picture and hashlib.sha256(question.picture.read_bytes()).hexdigest()
    return plain_question(question) | {"picture": shown}


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=dict)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
