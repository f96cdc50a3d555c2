"""The card of an adapter: what it is, what it learnt from, what was measured, how to use it."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from finetune.job import BEWARE, TrainingJob
from finetune.model.base import SMALL_LLM
from finetune.model.memory import shape_of
from finetune.training.run_folder import RunFolder
from retrievers.checkpoints.adapter import read_adapter
from retrievers.text.display import visible


def write_card(run: RunFolder, job: TrainingJob) -> None:
    """Write README.md beside and into the adapter."""
    facts = run.facts()
    adapter = read_adapter(run.adapter)
    shape = shape_of(job.model)
    template = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    text = template.from_string(
        files("finetune.training").joinpath("card.md").read_text(encoding="utf-8")
    ).render(
        name=run.path.name,
        kind=adapter.kind,
        base=on_hub(str(adapter.facts.get("base", "")), adapter.kind),
        about={name: one for name, one in job.about.items() if name != BEWARE},
        beware=facts.get("beware", ()),
        recipe=facts["recipe"],
        steps=facts["steps"],
        best_step=facts["best_step"],
        figures=_figures(facts["before"], facts["best"]),
        data=facts["data"],
        versions=facts["versions"],
        trained=shape.trained,
        weights=shape.weights,
        changes_pictures=adapter.facts.get("towers") == "both",
        config=run.config.read_text(encoding="utf-8"),
    )
    for path in _local(run):
        text = text.replace(path, Path(path).name)
    text = "\n".join(map(visible, text.split("\n")))
    for folder in (run.path, run.adapter):
        (folder / "README.md").write_text(text, encoding="utf-8")


def on_hub(base: str, kind: str) -> str:
    """Return the base's id on the model hub; empty if it has none."""
    if base == "offline":
        return "" if kind == "text-map" else SMALL_LLM
    named = re.sub(r"^(transformers:|open_clip:hf-hub:)", "", base)
    folder = Path(named).expanduser()
    if folder.is_dir():
        try:
            settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            named = str(settings.get("_name_or_path", ""))
        except (OSError, ValueError):
            return ""
    named = named.partition("@")[0]
    return named if re.fullmatch(r"[\w-][\w.-]*/[\w.-]+", named) else ""


def _local(run: RunFolder) -> list[str]:
    """Return the paths of this machine among the settings, longest first; a card holds no path."""
    found = {str(run.path.absolute()), str(Path.home())}
    for text in _texts(tomllib.loads(run.config.read_text(encoding="utf-8"))):
        path = re.sub(r"^(open_clip|transformers|tuned):(local-dir:)?", "", text)
        if Path(path).is_absolute() or path.startswith("~") or (path and Path(path).exists()):
            found |= {path, str(Path(path).expanduser().absolute())}
    return sorted(found, key=len, reverse=True)


def _texts(settings: Any) -> Iterator[str]:
    if isinstance(settings, str):
        yield settings
    elif isinstance(settings, Mapping | list):
        for one in settings.values() if isinstance(settings, Mapping) else settings:
            yield from _texts(one)


def _figures(before: Mapping[str, Any], best: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (name, f"{before[name]:.4f}" if name in before else "", f"{value:.4f}")
        for name, value in best.items()
    ]
