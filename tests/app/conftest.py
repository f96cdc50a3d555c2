"""The real model server of the model tests serves the commands too."""

from tests.agent.mllm.conftest import server, start_server
from tests.offline_networks import networks_read_once

__all__ = ["networks_read_once", "server", "start_server"]
