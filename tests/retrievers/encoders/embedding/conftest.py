from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.retrievers.encoders.embedding import tiny_embedders


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny embedder, made once."""

    @cache
    def saved(name: str) -> Path:
        return tiny_embedders.save(name, tmp_path_factory.mktemp(name))

    return saved
