"""`dialens finetune plan`: what a training takes is told before it begins, and is about true."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from finetune.model.memory import shape_of
from finetune.training.start import begin, settings
from tests.agent.mllm import tiny_mllms
from tests.app.test_commands import run, run_json
from tests.finetune.walls import dialogues, walls
from tests.retrievers.encoders import tiny_checkpoints

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Walls with captions and dialogues, a tiny LLM and a tiny encoder."""
    folder = tmp_path_factory.mktemp("planned")
    lines = [
        json.dumps({"file": one.path.name, "caption": f"{one.captions[0]} {more}"})
        for one in walls(folder)
        for more in "abc"
    ]
    (folder / "captions.jsonl").write_text("\n".join(lines))
    dialogues(folder)
    for name in ("llama", "clip"):
        (folder / name).mkdir()
    tiny_mllms.save("llama", folder / "llama")
    tiny_checkpoints.save("clip", folder / "clip")
    return folder


@pytest.fixture(autouse=True)
def _in_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative, as a person types them."""
    monkeypatch.chdir(here)


FORMS = {
    "map": ["adapt", "captions=captions.jsonl", "base=transformers:clip", "method=map"],
    "lora": ["adapt", "captions=captions.jsonl", "base=transformers:clip"],
    "dialogue": ["dialogue", "dialogues=dialogues.jsonl", "base=llama", "probe=20"],
    "rewriter": ["rewriter", "dialogues=dialogues.jsonl", "base=llama"],
    "grace": ["grace", "captions=captions.jsonl", "base=llama", "keep_layers=1"],
}
ENCODER, SHARE = "encoder=transformers:clip", "validation=0.25"


def _settings(form: str, *more: str) -> tuple[str, list[str]]:
    recipe, *changes = FORMS[form]
    changes += [] if recipe == "adapt" else [ENCODER]
    changes += [] if recipe == "grace" else [SHARE]
    return recipe, [*changes, "training.device=cpu", *more]


def _planned(form: str, *more: str, options: tuple[str, ...] = ()) -> Any:
    recipe, changes = _settings(form, *more)
    Path("plan.toml").write_text(f'recipe = "{recipe}"\n')
    words = [word for change in changes for word in ("--set", change)]
    return run_json("finetune", "plan", "plan.toml", *words, *options, "--json")


@pytest.mark.parametrize("form", FORMS)
def test_a_plan_foretells_weights_steps_and_about_the_time(form: str, tmp_path: Path) -> None:
    name, changes = _settings(form, "training.epochs=6")
    recipe, config = settings(None, changes, name=name)
    for time in ("cold", "warm"):  # what is imported at the first is there at the second
        begun = perf_counter()
        run_folder = begin(recipe, config, tmp_path / time, tell=lambda told: None)
        took = perf_counter() - begun
    found = _planned(form, "training.epochs=6")
    assert found["tried"]
    assert found["steps"] == run_folder.facts()["steps"]
    shape = shape_of(recipe.open(config).model)
    assert found["shape"]["weights"] == pytest.approx(shape.weights, rel=0.15)
    assert took / 4 < 3600 * found["hours"] < 4 * took + 2  # within twice where nothing else runs
    assert 0 < found["validating"] < found["hours"]
    assert [*Path().glob("runs")] == []


def test_what_validates_is_not_trained_on_and_is_counted() -> None:
    few, many = (_planned("dialogue", f"validation={share}") for share in (0.5, 0.125))
    assert few["steps"] < many["steps"]
    other = ("--device", "a100")
    seldom = _planned("dialogue", "training.batch=1", options=other)
    often = _planned("dialogue", "training.batch=1", "training.validate_every=1", options=other)
    assert not often["tried"]
    assert often["validating"] > 2 * seldom["validating"] > 0
    assert often["hours"] - often["validating"] == pytest.approx(
        seldom["hours"] - seldom["validating"]
    )


@pytest.mark.parametrize("kept", [1, 2])
def test_layers_that_are_not_kept_are_not_planned(kept: int) -> None:
    found = _planned("grace", f"keep_layers={kept}", options=("--device", "a100"))
    _, changes = _settings("grace", f"keep_layers={kept}")
    recipe, config = settings(None, changes, name="grace")
    shape = shape_of(recipe.open(config).model)
    assert found["shape"]["weights"] == pytest.approx(shape.weights, rel=0.1)
    assert found["shape"]["trained"] == pytest.approx(shape.trained, rel=0.1)


def test_the_large_plan_of_the_docs_is_made_in_a_fresh_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (DOCS / "finetune.md").read_text()
    (config,) = re.findall(r"END'\n(\{.*?\})\nEND", text, re.DOTALL)
    (large,) = re.findall(r"`large.toml`:\n\n```toml\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIALENS_HOME", str(tmp_path / "no home yet"))
    (tmp_path / "qwen2-7b").mkdir()
    (tmp_path / "qwen2-7b" / "config.json").write_text(config)
    (tmp_path / "large.toml").write_text(large)
    told = ("--examples", "123287", "--tokens", "140", "--device", "a100")
    shown, _ = run("finetune", "plan", "large.toml", *told)
    assert "parameters  7,655,986,688" in shown
    assert "steps       277,396" in shown
    assert "67.4 h on a100" in shown


def test_an_encoders_plan_is_of_this_machine_and_says_so() -> None:
    recipe, changes = _settings("lora")
    Path("plan.toml").write_text(f'recipe = "{recipe}"\n')
    words = [word for change in changes for word in ("--set", change)]
    _, said = run("finetune", "plan", "plan.toml", *words, "--device", "a100", code=1)
    assert "adapt is planned with its data and on this machine; leave --device" in said
    assert said.count("\n") == 1


@pytest.fixture(scope="module", autouse=True)
def _home(new_home: Callable[[], Path]) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(new_home()))
        yield
