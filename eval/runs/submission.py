"""The files that servers with hidden answers take.

CIRCO, https://circo.micc.unifi.it: `{query: [50 picture numbers]}`.
CIRR, http://cirr.cecs.anu.edu.au: `{pair: [50 names]}`, or 3 names of the look-alikes, with
"version" and "metric"; at most 5 MB.
"""

import json
from collections.abc import Callable
from pathlib import Path

from eval.benchmark import Question
from eval.benchmarks.published.catalogue import dataset
from eval.runs.run import Run
from retrievers.files.new_file import new_file

_DEPTHS = {"composed": 50, "recall": 50, "recall_subset": 3}
SERVED: dict[str, type[int] | type[str]] = {
    "circo-val": int,
    "circo-test": int,
    "cirr-val": str,
    "cirr-test1": str,
}


def submission(run: Run) -> dict[str, object]:
    """Return what the server wants of a run.

    Raises:
        ValueError: no server takes this benchmark, or questions or answers are lacking.
    """
    name, task = str(run.record["benchmark"]), run.task
    if name not in SERVED:
        raise ValueError(
            f"no server takes {name!r}; a submission can be made of {', '.join(SERVED)}"
        )
    asked, _ = dataset(name).counts[task.name]
    if len(task.questions) != asked:
        raise ValueError(
            f"the server wants all {asked} questions of {name}; {run.folder} answers"
            f" {len(task.questions)}; run it again without --limit"
        )
    best = {one.id: _best(run, one, _DEPTHS[task.name], SERVED[name]) for one in task.questions}
    head = {"version": "rc2", "metric": task.name} if name.startswith("cirr") else {}
    return {**head, **best}


def write_submission(run: Run, path: Path) -> None:
    """Write it, without spaces: CIRR's server has a limit.

    Raises:
        ValueError: as `submission`.
    """
    held = submission(run)
    with new_file(path, kind=b"{") as place:
        place.write_text(json.dumps(held, separators=(",", ":")) + "\n", encoding="utf-8")


def _best(
    run: Run, question: Question, depth: int, read: Callable[[str], int | str]
) -> list[int | str]:
    """Return the first pictures of an answer, as the server spells them."""
    ranking = run.answers[question.id].ranking
    left = ranking.within(question.pool, excluded=question.excluded).ids
    if len(left) < depth:
        raise ValueError(
            f"the server wants {depth} pictures for question {question.id}; {run.folder} has"
            f" {len(left)}"
        )
    return [read(one) for one in left[:depth]]
