"""Saved runs as rows: one each, told apart by what differs; only declared folds are averaged."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eval.benchmark import Measure
from eval.runs.figures import FiguresRow, averaged, row
from eval.runs.run import Run

MEAN = "mean"
TOLD = 3  # settings that a name says
WIDEST = 40  # characters of a setting in it
_FOLDS = re.compile(r", mean of (\d+) folds of ")
_DATA = ("gallery", "questions")  # what folds differ in


@dataclass(frozen=True, slots=True)
class _Entry:
    """The runs that make one row."""

    task: str
    runs: tuple[Run, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.task, self.runs[0].system


def rows_of(
    runs: Sequence[Run], measures: Sequence[Measure] = (), *, intervals: bool = False
) -> list[FiguresRow]:
    """Score runs of one protocol: a row each, one for the folds of a task, one for a mean of tasks.

    Runs of one name are told apart by what differs: a setting, or the questions.
    """
    entries = _entries(list({run.folder.resolve(): run for run in runs}.values()))
    names = _named(entries)
    rows = []
    for one, name in zip(entries, names, strict=True):
        scored = [row(run, measures, intervals=intervals) for run in one.runs]
        held = averaged(scored, mean=one.task == MEAN)[-1]
        rows.append(replace(held, system=name))
    tasks = [task for task in dict.fromkeys(one.task for one in rows) if task != MEAN]
    return sorted(rows, key=lambda one: [*tasks, MEAN].index(one.task))


def names_of(runs: Sequence[Run]) -> list[str]:
    """Name runs of one task by their systems, and by what differs where those are called alike."""
    return _named([_Entry("", (run,)) for run in runs])


def _entries(runs: Sequence[Run]) -> list[_Entry]:
    """Join the folds of a task, and the tasks of a mean, that one system answered."""
    parted: dict[tuple[str, ...], list[Run]] = {}
    for run in runs:
        alone = "" if _folds(run) > 1 else str(run.folder)
        parted.setdefault((str(run.record["task"]), _same(run), alone), []).append(run)
    entries = [_Entry(task, tuple(some)) for (task, _, _), some in parted.items()]
    whole: dict[str, list[_Entry]] = {}
    for one in entries:
        if one.runs[0].record.get("mean"):
            whole.setdefault(_same(one.runs[0]), []).append(one)
    for parts in whole.values():
        if len({one.task for one in parts}) == len(parts) > 1:  # else nobody knows which belong
            entries.append(_Entry(MEAN, tuple(run for one in parts for run in one.runs)))
    return entries


def _folds(run: Run) -> int:
    found = _FOLDS.search(str(run.record["protocol"]))
    own = str(run.record["benchmark"]).startswith("own-")  # its protocol begins with a file's name
    return int(found[1]) if found and not own else 1


def _same(run: Run) -> str:
    """Return what the runs of one system share, whatever they are asked."""
    facts = {key: value for key, value in _facts(run).items() if key not in _DATA}
    return json.dumps([run.system, str(run.folder.parent.parent.absolute()), facts], default=str)


def _facts(run: Run) -> dict[str, Any]:
    record = run.record
    config = dict(_flat(record.get("config", {})))
    return {**config, "depth": record.get("depth"), "questions": record.get("questions")}


def _flat(held: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in sorted(held.items()):
        if isinstance(value, Mapping):
            yield from _flat(value, f"{within}{key}.")
        else:
            yield f"{within}{key}", value


def _named(entries: Sequence[_Entry]) -> list[str]:
    alike: dict[tuple[str, str], list[_Entry]] = {}
    for one in entries:
        alike.setdefault(one.key, []).append(one)
    return [f"{_called(one, alike[one.key])}{_part(one)}" for one in entries]


def _called(one: _Entry, alike: Sequence[_Entry]) -> str:
    system = one.runs[0].system
    if len(alike) == 1:
        return system
    facts = [_facts(other.runs[0]) for other in alike]
    keys = dict.fromkeys(key for held in facts for key in held)
    differ = [key for key in keys if len({str(held.get(key)) for held in facts}) > 1]
    told = [_told(held, differ[:TOLD]) for held in facts]
    own = told[alike.index(one)]
    if told.count(own) > 1:
        own = ", ".join(filter(None, (own, str(one.runs[0].folder))))
    return f"{system} ({own})"


def _told(facts: Mapping[str, Any], keys: Sequence[str]) -> str:
    return ", ".join(f"{key.rpartition('.')[2]} {_value(facts.get(key))}" for key in keys)


def _value(value: Any) -> str:
    if value in (None, "", [], ()):
        return "-"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text[:6] if re.fullmatch("[0-9a-f]{12,64}", text) else text[:WIDEST]


def _part(one: _Entry) -> str:
    """Say how many of a task's folds there are, if some are missing."""
    folds = _folds(one.runs[0])
    tasks = len({run.record["task"] for run in one.runs})
    held = len(one.runs) // tasks
    return f" ({held} of {folds} folds)" if held < folds else ""
