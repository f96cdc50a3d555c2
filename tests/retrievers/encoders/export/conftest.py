from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.retrievers.encoders.tiny_checkpoints import save


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DIALENS_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny checkpoint of transformers, made once."""

    @cache
    def saved(name: str) -> Path:
        return save(name, tmp_path_factory.mktemp(name))

    return saved
