"""Starting, resuming and naming trainings: what the command line and `python -m finetune` share."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from accelerate import PartialState

from eval.benchmarks.remarks import remarks
from finetune.error import FinetuneError
from finetune.job import Recipe, TrainingJob
from finetune.model.device import settle
from finetune.training.loop import train
from finetune.training.progress import Tell, TrainingProgress
from finetune.training.run_folder import RunFolder
from finetune.training.settings_file import read_config, read_table

RECIPES: Mapping[str, str] = {
    "dialogue": "finetune.recipes.dialogue.recipe",
    "grace": "finetune.recipes.grace.recipe",
    "rerank": "finetune.recipes.rerank.recipe",
    "rewriter": "finetune.recipes.rewriter.recipe",
    "adapt": "finetune.recipes.adapt.recipe",
    "understand": "finetune.recipes.understand.recipe",
}
"""Where each recipe is; its libraries are imported when it is asked for."""


def recipe_of(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        FinetuneError: there is none, or its packages are missing.
    """
    if name not in RECIPES:
        raise FinetuneError(f"no recipe {name!r}; there are {', '.join(RECIPES)}")
    try:
        recipe: Recipe = import_module(RECIPES[name]).RECIPE
    except ModuleNotFoundError as error:
        raise FinetuneError(
            f"the recipe {name!r} needs {error.name}; install `dialens[models,finetune]`"
        ) from error
    return recipe


def settings(
    path: Path | None, changes: Sequence[str] = (), *, name: str = ""
) -> tuple[Recipe, Any]:
    """Read which recipe with which settings; a file may name its own with `recipe = "..."`.

    Raises:
        FinetuneError: they cannot be read, or the file is for another recipe.
    """
    named = str(read_table(path).get("recipe", "")) if path else ""
    if name and named and name != named:
        raise FinetuneError(f"{path} is for the recipe {named!r}, not {name!r}")
    if not (chosen := name or named):
        raise FinetuneError(
            f'{path} does not say which recipe; put recipe = "dialogue" into it, or another of'
            f" {', '.join(RECIPES)}"
        )
    recipe = recipe_of(chosen)
    return recipe, read_config(recipe.config, path, changes)


def begin(
    recipe: Recipe,
    config: Any,
    folder: Path,
    *,
    tell: Tell,
    should_stop: Callable[[], bool] = lambda: False,
) -> RunFolder:
    """Train from the beginning into a new folder; see `train`.

    Raises:
        FinetuneError: the folder is in use, the data cannot be read, or training fails.
    """
    run = RunFolder(folder)
    run.refuse_if_used()
    settle(config.training)
    job, said = _opened(recipe, config, tell)
    processes = PartialState(cpu=config.training.device == "cpu")
    processes.wait_for_everyone()
    if processes.is_main_process:
        run.create(recipe.name, config, job.data)
        run.tell(remarks=said)
    processes.wait_for_everyone()
    train(job, config.training, run, tell=tell, should_stop=should_stop)
    return run


def resume(
    folder: Path, *, tell: Tell, should_stop: Callable[[], bool] = lambda: False
) -> RunFolder:
    """Go on with a training that was stopped or killed; one that is finished stays as it is.

    Raises:
        FinetuneError: the folder is no run's, or its data has changed since.
    """
    run = RunFolder(folder)
    if not (facts := run.facts()):
        raise FinetuneError(f"{folder} is no training's folder; it has no run.json")
    if facts["state"] == "finished":
        return run
    recipe, config = settings(run.config)
    settle(config.training)
    job, said = _opened(recipe, config, tell)
    _refuse_other_data(run, job, facts["data"])
    run.tell(state="running", remarks=said)
    train(job, config.training, run, tell=tell, should_stop=should_stop)
    return run


def _opened(recipe: Recipe, config: Any, tell: Tell) -> tuple[TrainingJob, list[str]]:
    """Read the data and make the job; returns what the readers of the data remarked, too."""
    with remarks(lambda said: tell(TrainingProgress(0, 1, beware=(said,)))) as kept:
        return recipe.open(config), kept


def _refuse_other_data(run: RunFolder, job: TrainingJob, before: Mapping[str, str]) -> None:
    if changed := [name for name, mark in before.items() if job.data.get(name) != mark]:
        raise FinetuneError(
            f"{run.path}: {', '.join(changed)} changed since the training began; begin a new one"
        )
