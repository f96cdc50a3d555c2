"""A real OpenAI-compatible server in a process of its own: SmolLM2 and a random vision tower."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from retrievers.offline.weights import SMALL_LLM, locate
from tests.agent.mllm.tiny_mmproj import write_mmproj

PROGRAM = Path(__file__).parent / "llama_server.py"


@dataclass(frozen=True)
class Server:
    url: str
    process: "subprocess.Popen[str]"


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Server]]:
    pytest.importorskip("xllamacpp")
    mmproj = tmp_path_factory.mktemp("mmproj") / "mmproj.gguf"
    write_mmproj(mmproj)
    started = []

    def start() -> Server:
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(locate(SMALL_LLM)), str(mmproj)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        assert process.stdout
        for line in process.stdout:
            if line.startswith("http://"):
                return Server(f"{line.strip()}/v1", process)
        raise AssertionError("the server died before it listened")

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


@pytest.fixture(scope="session")
def server(start_server: Callable[[], Server]) -> Server:
    return start_server()
