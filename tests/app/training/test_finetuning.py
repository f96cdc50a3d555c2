"""`dialens finetune` and `dialens feedback`, as a person meets them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.conversation.session import Session
from agent.understanding.acts import NewSearch
from app.library import conversations
from app.library.query_options import opened_collection
from retrievers.search.searcher import Searcher
from tests.app.test_commands import run, run_json
from tests.finetune.walls import walls


@pytest.fixture(scope="module")
def home(new_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the collection `walls`, and captions.jsonl beside its pictures."""
    folder = tmp_path_factory.mktemp("painted")
    told = walls(folder)
    words = ("blorp", "snark", "quux", "zib", "mome", "rath", "tove", "wabe")
    lines = [
        json.dumps({"file": one.path.name, "caption": f"{word} {more}"})
        for one, word in zip(told, words, strict=True)
        for more in ("here", "there")
    ]
    (folder / "captions.jsonl").write_text("\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home := new_home()))
        run("index", str(folder), "--name", "walls")
    (home / "painted").symlink_to(folder)
    return home


@pytest.fixture(autouse=True)
def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(home))


def test_a_recipe_trains_and_search_takes_what_it_made_by_its_path(
    home: Path, tmp_path: Path
) -> None:
    config = tmp_path / "adapt.toml"
    config.write_text(f'captions = "{home / "painted" / "captions.jsonl"}"\nvalidation = 0.25\n')
    out = tmp_path / "run"
    changes = ("--set", "training.epochs=30", "--set", "training.device=cpu")
    shown, said = run("finetune", "adapt", str(config), *changes, "--out", str(out))
    assert f"adapter: {out / 'adapter'}" in shown
    assert "MRR" in shown
    assert "MRR" in said
    found = run_json("search", "blorp here", "-c", "walls", "--adapter", str(out), "--json")
    assert found["encoder"]
    assert "no run.json" in run("finetune", "resume", str(tmp_path), code=1)[1]
    _, said = run("finetune", "resume", str(out))
    assert "is finished already; nothing was trained" in said
    again = run_json("finetune", "resume", str(out), "--json")
    assert again["state"] == "finished"
    assert "is not empty" in run("finetune", "adapt", str(config), "--out", str(out), code=1)[1]


def test_settings_are_listed_as_the_file_that_would_hold_them(tmp_path: Path) -> None:
    shown, _ = run("finetune", "settings", "adapt")
    assert shown.startswith('recipe = "adapt"\n')
    assert "[training]" in shown
    assert '# pictures = ""' in shown
    assert '# held_out = ""' in run("finetune", "settings", "grace")[0]
    assert run_json("finetune", "settings", "dialogue", "--json")["probe"] == 600
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("epochs = 3\n")
    assert (
        "epochs: there is no such key; there are" in run("finetune", "adapt", str(wrong), code=1)[1]
    )


def test_a_plan_tells_weights_memory_and_hours_without_training(tmp_path: Path) -> None:
    from tests.agent.mllm.tiny_mllms import save

    base = save("llama", tmp_path / "llama")
    config = tmp_path / "plan.toml"
    text = f'recipe = "rewriter"\ndialogues = "none.jsonl"\nbase = "{base}"\n'
    config.write_text(text)
    told = ("--examples", "100", "--tokens", "50", "--device", "a100", "--json")
    found = run_json("finetune", "plan", str(config), *told)
    assert found["steps"] == 63  # 10 epochs of 100 by 16, rounded up
    assert 0 < found["shape"]["trained"] < found["shape"]["weights"]
    larger = run_json("finetune", "plan", str(config), *told, "--set", "training.batch=32")
    assert larger["memory"]["activations"] == 2 * found["memory"]["activations"]
    assert (
        "no figures for the device 'abacus'"
        in (run("finetune", "plan", str(config), *told[:4], "--device", "abacus", code=1)[1])
    )


def test_dialogues_are_made_of_captions(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "dialogues.jsonl"
    captions = str(home / "painted" / "captions.jsonl")
    _, said = run("finetune", "make-dialogues", captions, str(out))
    assert "16 dialogues" in said
    assert len(out.read_text().splitlines()) == 16
    failed = run(
        "finetune", "make-dialogues", captions, str(out), "--questioner", "offline", code=1
    )
    assert "name both models" in failed[1]


def test_an_adapter_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    _, said = run("search", "a", "-c", "walls", "--adapter", str(tmp_path), code=1)
    assert "holds no adapter.json" in said


def test_only_an_llms_adapter_becomes_part_of_its_base(home: Path, tmp_path: Path) -> None:
    (tmp_path / "adapter.json").write_text('{"kind": "text-map"}')
    _, said = run("finetune", "merge", str(tmp_path), str(tmp_path / "out"), code=1)
    assert "is of kind 'text-map'; only whole adapters of llm" in said


def test_feedback_is_told_trained_refused_and_rolled_back(home: Path) -> None:
    before = run_json("feedback", "status", "-c", "walls", "--json")
    assert (before["judged"], before["adapter"]) == (0, None)
    assert "0 judged queries are too few" in run("feedback", "train", "-c", "walls", code=1)[0]
    assert "nothing to undo" in run("feedback", "rollback", "-c", "walls", code=1)[1]
    with opened_collection("walls") as open_collection:
        for at in range(14):
            session = Session.start(
                f"s{at}",
                Searcher(open_collection.collection, open_collection.encoder),
                folder=conversations.folder(),
                collection="walls",
            )
            session.act(NewSearch(f"blorp number {at}"), said=f"blorp number {at}")
            ids = session.current.shown
            red = next(hit.rank for hit in session.current.hits if hit.picture.path.stem == "red")
            session.ask(f"like {red}")
            assert session.turns[-1].judgement, session.turns[-1]
            assert ids
    assert run_json("feedback", "status", "-c", "walls", "--json")["judged"] == 14
    found = run_json("feedback", "train", "-c", "walls", "--json")
    assert found["accepted"]
    assert found["after"] > found["before"]
    hits = run_json("search", "blorp", "-c", "walls", "--json")["hits"]
    assert Path(hits[0]["path"]).stem == "red"
    _, said = run("feedback", "rollback", "-c", "walls")
    assert "searched with no adapter again" in said
    assert run_json("feedback", "status", "-c", "walls", "--json")["adapter"] is None
