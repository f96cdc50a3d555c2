"""The Q-Former's training through the real loop, and what search opens afterwards."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from agent.mllm.mllm import MllmError
from agent.rerank.blip2 import Blip2, Blip2Judge
from agent.rerank.blip2_qformer import match_logits
from agent.rerank.pointwise import PointwiseReranker
from agent.stages.config import Stages
from agent.stages.pipeline_builder import open_pipeline
from finetune.error import FinetuneError
from finetune.recipes.rerank.recipe import open_job
from finetune.recipes.rerank.settings import RerankConfig
from finetune.recipes.rerank.shortlists import pixels
from finetune.settings import Lora, Training
from finetune.training.loop import train
from finetune.training.run_folder import RunFolder
from retrievers.checkpoints.adapter import write_adapter
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.query import Query
from retrievers.search.searcher import Searcher
from tests.encoders import ColourEncoder
from tests.finetune.recipes.rerank.steps import take_steps

Open = Callable[..., Any]
ALWAYS = {"query_tokens", "vision_projection", "text_projection", "itm_head"}


def test_a_tiny_blip2_learns_32_pairs_until_itm_judges_them_and_their_hard_negatives_right(
    open_blip2: Open, tmp_path: Path
) -> None:
    """ITM is trained on hard negatives only; of the others it may let one in a hundred pass."""
    training = Training(device="cpu", batch=32, epochs=140, lr=4e-3, validate_every=1000)
    job = open_blip2(training, full=True)
    for module in job.model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    run = RunFolder(tmp_path / "run")
    run.create("rerank", job.config, job.data)
    train(job, training, run)
    seen = job.blip2.see([pixels(picture) for _, picture in job.pairs])
    said = [said for said, _ in job.pairs]
    with torch.no_grad():
        odds = torch.stack([_odds(job, one.states, said) for one in seen])  # [32, 32]
        cosines = job.blip2.itc(seen, said)
    own = torch.eye(32, dtype=torch.bool)
    others = cosines.masked_fill(own, -2)
    hard_texts = odds[range(32), others.argmax(dim=1)]
    hard_pictures = odds[others.argmax(dim=0), range(32)]
    judged = torch.cat([odds.diagonal() > 0, hard_texts < 0, hard_pictures < 0])
    assert judged.float().mean() == 1
    assert ((odds > 0) == own).float().mean() > 0.99
    assert torch.equal(odds.argmax(dim=0), torch.arange(32)), "R@1, text to picture"
    assert torch.equal(odds.argmax(dim=1), torch.arange(32)), "R@1, picture to text"


def _odds(job: Any, states: torch.Tensor, said: list[str]) -> torch.Tensor:
    """Log-odds [T] of "match" against "no match" of a picture with each of these texts."""
    many = states.expand(len(said), -1, -1)
    logits = match_logits(job.blip2.model, many, *job.blip2.tokens(said))
    return logits[:, 1] - logits[:, 0]


@pytest.mark.parametrize(
    ("options", "trained"),
    [
        ({}, ALWAYS | {"qformer LoRA"}),
        ({"full": True}, ALWAYS | {"qformer", "embeddings"}),
        ({"unfreeze_vision": True, "itg": True}, ALWAYS | {"qformer LoRA", "vision_model", "ITG"}),
    ],
)
def test_gradients_reach_just_what_is_to_be_trained(
    open_blip2: Open, options: dict[str, bool], trained: set[str]
) -> None:
    job = open_blip2(**options)
    before = {name: one.detach().clone() for name, one in job.model.named_parameters()}
    take_steps(job, 2, batch=4)
    changed = {
        name for name, one in job.model.named_parameters() if not torch.equal(one, before[name])
    }
    assert {_group(name) for name in changed} == trained | {"temperature"}
    still = {_group(name) for name in before} - {_group(name) for name in changed}
    assert still == {"qformer", "embeddings", "vision_model"} - trained
    untouched = [name for name, one in job.model.named_parameters() if one.grad is None]
    assert {_group(name) for name in untouched} == still, "a weight that is trained has no gradient"


def _group(name: str) -> str:
    if "lora_" in name:
        return "qformer LoRA"
    if name.startswith("writing."):
        return "ITG"
    return name.removeprefix("model.").partition(".")[0]


@pytest.fixture(scope="module", params=[False, True], ids=["LoRA", "full"])
def tuned(
    request: pytest.FixtureRequest, open_blip2: Open, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, Path]:
    """A job after a few steps, and its adapter."""
    job = open_blip2(full=request.param)
    take_steps(job, 3)
    folder = tmp_path_factory.mktemp("run") / "adapter"
    job.save(folder)
    return job, folder


def test_the_saved_adapter_reranks_in_the_pipeline_as_in_training(
    tuned: tuple[Any, Path], small_blip2: Path
) -> None:
    job, folder = tuned
    judge = Blip2Judge(Blip2(str(small_blip2), adapter=folder.parent), pixels)
    base = Blip2Judge(Blip2(str(small_blip2)), pixels)
    for asked in job.shortlisted:
        trained = job.order(asked)
        *_, order = PointwiseReranker(judge).orders(asked.said, asked.hits)
        assert [hit.picture.id for hit in order] == [hit.picture.id for hit in trained]
        scores = {hit.picture.id: hit.why.scores["blip2"] for hit in trained}
        pictures = [hit.picture for hit in order]
        found = judge.judge(asked.said, pictures)
        assert found == pytest.approx([scores[one.id] for one in pictures], abs=1e-5)
        assert found != pytest.approx(base.judge(asked.said, pictures), abs=1e-2)


def test_a_pipeline_opened_with_the_adapter_gives_its_scores(
    tuned: tuple[Any, Path], small_blip2: Path, captions: Path, tmp_path: Path
) -> None:
    """From the stages and a collection of the pictures' files, nothing of the training at hand."""
    job, folder = tuned
    encoder = ColourEncoder()
    collection = Collection.create(tmp_path / "c", encoder=encoder.name, dim=encoder.dim)
    sync(collection, encoder, captions.parent)
    options = {"checkpoint": str(small_blip2), "adapter": str(folder)}
    stages = Stages(reranker="blip2", shortlist=36, doubt=0, reranker_options=options)
    pipeline = open_pipeline(stages, collection, Searcher(collection, encoder))
    asked = job.shortlisted[0]
    found = pipeline.find(Query(wanted=(asked.said,)), 36)
    assert not found.lost
    assert pipeline.reranker
    scores = {hit.picture.id: hit.why.scores[pipeline.reranker.name] for hit in found.hits}
    trained = {hit.picture.id: hit.why.scores["blip2"] for hit in job.order(asked)}
    assert {one: scores[one] for one in trained} == pytest.approx(trained, abs=1e-5)


def test_the_adapter_holds_only_what_was_trained(
    tuned: tuple[Any, Path], small_blip2: Path
) -> None:
    job, folder = tuned
    held = set(load_file(folder / "trained.safetensors"))
    parts = {name.partition(".")[0] for name in held}
    assert parts == (ALWAYS | {"qformer", "embeddings"} if job.config.full else ALWAYS)
    assert (folder / "adapter_model.safetensors").exists() is not job.config.full


def test_what_one_adapter_saw_is_not_taken_for_what_another_did(
    tuned: tuple[Any, Path], small_blip2: Path, tmp_path: Path
) -> None:
    job, folder = tuned
    pictures = [hit.picture for hit in job.shortlisted[0].hits]
    base = Blip2(str(small_blip2))
    adapted = Blip2(str(small_blip2), adapter=folder)
    assert base.name != adapted.name
    Blip2Judge(base, pixels, kept=tmp_path).judge("red boat", pictures)
    kept = Blip2Judge(adapted, pixels, kept=tmp_path)
    fresh = Blip2Judge(adapted, pixels).judge("red boat", pictures)
    assert kept.judge("red boat", pictures) == pytest.approx(fresh, abs=1e-5)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("how", ["missing", "surplus", "shape"])
def test_an_adapter_that_does_not_fit_is_refused(
    tuned: tuple[Any, Path], small_blip2: Path, tmp_path: Path, how: str
) -> None:
    _, folder = tuned
    for path in folder.glob("*.safetensors"):
        held = load_file(path)
        first = next(iter(held))
        if how == "missing":
            del held[first]
        elif how == "surplus":
            held["elsewhere"] = torch.zeros(1)
        else:
            held[first] = torch.zeros(7, 7)
        broken = tmp_path / path.stem
        shutil.copytree(folder, broken)
        save_file(held, broken / path.name)
        wanted = {"missing": "are missing", "surplus": "have no place", "shape": "has shape"}[how]
        with pytest.raises(MllmError, match=rf"adapter .* does not fit .*{wanted}.*; name the ch"):
            Blip2(str(small_blip2), adapter=broken)


def test_an_adapter_of_another_kind_is_named(small_blip2: Path, tmp_path: Path) -> None:
    write_adapter(tmp_path, "dialogue", base="offline")
    with pytest.raises(MllmError, match="is an adapter of kind 'dialogue'; this needs one of"):
        Blip2(str(small_blip2), adapter=tmp_path)


def test_a_folder_without_an_adapter_is_named(small_blip2: Path, tmp_path: Path) -> None:
    with pytest.raises(MllmError, match=r"holds no adapter\.json; name a folder"):
        Blip2(str(small_blip2), adapter=tmp_path)


def test_pictures_beyond_the_memory_are_seen_each_time_to_the_same_loss(open_blip2: Open) -> None:
    kept, forgetful = open_blip2(), open_blip2(seen_gb=0.0)
    assert take_steps(kept, 2, batch=4) == take_steps(forgetful, 2, batch=4)
    assert len(kept._states) >= 4
    assert not forgetful._states


def test_checkpointing_changes_no_gradient(open_blip2: Open) -> None:
    plain = open_blip2()
    saving = open_blip2(Training(device="cpu", checkpointing=True))
    assert take_steps(saving, 2, batch=4) == pytest.approx(take_steps(plain, 2, batch=4), abs=1e-5)


def test_a_base_that_is_not_there_is_one_line(captions: Path) -> None:
    config = RerankConfig(captions=captions, base=str(captions.parent), validation=0.5)
    with pytest.raises(FinetuneError, match=r"base: cannot load BLIP-2 from .*; name a local"):
        open_job(config)


def test_lora_of_more_layers_is_one_setting(open_blip2: Open) -> None:
    job = open_blip2(lora=Lora(rank=2, targets=("query", "value", "dense")))
    adapted = {name for name, one in job.model.named_parameters() if "lora_" in name}
    assert any(".dense.lora_A" in name for name in adapted)
    assert not any(".key.lora_A" in name for name in adapted)
