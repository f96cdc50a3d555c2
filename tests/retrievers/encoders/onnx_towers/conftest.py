from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.retrievers.encoders.onnx_towers.tiny_graphs import as_transformers_js


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DIALENS_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A folder in the layout of transformers.js, made once."""

    @cache
    def written(name: str) -> Path:
        return as_transformers_js(name, tmp_path_factory.mktemp(name))

    return written
