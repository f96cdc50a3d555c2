from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_blip2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.agent.rerank.tiny_blip2 import save_tiny_blip2  # torch: not for all that is here

    return save_tiny_blip2(tmp_path_factory.mktemp("blip2"))
