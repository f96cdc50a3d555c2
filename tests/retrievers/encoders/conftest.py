from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
import torch
from PIL import Image

from tests.retrievers.encoders import tiny_checkpoints


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny checkpoint, made once."""

    @cache
    def saved(name: str) -> Path:
        return tiny_checkpoints.save(name, tmp_path_factory.mktemp(name))

    return saved


@pytest.fixture(scope="session")
def pictures() -> list[Image.Image]:
    """Noise of odd shapes, among them sides of 1 and 3 that could be taken for channels."""
    dice = np.random.default_rng(0)
    sizes = [(40, 60), (3, 3), (1, 1), (33, 32), (3, 40), (200, 30), (2, 25)]
    return [
        Image.fromarray(dice.integers(0, 256, (height, width, 3), dtype=np.uint8))
        for height, width in sizes
    ]


@pytest.fixture
def unreachable_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, and no connection."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    return tmp_path
