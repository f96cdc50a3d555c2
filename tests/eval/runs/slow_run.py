"""Answer slowly, for a test that kills this process: python -m tests.eval.runs.slow_run FOLDER."""

import sys
import time
from pathlib import Path

from eval.runs.run import run_task
from eval.systems.pipeline_system import PipelineSystem
from tests.encoders import ColourEncoder
from tests.eval.scenes import halves

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    made = halves(folder / "pictures")
    system = PipelineSystem("colours", ColourEncoder(), home=folder / "b")
    run_task(
        system,
        made,
        made.tasks[0],
        folder=folder / "runs",
        on_answer=lambda done, total: time.sleep(0.2),
    )
