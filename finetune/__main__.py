"""Training on several devices: accelerate launch -m finetune RECIPE CONFIG FOLDER [NAME=VALUE ...].

With FOLDER that of a run that was stopped, the same command goes on with it.
"""

import argparse
import sys
from pathlib import Path

from accelerate import PartialState

from finetune.error import FinetuneError
from finetune.training.progress import TrainingProgress
from finetune.training.start import RECIPES, begin, resume, settings
from retrievers.concurrency.signals import stoppable

INTERRUPTED = 130


def main() -> None:
    """Train, telling the steps on standard error from the first process."""
    parser = argparse.ArgumentParser(prog="python -m finetune", description=__doc__)
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("config", type=Path, help="the TOML file")
    parser.add_argument("folder", type=Path, help="where the run is kept")
    parser.add_argument("changes", nargs="*", metavar="NAME=VALUE")
    options = parser.parse_args()
    try:
        with stoppable() as should_stop:
            if (options.folder / "run.json").exists():
                run = resume(options.folder, tell=_line, should_stop=should_stop)
            else:
                recipe, config = settings(options.config, options.changes, name=options.recipe)
                run = begin(recipe, config, options.folder, tell=_line, should_stop=should_stop)
    except FinetuneError as error:
        sys.exit(f"finetune: {error}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    if run.facts()["state"] == "interrupted":
        sys.exit(INTERRUPTED)


def _line(told: TrainingProgress) -> None:
    for beware in told.beware:
        sys.stderr.write(f"beware: {beware}\n")
    if PartialState().is_main_process and (told.figures or told.step % 10 == 0):
        figures = " ".join(f"{name} {value:.3f}" for name, value in told.figures.items())
        loss = "" if told.loss is None else f"loss {told.loss:.4f}"
        sys.stderr.write(f"{told.step}/{told.steps} {loss} {figures}\n")


if __name__ == "__main__":
    main()
