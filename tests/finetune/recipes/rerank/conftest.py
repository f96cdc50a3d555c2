"""36 pictures, a tiny BLIP-2 and tiny MLLMs; each is made once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from finetune.recipes.rerank.recipe import open_job
from finetune.recipes.rerank.settings import Method, RerankConfig
from finetune.settings import Lora, Training
from tests.agent.mllm import tiny_mllms
from tests.agent.rerank.tiny_blip2 import save_tiny_blip2
from tests.finetune.recipes.rerank.pictures import write_pictures
from tests.retrievers.encoders import tiny_checkpoints

Open = Callable[..., Any]


@pytest.fixture(scope="session")
def captions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="session")
def first_stage(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the spec of a tiny CLIP, which knows nothing but is an encoder as any other."""
    return f"transformers:{tiny_checkpoints.save('clip', tmp_path_factory.mktemp('clip'))}"


@pytest.fixture(scope="session")
def small_blip2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small_blip2")
    return save_tiny_blip2(folder, layers=2, queries=4, side=28)


@pytest.fixture(scope="session")
def mllm(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of a tiny checkpoint of a family."""
    return cache(lambda family: tiny_mllms.save(family, tmp_path_factory.mktemp(family)))


@pytest.fixture(scope="session")
def open_blip2(captions: Path, small_blip2: Path, first_stage: str) -> Open:
    """Open a job on the tiny BLIP-2, 32 pictures to train on and 4 to validate."""

    def open_it(training: Training | None = None, lora: Lora | None = None, **more: Any) -> Any:
        config = RerankConfig(
            captions=captions,
            base=str(small_blip2),
            encoder=first_stage,
            validation=1 / 9,
            training=training or Training(device="cpu", batch=8),
            lora=lora or Lora(),
            **more,
        )
        return open_job(config)

    return open_it


@pytest.fixture(scope="session")
def untrained(open_blip2: Open) -> Any:
    """A job with ITG that no test trains."""
    job = open_blip2(itg=True)
    job.model.eval()
    return job


@pytest.fixture(scope="session")
def open_mllm(captions: Path, mllm: Callable[[str], Path], first_stage: str) -> Open:
    """Open a job on a tiny MLLM."""

    def open_it(method: Method, family: str = "qwen2_5_vl", **more: Any) -> Any:
        options = {"lora": Lora(rank=4), "training": Training(device="cpu", batch=4), **more}
        config = RerankConfig(
            captions=captions,
            method=method,
            base=str(mllm(family)),
            encoder=first_stage,
            validation=1 / 9,
            **options,
        )
        return open_job(config)

    return open_it
