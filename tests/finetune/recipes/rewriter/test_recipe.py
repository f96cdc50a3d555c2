import random
from pathlib import Path

import pytest
import torch

from agent.mllm.open_mllm import open_mllm
from agent.rewrite.plugir import Plugir
from finetune.recipes.rewriter.recipe import IGNORED, PROMPT, RECIPE, RewriterConfig, RewriterJob
from finetune.training.loop import train
from finetune.training.run_folder import RunFolder
from finetune.training.settings_file import read_config
from prompts.load import load
from retrievers.query import Query
from tests.agent.mllm.tiny_mllms import save
from tests.finetune.walls import dialogues


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save("llama", tmp_path_factory.mktemp("base") / "llama")


def _job(small: Path, folder: Path, *changes: str) -> RewriterJob:
    every = (
        *(f"dialogues={dialogues(folder)}", f"base={small}", "validation=0.25", "validated=2"),
        *("training.epochs=20", "training.batch=8", "training.lr=1e-2", "training.device=cpu"),
        *("lora.rank=8", "training.validate_every=1000", *changes),
    )
    return RewriterJob(read_config(RewriterConfig, None, every))


def test_the_loss_falls_and_the_adapter_rewrites_as_in_training(
    small: Path, tmp_path: Path
) -> None:
    job, run = _job(small, tmp_path), RunFolder(tmp_path / "run")
    run.create(RECIPE.name, job.config, job.data)
    train(job, job.config.training, run)
    losses = [line["loss"] for line in run.logged() if "loss" in line]
    assert losses[-1] < losses[0] / 2
    model = open_mllm(f"transformers:{small}", adapter=str(run.adapter))
    asked = Query(wanted=("show me wall", "it is red", "near a house"))
    saved = Plugir(model, prompt=load(PROMPT), method="trained")
    job.model.eval()
    assert saved.rewrite(asked, asked, ()) == job.rewriter.rewrite(asked, asked, ())


def test_the_loss_is_of_the_answer_alone_which_ends(small: Path, tmp_path: Path) -> None:
    job = _job(small, tmp_path)
    batch = job.batch([0, 1], random.Random(0))
    tokenizer = job.rewriter.mllm._opened.tokenizer  # type: ignore[attr-defined]
    for ids, labels, lesson in zip(batch["input_ids"], batch["labels"], job.lessons, strict=False):
        learnt = labels[labels != IGNORED]
        assert learnt[-1] == tokenizer.eos_token_id
        assert tokenizer.decode(learnt[:-1]).strip() == lesson.query
        assert lesson.turns[-1] in tokenizer.decode(ids[labels == IGNORED])


def test_a_reward_keeps_the_query_that_ranks_the_picture_best(small: Path, tmp_path: Path) -> None:
    plain, rewarded = _job(small, tmp_path), _job(small, tmp_path, "reward=true")
    ranks = plain._ranks([one.query for one in plain.lessons], [one.at for one in plain.lessons])
    better = rewarded._ranks(
        [one.query for one in rewarded.lessons], [one.at for one in rewarded.lessons]
    )
    assert all(new <= old for new, old in zip(better, ranks, strict=True))


def test_gradients_reach_lora_only(small: Path, tmp_path: Path) -> None:
    job = _job(small, tmp_path)
    job.model(**job.batch([0, 1], random.Random(0))).backward()
    reached = {name for name, one in job.model.named_parameters() if one.grad is not None}
    assert reached
    assert all("lora_" in name for name in reached)
    assert torch.isfinite(job.model(**job.batch([0], random.Random(1))))
