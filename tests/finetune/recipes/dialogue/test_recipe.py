import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from finetune.dialogues.dialogue import Dialogue, write_dialogues
from finetune.error import FinetuneError
from finetune.recipes.dialogue.recipe import RECIPE, DialogueJob
from finetune.recipes.dialogue.settings import DialogueConfig
from finetune.training.loop import train
from finetune.training.run_folder import RunFolder
from finetune.training.settings_file import read_config
from retrievers.checkpoints.adapter import read_adapter
from retrievers.encoder import EncoderError
from retrievers.encoders.load import load_encoder
from retrievers.encoders.tuned.dialogue_encoder import RET, DialogueEncoder
from tests.agent.mllm.tiny_mllms import save
from tests.finetune.walls import dialogues
from tests.threads import assert_threads_are_answered_as_one

SETTINGS = (
    *("training.epochs=3", "training.batch=4", "training.lr=3e-3", "training.device=cpu"),
    *("validation=0.25", "probe=20", "lora.rank=4"),
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save("llama", tmp_path_factory.mktemp("base") / "llama")


Open = Callable[..., DialogueJob]


@pytest.fixture
def open_job(small: Path, tmp_path: Path) -> Open:
    told = dialogues(tmp_path)

    def make(*changes: str) -> DialogueJob:
        every = (f"dialogues={told}", f"base={small}", *SETTINGS, *changes)
        return DialogueJob(read_config(DialogueConfig, None, every))

    return make


def test_the_loss_falls_and_what_is_saved_encodes_exactly_as_what_was_trained(
    open_job: Open, tmp_path: Path
) -> None:
    job, run = open_job("training.epochs=12", "probe=0"), RunFolder(tmp_path / "run")
    run.create(RECIPE.name, job.config, job.data)
    train(job, job.config.training, run)
    losses = [line["loss"] for line in run.logged() if "loss" in line]
    assert np.mean(losses[-4:]) < np.mean(losses[:4]) - 0.1
    job.save(tmp_path / "last")
    found = load_encoder(f"tuned:{tmp_path / 'last'}")
    asked = [["a red wall"], ["a wall", "it is blue", "near a house"]]
    assert isinstance(found, DialogueEncoder)
    np.testing.assert_allclose(
        found.encode_dialogues(asked), job.searcher.encode_dialogues(asked), atol=1e-5
    )
    np.testing.assert_allclose(np.linalg.norm(found.encode_texts(["a"]), axis=1), 1, atol=1e-5)
    image = Image.new("RGB", (50, 40), "green")
    expected = load_encoder("offline").encode_images([image])
    np.testing.assert_array_equal(found.encode_images([image]), expected)
    assert found.name != job.encoder.name
    assert "+dialogue:" in load_encoder(f"tuned:{run.path}").name


def test_only_lora_the_token_the_map_and_the_temperature_are_trained(open_job: Open) -> None:
    job = open_job("probe=0")
    before = {name: one.clone() for name, one in job.model.named_parameters()}
    optimiser = torch.optim.SGD([p for p in job.model.parameters() if p.requires_grad], lr=1.0)
    for _ in range(2):  # LoRA's second matrix starts at zero and hides the first for a step
        optimiser.zero_grad()
        job.model(**job.batch([0, 1, 2, 3], random.Random(0))).backward()
        optimiser.step()
    changed = {n for n, one in job.model.named_parameters() if not torch.equal(one, before[n])}
    parts = ("lora_", "trainable_tokens_delta", "tower.head", "scale")
    assert changed
    assert all(any(part in name for part in parts) for name in changed)
    for part in parts:
        assert any(part in name for name in changed), part


def test_threads_that_ask_one_encoder_of_dialogues_take_turns(open_job: Open) -> None:
    searcher = open_job().searcher
    told = [["a red wall"], ["a wall", "it is blue", "near a house"], ["red"]]
    assert_threads_are_answered_as_one(
        lambda one: searcher.encode_dialogues([one]).round(5).tolist(), told, searcher._tower.base
    )


def test_a_batch_depends_on_its_places_and_chance_alone(open_job: Open) -> None:
    job = open_job("probe=0")
    one, same = (job.batch([1, 0, 2], random.Random(5)) for _ in range(2))
    assert torch.equal(one["inputs"]["input_ids"], same["inputs"]["input_ids"])
    ret = job.model.tower.opened.tokenizer.convert_tokens_to_ids(RET)
    assert (one["inputs"]["input_ids"][:, -1] == ret).all()


def test_the_map_learns_alone_before_lora_begins(open_job: Open) -> None:
    untaught, taught = open_job("probe=0"), open_job("probe=200", "anchor=1")

    def near(job: DialogueJob) -> float:
        asked = job.searcher.encode_dialogues([one.turns for one, _ in job.trained])
        at = [place for _, place in job.trained]
        return float((asked * job._vectors[at]).sum(axis=1).mean())

    assert near(taught) > near(untaught) + 0.2


def test_no_picture_is_both_trained_on_and_validated_with(open_job: Open) -> None:
    job = open_job("probe=0")
    trained, held = ({at for _, at in part} for part in (job.trained, job.held))
    assert trained
    assert held
    assert not trained & held


def test_the_recall_surrogate_trains_too(open_job: Open) -> None:
    job = open_job("loss=recall", "probe=0")
    loss = job.model(**job.batch([0, 1, 2, 3], random.Random(0)))
    loss.backward()
    assert 0 <= float(loss.detach()) <= 1


def test_a_base_that_sees_reads_pictures_in_a_dialogue(tmp_path: Path) -> None:
    base = save("qwen2_5_vl", tmp_path / "qwen")
    told = dialogues(tmp_path)
    shown = [
        Dialogue(tmp_path / f"{colour}.png", ("like this one", "but larger"), "wall", (path,))
        for colour, path in (("red", tmp_path / "red.png"), ("blue", tmp_path / "blue.png"))
    ]
    write_dialogues(told, shown)
    every = (f"dialogues={told}", f"base={base}", *SETTINGS, "probe=0", "validation=0.5")
    job = DialogueJob(read_config(DialogueConfig, None, every))
    job.model(**job.batch([0], random.Random(0))).backward()
    one, other = (Image.new("RGB", (56, 56), colour) for colour in ("red", "blue"))
    red, blue = job.searcher.encode_dialogues([[one, "like this"], [other, "like this"]])
    assert not np.allclose(red, blue, atol=1e-4)


def test_a_base_that_reads_text_only_refuses_pictures(open_job: Open) -> None:
    with pytest.raises(EncoderError, match="reads text only"):
        open_job("probe=0").searcher.encode_dialogues([[Image.new("RGB", (9, 9)), "this"]])


def test_too_few_pictures_to_split_are_one_line(open_job: Open) -> None:
    with pytest.raises(FinetuneError, match="leaves 8 to train on and 0 to validate"):
        open_job("validation=0.01")


def test_pictures_of_another_encoder_are_refused(open_job: Open, tmp_path: Path) -> None:
    job = open_job("probe=0")
    job.save(tmp_path / "saved")
    facts = tmp_path / "saved" / "adapter.json"
    facts.write_text(facts.read_text().replace(job.encoder.name, "another"))
    assert read_adapter(tmp_path / "saved").fact("pictures") == "another"
    with pytest.raises(EncoderError, match="was trained for pictures of another"):
        load_encoder(f"tuned:{tmp_path / 'saved'}")
