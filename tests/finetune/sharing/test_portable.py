"""What a training leaves to be published says nothing of the machine, and is found on another."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finetune.sharing.merge import merge
from finetune.sharing.push import push, sent
from finetune.training.card import write_card
from finetune.training.run_folder import RunFolder
from finetune.training.start import settings
from retrievers.checkpoints.adapter import AdapterError, read_adapter
from retrievers.encoder import EncoderError
from retrievers.encoders.load import load_encoder
from tests.agent.mllm import tiny_mllms
from tests.agent.rerank.tiny_blip2 import save_tiny_blip2
from tests.finetune.walls import dialogues, walls
from tests.retrievers.encoders import tiny_checkpoints, tiny_open_clip

RECIPES = {
    "dialogue": ("dialogue", "llama", ["probe=0"]),
    "rewriter": ("rewriter", "llama", []),
    "grace": ("grace", "llama", []),
    "pick": ("rerank", "smolvlm", ["method=pick"]),
    "blip2": ("rerank", "blip2", []),
    "map": ("adapt", "clip", ["method=map"]),
    "clip": ("adapt", "clip", []),
    "open_clip": ("adapt", "open_clip", []),
}
Saved = Callable[[str], tuple[RunFolder, str]]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data and bases, that no published file may name."""
    folder = tmp_path_factory.mktemp("my machine")
    told = walls(folder)
    dialogues(folder)
    lines = [json.dumps({"file": one.path.name, "caption": one.captions[0]}) for one in told]
    (folder / "captions.jsonl").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def base(machine: Path) -> Callable[[str], str]:
    """Return the name, with its whole path, of a base that is made when it is asked for."""
    made: dict[str, str] = {}

    def make(kind: str) -> str:
        (folder := machine / kind).mkdir()
        match kind:
            case "clip":
                return f"transformers:{tiny_checkpoints.save('clip', folder)}"
            case "open_clip":
                return f"open_clip:{tiny_open_clip.save_folder(folder)}"
            case "blip2":
                return str(save_tiny_blip2(folder, layers=1, queries=2, side=28))
            case _:
                return str(tiny_mllms.save(kind, folder))

    def find(kind: str) -> str:
        made[kind] = made.get(kind) or make(kind)
        return made[kind]

    return find


@pytest.fixture(scope="module")
def saved(machine: Path, base: Callable[[str], str]) -> Saved:
    """Save what a recipe would write, with its card, once for each."""
    made: dict[str, tuple[RunFolder, str]] = {}

    def save(name: str) -> tuple[RunFolder, str]:
        if name not in made:
            recipe, kind, changes = RECIPES[name]
            data = "dialogues" if recipe in ("dialogue", "rewriter") else "captions"
            share = [] if recipe == "grace" else ["validation=0.25"]
            every = [f"base={base(kind)}", f"{data}={machine / data}.jsonl", *share, *changes]
            chosen, config = settings(None, [*every, "training.device=cpu"], name=recipe)
            job, run = chosen.open(config), RunFolder(machine / "runs" / name)
            run.create(recipe, config, job.data)
            job.save(run.adapter)
            run.tell(steps=1, best_step=1, before={}, best={})
            write_card(run, job)
            made[name] = run, base(kind)
        return made[name]

    return save


@pytest.mark.parametrize("name", RECIPES)
def test_what_would_be_sent_names_no_folder_of_this_machine(name: str, saved: Saved) -> None:
    run, _ = saved(name)
    files = sent(run.path)
    assert {"adapter.json", "README.md"} <= {one.name for one in files}
    for file in files:
        assert b"my machine" not in file.read_bytes(), file
    assert "local.json" not in {one.name for one in files}
    told = json.loads((run.adapter / "adapter.json").read_text())
    assert "#" in told["base"]


@pytest.mark.parametrize("name", ["dialogue", "map", "clip", "open_clip"])
def test_what_was_sent_opens_elsewhere_as_soon_as_it_is_said_where_its_base_is(
    name: str, saved: Saved, tmp_path: Path
) -> None:
    run, base = saved(name)
    for file in sent(run.path):
        shutil.copy(file, tmp_path)
    with pytest.raises(EncoderError, match=r"lay on the machine .* write where it is into .*local"):
        load_encoder(f"tuned:{tmp_path}")
    moved = f"{base}, moved"
    shutil.copytree(base.rpartition(":")[2], moved.rpartition(":")[2], dirs_exist_ok=True)
    facts = json.loads((tmp_path / "adapter.json").read_text())
    here = {one: moved for one in ("base", "spec") if "#" in str(facts.get(one))}
    (tmp_path / "local.json").write_text(json.dumps(here))
    assert load_encoder(f"tuned:{tmp_path}").name == load_encoder(f"tuned:{run.path}").name


def test_a_base_whose_folder_went_away_is_named_by_what_it_was(
    saved: Saved, tmp_path: Path
) -> None:
    run, _ = saved("rewriter")
    copied = Path(shutil.copytree(run.adapter, tmp_path / "adapter"))
    (copied / "local.json").write_text('{"base": "/nowhere/at/all"}')
    with pytest.raises(AdapterError, match=r"on 'llama#[0-9a-f]{12}'.*: \{\"base\": \"PATH\"\}"):
        read_adapter(copied).fact("base")


def test_an_adapter_that_an_older_release_wrote_is_sent_without_its_paths(
    saved: Saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, base = saved("rewriter")
    copied = Path(shutil.copytree(run.adapter, tmp_path / "adapter"))
    (copied / "local.json").unlink()
    for file, key in (("adapter.json", "base"), ("adapter_config.json", "base_model_name_or_path")):
        facts = json.loads((copied / file).read_text())
        (copied / file).write_text(json.dumps({**facts, key: base}))
    shown = _Hub()
    monkeypatch.setattr("finetune.sharing.push.HfApi", lambda: shown)
    push(copied, "me/mine")
    assert b"my machine" not in b"".join(shown.received.values())
    assert "local.json" not in shown.received
    assert read_adapter(copied).fact("base") == base


def test_a_merged_checkpoint_has_a_card_and_names_no_folder_of_this_machine(
    saved: Saved, tmp_path: Path
) -> None:
    run, base = saved("rewriter")
    merge(run.path, tmp_path / "merged")
    for file in (tmp_path / "merged").iterdir():
        assert b"my machine" not in file.read_bytes(), file
    card = (tmp_path / "merged" / "README.md").read_text()
    assert f"`{Path(base).name}#" in card
    assert "rewriter" in card


def test_relative_bases_are_found_from_any_folder(
    saved: Saved, base: Callable[[str], str], machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = base("llama")
    monkeypatch.chdir(machine)
    below = Path(whole).relative_to(machine)
    _, config = settings(None, [f"base={below}", "dialogues=d.jsonl"], name="rewriter")
    assert config.base == whole


class _Hub:
    """Keeps what it is sent; the hub itself is out of reach."""

    def __init__(self) -> None:
        self.received: dict[str, bytes] = {}

    def create_repo(self, repo: str, **_: Any) -> str:
        return f"https://hub/{repo}"

    def upload_folder(self, *, folder_path: Path, allow_patterns: list[str], **_: Any) -> None:
        self.received = {name: (folder_path / name).read_bytes() for name in allow_patterns}
