"""Metrics, benchmarks and reports.

The names below are what other programs may rely on (docs/stability.md); each is imported when it is
first asked for, so that the package itself costs nothing. Never `import eval` alone: it hides
Python's builtin.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eval.benchmark import Benchmark, Item, Measure, Question, Task
    from eval.benchmarks.own.own_pictures import own_benchmark
    from eval.benchmarks.published.catalogue import dataset
    from eval.metrics.average_precision import average_precision, ndcg
    from eval.metrics.dialogue import log_rank_integral, sticky_hits
    from eval.metrics.named_metrics import measure
    from eval.metrics.recall import mean_rank, median_rank, recall_at
    from eval.ranking import Ranking, rank_in, ranked
    from eval.runs.compare import compare_runs
    from eval.runs.run import Run, read_run, run_task
    from eval.significance import bootstrap_interval, randomisation_p
    from eval.systems.pipeline_system import PipelineSystem
    from eval.systems.system import Answer, CannotRankError, OpenedSystem, System

__all__ = [
    "Answer",
    "Benchmark",
    "CannotRankError",
    "Item",
    "Measure",
    "OpenedSystem",
    "PipelineSystem",
    "Question",
    "Ranking",
    "Run",
    "System",
    "Task",
    "average_precision",
    "bootstrap_interval",
    "compare_runs",
    "dataset",
    "log_rank_integral",
    "mean_rank",
    "measure",
    "median_rank",
    "ndcg",
    "own_benchmark",
    "randomisation_p",
    "rank_in",
    "ranked",
    "read_run",
    "recall_at",
    "run_task",
    "sticky_hits",
]

_HOMES = {
    "eval.benchmark": "Benchmark Item Measure Question Task",
    "eval.benchmarks.published.catalogue": "dataset",
    "eval.benchmarks.own.own_pictures": "own_benchmark",
    "eval.metrics.dialogue": "log_rank_integral sticky_hits",
    "eval.metrics.named_metrics": "measure",
    "eval.metrics.average_precision": "average_precision ndcg",
    "eval.metrics.recall": "mean_rank median_rank recall_at",
    "eval.ranking": "Ranking rank_in ranked",
    "eval.runs.compare": "compare_runs",
    "eval.systems.pipeline_system": "PipelineSystem",
    "eval.runs.run": "Run read_run run_task",
    "eval.systems.system": "Answer CannotRankError OpenedSystem System",
    "eval.significance": "bootstrap_interval randomisation_p",
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
