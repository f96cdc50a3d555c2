"""The same task by mteb and by us."""

from pathlib import Path
from typing import Any

import mteb

from eval.benchmark import Benchmark, Task
from eval.peers.mteb_task import LocalTask
from eval.runs.run import Run, run_task
from eval.systems.pipeline_system import PipelineSystem


def evaluated(model: object, task: LocalTask, **options: Any) -> dict[str, float]:
    result = mteb.evaluate(model, task, cache=None, show_progress_bar=False, **options)
    (scores,) = result.task_results[0].scores["test"]
    return dict(scores)


def ours(system: PipelineSystem, task: Task, folder: Path) -> Run:
    return run_task(system, Benchmark("test", "", (task,)), task, folder=folder / "runs")
