"""The figures of one encoder on one benchmark, by mteb and by us; they should be the same.

python -m benchmarks.mteb_figures
python -m benchmarks.mteb_figures --dataset NAME --folder DIR --encoder open_clip:…
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import mteb
from rich.console import Console
from rich.table import Table

from eval.benchmark import Benchmark, Task
from eval.benchmarks.published.catalogue import dataset
from eval.benchmarks.published.tux_paint_stamps import STAMPS
from eval.metrics.named_metrics import measure
from eval.peers.mteb_encoder import MtebEncoder
from eval.peers.mteb_task import LocalTask
from eval.runs.run import run_task
from eval.systems.pipeline_system import PipelineSystem
from retrievers.encoder import Encoder
from retrievers.encoders.load import load_encoder

NAMES = {
    "R@1": "hit_rate_at_1",
    "R@5": "hit_rate_at_5",
    "R@10": "hit_rate_at_10",
    "nDCG@10": "ndcg_at_10",
    "MRR": "mrr_at_1000",
    "MAP": "map_at_1000",
}
DEPTH = 1000  # how far down mteb looks


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="stamps-eval", help="as `dialens eval run` names it")
    parser.add_argument("--folder", type=Path, default=STAMPS, help="a copy of it")
    parser.add_argument("--encoder", default="offline", help="offline, open_clip:…, transformers:…")
    options = parser.parse_args(argv)
    encoder = load_encoder(options.encoder)
    benchmark = dataset(options.dataset).load(options.folder)
    for task in benchmark.tasks:
        title = f"{benchmark.name}, {task.name}: {len(task.questions)} over {len(task.gallery)}"
        table = Table("figure", "here", "mteb's name", "mteb", title=title)
        for name, (ours, theirs) in figures(benchmark, task, encoder).items():
            table.add_row(name, f"{ours:.5f}", NAMES[name], f"{theirs:.5f}")
        Console().print(table)


def figures(benchmark: Benchmark, task: Task, encoder: Encoder) -> dict[str, tuple[float, float]]:
    """Return each figure as we and as mteb compute it."""
    deep = replace(task, depth=DEPTH)
    local = LocalTask(task, name=f"{benchmark.name}-{task.name}", about=benchmark.protocol)
    result = mteb.evaluate(MtebEncoder(encoder), local, cache=None, show_progress_bar=False)
    (theirs,) = result.task_results[0].scores["test"]
    with TemporaryDirectory() as folder:
        system = PipelineSystem("encoder", encoder, home=Path(folder))
        run = run_task(system, benchmark, deep, folder=Path(folder) / "runs")
    return {
        name: (measure(name).of(task.questions, run.rankings), theirs[there])
        for name, there in NAMES.items()
    }


if __name__ == "__main__":
    main()
