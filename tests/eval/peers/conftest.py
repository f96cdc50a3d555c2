"""The random BLIP-2 of the rerankers' tests; mteb, once imported, makes a folder for its cache."""

import os
from pathlib import Path
from tempfile import gettempdir

import pytest

from eval.benchmark import Task
from eval.benchmarks.captioned import both_directions
from tests.agent.rerank.conftest import tiny_blip2
from tests.eval.peers.scenes import captioned

os.environ.setdefault("MTEB_CACHE", str(Path(gettempdir()) / "dialens-tests-mteb"))

__all__ = ["tiny_blip2"]


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Task, Task]:
    return both_directions(captioned(tmp_path_factory.mktemp("pictures")))
