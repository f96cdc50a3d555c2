"""The real model server of the model tests serves the commands too."""

from tests.agent.mllm.conftest import server, start_server

__all__ = ["server", "start_server"]
