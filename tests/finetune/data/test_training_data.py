"""What the figures of a training cannot be trusted for is found and said."""

import json
import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from finetune.data.training_data import cautions, contents
from finetune.error import FinetuneError
from finetune.model.device import devices
from finetune.training.run_folder import RunFolder
from finetune.training.start import begin, settings
from tests.finetune.walls import walls


@pytest.mark.parametrize(
    "again",
    [
        "A Café by the sea",
        "a  café by\tthe sea ",
        unicodedata.normalize("NFD", "a café by the sea"),
    ],
)
def test_a_text_on_both_sides_is_a_leak_however_it_is_written(again: str) -> None:
    (leak,) = cautions(
        ["a café by the sea", "b"], [again, *"cdefghijklmnopqrstuvwxyz"], learnt=30, ranked=30
    )
    assert leak.startswith("1 of 25 texts that validate are trained on, too")


@pytest.mark.parametrize(
    ("texts", "learnt", "ranked", "says"),
    [
        (["a"], 1, 1, "one picture"),
        (["a", "A ", "a"], 3, 30, "nothing tells them apart"),
        (["a", "b"], 2, 2, "R@1 is 0.500 by chance"),
    ],
)
def test_too_little_to_learn_from_is_said(
    texts: list[str], learnt: int, ranked: int, says: str
) -> None:
    assert any(says in one for one in cautions(texts, [], learnt=learnt, ranked=ranked))


def test_copies_of_a_picture_stay_on_one_side(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.png", "copy of a.png", "b.png")]
    for path, colour in zip(paths, ("red", "red", "blue"), strict=True):
        Image.new("RGB", (4, 4), colour).save(path)
    one, copy, other = contents(paths)
    assert one == copy != other


def _captions(folder: Path) -> Path:
    lines = [f"{one.id},{one.captions[0]}" for one in walls(folder)]
    path = folder / "captions.csv"
    path.write_text("\n".join(["file,caption", *lines, "red.png,A GREEN  wall near a house."]))
    return path


def _trained(folder: Path, *changes: str) -> RunFolder:
    every = [f"captions={_captions(folder)}", "validation=0.25", "training.device=cpu", *changes]
    recipe, config = settings(None, every, name="adapt")
    return begin(recipe, config, folder / "run", tell=lambda told: None)


def test_a_card_warns_and_holds_no_path_of_this_machine(tmp_path: Path) -> None:
    _trained(tmp_path, "training.epochs=1")
    card = (tmp_path / "run" / "adapter" / "README.md").read_text(encoding="utf-8")
    assert "**Beware**: only 8 pictures are ranked" in card
    assert str(tmp_path) not in card
    assert 'captions = "captions.csv"' in card
    assert "base_model" not in card  # the offline encoder is on no hub
    assert json.loads((tmp_path / "run" / "run.json").read_text())["beware"]


def test_a_rate_that_is_too_high_says_when_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FinetuneError, match=r"step \d+; lower training.lr \(1e\+36\), to 1e\+35"):
        _trained(tmp_path, "training.epochs=9", "training.lr=1e36", "training.warm_up=0")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["state"] == "failed"


@pytest.mark.parametrize(
    ("recipe", "changes", "says"),
    [
        ("adapt", ["lora.bits=4"], "lora.bits: is no setting of the method 'map'"),
        ("adapt", ["towers=both"], "towers: is no setting of the method 'map'"),
        ("adapt", ["method=lora", "guard=2.0"], "guard: is no setting of the method 'lora'"),
        ("adapt", ["method=lora", "lora.bits=8"], "lora.bits: is no setting of the method 'lora'"),
        ("rerank", ["max_pixels=9"], "max_pixels: is no setting of the method 'blip2'"),
        ("rerank", ["method=pick", "seen_gb=1.0"], "seen_gb: is no setting of the method 'pick'"),
        ("rerank", ["full=true", "lora.rank=4"], "lora.rank: is no setting of full=true"),
        ("adapt", ["lora.top=2"], "lora.top: is no setting .* but of the method 'lora'"),
        ("adapt", ["method=lora", "lora.top=2"], "but of recipes with a language model"),
        ("rerank", ["method=pick", "itg=true"], "but of the method 'blip2'"),
        ("rerank", ["partial=true"], "but of the methods 'pick' and 'yesno'"),
        ("grace", ["codes=9"], "codes: .* identifiers='structured', but of identifiers='vokens'"),
        ("grace", ["identifiers=vokens", "leaf=9"], "leaf: .* but of identifiers='structured'"),
        ("grace", ["identifiers=atomic", "clusters=9"], "but of identifiers='structured'"),
        ("grace", ["identifiers=string", "codes=9"], "but of identifiers='vokens'"),
    ],
)
def test_a_setting_that_nothing_reads_is_refused(
    recipe: str, changes: list[str], says: str
) -> None:
    with pytest.raises(FinetuneError, match=says):
        settings(None, ["captions=c.csv", *changes], name=recipe)


@pytest.mark.parametrize(
    "change",
    [
        *(f"training.device={one}" for one in ("cuda", "cuda:0", "cuda:1", "cuda:99", "mps")),
        "training.precision=fp16",
    ],
)
def test_a_device_that_is_not_there_is_refused(change: str, tmp_path: Path) -> None:
    name, _, value = change.partition("=")
    if value in devices() or (value == "fp16" and devices() != ["cpu"]):
        pytest.skip("there is one")
    recipe, config = settings(None, ["captions=c.csv", change], name="adapt")
    with pytest.raises(FinetuneError, match=f"{name}='{value}'.* (torch finds .*cpu here|a GPU)"):
        begin(recipe, config, tmp_path / "run", tell=lambda told: None)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("device", ["abacus", "cuda:", "cuda:-1", "cuda1", "CPU", "gpu"])
def test_what_is_no_device_is_refused_with_the_forms_there_are(device: str) -> None:
    with pytest.raises(FinetuneError, match=f"must be auto, cpu, cuda, cuda:N or mps; .*{device}"):
        settings(None, ["captions=c.csv", f"training.device={device}"], name="adapt")


@pytest.mark.parametrize("device", ["", "auto", "cpu"])
def test_a_device_that_is_there_is_taken(device: str, tmp_path: Path) -> None:
    run = _trained(tmp_path, "training.epochs=1", f"training.device='{device}'")
    assert run.facts()["state"] == "finished"
