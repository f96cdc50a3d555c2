"""The card of an adapter: what it is, what it learnt from, what was measured, how to use it."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from finetune.job import BEWARE, Job
from finetune.memory import shape_of
from finetune.run_folder import RunFolder
from retrievers.tuned.adapter import read_adapter


def write_card(run: RunFolder, job: Job) -> None:
    """Write README.md beside and into the adapter."""
    facts = run.facts()
    adapter = read_adapter(run.adapter)
    shape = shape_of(job.model)
    template = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    text = template.from_string(
        files("finetune").joinpath("card.md").read_text(encoding="utf-8")
    ).render(
        name=run.path.name,
        kind=adapter.kind,
        base=adapter.facts.get("base", ""),
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
    for folder in (run.path, run.adapter):
        (folder / "README.md").write_text(text, encoding="utf-8")


def _figures(before: Mapping[str, Any], best: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (name, f"{before[name]:.4f}" if name in before else "", f"{value:.4f}")
        for name, value in best.items()
    ]
