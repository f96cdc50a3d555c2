"""36 pictures, a tiny BLIP-2 and tiny MLLMs; each is made once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from finetune.recipes.rerank import open_job
from finetune.rerank.settings import RerankConfig
from finetune.training import Lora, Training
from tests.agent.mllm import tiny_mllms
from tests.agent.rerank.tiny_blip2 import save_tiny_blip2
from tests.finetune.rerank.pictures import write_pictures

Open = Callable[..., Any]


@pytest.fixture(scope="session")
def captions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="session")
def small_blip2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small_blip2")
    return save_tiny_blip2(folder, layers=2, queries=4, side=56)


@pytest.fixture(scope="session")
def mllm(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of a tiny checkpoint of a family."""
    return cache(lambda family: tiny_mllms.save(family, tmp_path_factory.mktemp(family)))


@pytest.fixture(scope="session")
def open_blip2(captions: Path, small_blip2: Path) -> Open:
    """Open a job on the tiny BLIP-2, 32 pictures to train on and 4 to validate."""

    def open_it(training: Training | None = None, lora: Lora | None = None, **more: Any) -> Any:
        config = RerankConfig(
            captions=captions,
            base=str(small_blip2),
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
def open_mllm(captions: Path, mllm: Callable[[str], Path]) -> Open:
    """Open a job on a tiny MLLM."""

    def open_it(
        method: str, family: str = "qwen2_5_vl", lora: Lora | None = None, **more: Any
    ) -> Any:
        return open_job(
            RerankConfig(
                captions=captions,
                method=method,  # type: ignore[arg-type]
                base=str(mllm(family)),
                validation=1 / 9,
                training=Training(device="cpu", batch=4),
                lora=lora or Lora(rank=4),
                **more,
            )
        )

    return open_it
