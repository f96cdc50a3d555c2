from pathlib import Path

import pytest

from tests.agent.rerank.tiny_blip2 import save_tiny_blip2


@pytest.fixture(scope="session")
def tiny_blip2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_blip2(tmp_path_factory.mktemp("blip2"))
