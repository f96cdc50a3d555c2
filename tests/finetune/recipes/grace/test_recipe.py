import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from eval.benchmarks.captioned import Captioned
from finetune.error import FinetuneError
from finetune.job import Size
from finetune.model.lora_layers import trained
from finetune.recipes.grace.pictures import look
from finetune.recipes.grace.recipe import RECIPE, GraceConfig, job_of
from finetune.settings import Training
from finetune.training.loop import train
from finetune.training.run_folder import RunFolder
from retrievers.checkpoints.adapter import read_adapter
from retrievers.grace.identifiers import KINDS
from tests.agent.mllm.tiny_mllms import save
from tests.encoders import ColourEncoder
from tests.finetune.recipes.grace.learning import PAIRS, config, drawn, looked, taught, taught_more


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save("llama", tmp_path_factory.mktemp("llama"))


@pytest.mark.parametrize("kind", KINDS)
def test_twelve_pictures_are_learnt_by_caption_and_by_sight(
    kind: str, base: Path, tmp_path: Path
) -> None:
    job = taught(base, tmp_path, kind, steps=22)
    with torch.inference_mode():
        assert job.validate() == {"R@1 memorised": 1.0, "R@10 memorised": 1.0, "valid": 1.0}
        ranks, valid = job.ranks([(one.vector, at) for at, one in enumerate(job.pictures)])
    assert ranks == [1] * len(PAIRS)
    assert valid == 1


def test_only_lora_and_the_new_rows_are_trained(base: Path, tmp_path: Path) -> None:
    job = job_of(config(base, "structured"), looked(tmp_path), "e")
    before = {name: one.clone() for name, one in job.model.state_dict().items()}
    taught_more(job, 2)
    changed = {n for n, one in job.model.state_dict().items() if not one.equal(before[n])}
    assert changed == set(trained(job.model))
    assert all("lora_" in name or name.startswith("rows.") for name in changed)


def test_a_batch_is_a_function_of_its_places_and_chance(base: Path, tmp_path: Path) -> None:
    job = job_of(config(base, "atomic", drop_words=0.5), looked(tmp_path), "e")
    one, same, other = (job.batch([0, 3, 40], random.Random(seed)) for seed in (1, 1, 4))
    assert all(one[name].equal(same[name]) for name in one)
    assert one["ids"].shape != other["ids"].shape or not one["ids"].equal(other["ids"])


def test_held_out_captions_validate_and_are_never_learnt(base: Path, tmp_path: Path) -> None:
    captioned = drawn(tmp_path)
    unseen = [Captioned(one.id, one.path, (f"{one.captions[0]} !",)) for one in captioned]
    both = [Captioned(one.id, one.path, one.captions) for one in captioned[:3]]
    pictures = look(captioned, ColourEncoder(), [*unseen, *both])
    assert all(one.held_out == (f"{one.captions[0]} !",) for one in pictures)
    job = job_of(config(base, "structured"), pictures, "e")
    assert job.examples == len(PAIRS) * (3 + 1)
    with torch.inference_mode():
        assert list(job.validate()) == ["R@1 unseen", "R@10 unseen", "valid"]
    assert job.about["validation"] == f"{len(PAIRS)} unseen captions of them"


def test_the_recipe_reads_captions_and_the_loop_trains_it(base: Path, tmp_path: Path) -> None:
    lines = [f"{one.id},{one.captions[0]}" for one in drawn(tmp_path / "pictures")]
    captions = tmp_path / "pictures" / "captions.csv"
    captions.write_text("\n".join(["file,caption", *lines[:6]]), encoding="utf-8")
    settings = GraceConfig(
        captions=captions,
        base=str(base),
        keep_layers=1,
        identifiers="atomic",
        training=Training(epochs=2, batch=8, device="cpu", threads=1),
    )
    assert RECIPE.size is not None
    assert RECIPE.size(settings) == Size(6, 6 * (3 + 1), 2 * 3 + 4, judged=6 * (10 + 10 * 4))
    job, run = RECIPE.open(settings), RunFolder(tmp_path / "run")
    run.create(RECIPE.name, settings, job.data)
    train(job, settings.training, run)
    adapter = read_adapter(run.path)
    assert adapter.kind == "grace"
    assert [adapter.fact(one) for one in ("pictures", "keep_layers")] == [6, 1]
    assert "R@1 memorised" in (run.adapter / "README.md").read_text(encoding="utf-8")


def test_captions_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(FinetuneError, match="no file or folder"):
        RECIPE.open(GraceConfig(captions=tmp_path / "none.csv"))


def test_more_layers_than_the_base_has_are_refused(base: Path, tmp_path: Path) -> None:
    settings = replace(config(base, "atomic"), keep_layers=9)
    with pytest.raises(FinetuneError, match=r"keep_layers must be in 0\.\.2, .*; got 9"):
        job_of(settings, looked(tmp_path), "e")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"leaf": 1}, "leaf: must be at least 2; got 1"),
        ({"retrieve": 0}, "retrieve: must be at least 1; got 0"),
        ({"drop_words": 1.0}, "drop_words: must be in 0..1, 1 excluded; got 1.0"),
    ],
)
def test_settings_out_of_range_are_named(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GraceConfig(captions=Path("x"), **wrong)  # type: ignore[arg-type]
