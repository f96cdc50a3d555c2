"""The random BLIP-2 of the rerankers' tests."""

from tests.agent.rerank.conftest import tiny_blip2

__all__ = ["tiny_blip2"]
