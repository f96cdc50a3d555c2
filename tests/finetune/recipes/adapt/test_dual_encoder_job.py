import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from finetune.error import FinetuneError
from finetune.recipes.adapt.dual_encoder_job import DualJob
from finetune.recipes.adapt.recipe import RECIPE, AdaptConfig
from finetune.training.loop import train
from finetune.training.run_folder import RunFolder
from finetune.training.settings_file import read_config
from retrievers.checkpoints.adapter import read_adapter
from retrievers.encoder import EncoderError
from retrievers.encoders.load import load_encoder
from retrievers.encoders.tuned.load_tuned import fitted
from retrievers.loading.encoder_options import Options
from tests.finetune.walls import walls
from tests.retrievers.encoders import tiny_checkpoints, tiny_open_clip


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("bases")
    for name in ("clip", "open_clip"):
        (folder / name).mkdir()
    clip = tiny_checkpoints.save("clip", folder / "clip")
    return {
        "transformers": f"transformers:{clip}",
        "open_clip": f"open_clip:{tiny_open_clip.save_folder(folder / 'open_clip')}",
    }


Open = Callable[..., DualJob]


@pytest.fixture
def open_job(bases: dict[str, str], tmp_path: Path) -> Open:
    path = tmp_path / "captions.jsonl"
    lines = [
        json.dumps({"file": one.path.name, "caption": one.captions[0]}) for one in walls(tmp_path)
    ]
    path.write_text("\n".join(lines))

    def make(family: str, *changes: str) -> DualJob:
        every = (
            *(f"captions={path}", f"base={bases[family]}", "validation=0.25"),
            *("training.epochs=15", "training.batch=6", "training.lr=1e-2", "training.device=cpu"),
            *("training.validate_every=100", *changes),
        )
        job = RECIPE.open(read_config(AdaptConfig, None, every))
        assert isinstance(job, DualJob)
        return job

    return make


@pytest.mark.parametrize("towers", ["text", "both"])
@pytest.mark.parametrize("family", ["transformers", "open_clip"])
def test_the_loss_falls_and_the_adapter_opens_by_its_path_as_it_was_trained(
    open_job: Open, tmp_path: Path, family: str, towers: str
) -> None:
    job, run = open_job(family, f"towers={towers}"), RunFolder(tmp_path / "run")
    image = Image.new("RGB", (40, 30), "red")
    before = job.encoder.encode_images([image])
    run.create(RECIPE.name, job.config, job.data)
    train(job, job.config.training, run)
    losses = [line["loss"] for line in run.logged() if "loss" in line]
    assert min(losses[-3:]) < losses[0] - 0.1
    found = load_encoder(f"tuned:{run.path}")
    texts = ["A red wall near a house.", "a dog"]
    np.testing.assert_allclose(
        found.encode_texts(texts), job.encoder.encode_texts(texts), atol=1e-5
    )
    seen = found.encode_images([image])
    np.testing.assert_allclose(seen, job.encoder.encode_images([image]), atol=1e-5)
    assert np.array_equal(seen, before) == (towers == "text")
    assert found.name.startswith(f"{job.encoder.name}+adapted:")


@pytest.mark.parametrize("family", ["transformers", "open_clip"])
def test_only_lora_and_the_temperature_change(open_job: Open, family: str) -> None:
    job = open_job(family, "towers=both")
    before = {name: one.clone() for name, one in job.model.named_parameters()}
    optimiser = torch.optim.SGD([p for p in job.model.parameters() if p.requires_grad], lr=1.0)
    for _ in range(2):
        optimiser.zero_grad()
        job.model(**job.batch(range(6), random.Random(0))).backward()
        optimiser.step()
    changed = {n for n, one in job.model.named_parameters() if not torch.equal(one, before[n])}
    assert all("lora_" in name or name == "scale" for name in changed)
    for part in ("scale", "lora_A", "lora_B"):
        assert any(part in name for name in changed), part
    assert any("visual" in name or "vision" in name for name in changed)


def test_a_text_adapter_fits_onto_an_indexed_collection_and_one_of_both_towers_does_not(
    open_job: Open, bases: dict[str, str], tmp_path: Path
) -> None:
    pictures = load_encoder(bases["transformers"])
    for towers in ("text", "both"):
        open_job("transformers", f"towers={towers}").save(tmp_path / towers)
    text = fitted(read_adapter(tmp_path / "text"), pictures, Options())
    assert text.dim == pictures.dim
    with pytest.raises(EncoderError, match="changes pictures' vectors; index the folder again"):
        fitted(read_adapter(tmp_path / "both"), pictures, Options())
    other = load_encoder(bases["open_clip"])
    with pytest.raises(EncoderError, match="the pictures' is open_clip"):
        fitted(read_adapter(tmp_path / "text"), other, Options())


def test_lora_on_the_offline_encoder_is_refused_with_the_way_out(tmp_path: Path) -> None:
    config = AdaptConfig(captions=tmp_path / "c.jsonl", base="offline", method="lora")
    with pytest.raises(FinetuneError, match="set method='map' for any other"):
        RECIPE.open(config)
