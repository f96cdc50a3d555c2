"""The random BLIP-2 of the rerankers' tests; mteb, once imported, makes a folder for its cache."""

import os
from pathlib import Path
from tempfile import gettempdir

from tests.agent.rerank.conftest import tiny_blip2

os.environ.setdefault("MTEB_CACHE", str(Path(gettempdir()) / "dialens-tests-mteb"))

__all__ = ["tiny_blip2"]
