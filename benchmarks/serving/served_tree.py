"""The server of a tree, which may be another commit's, as a process."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep


@contextmanager
def served(tree: Path, home: Path) -> Iterator[tuple[str, int]]:
    """Run it; yields its address and its process."""
    environment = {**os.environ, "DIALENS_HOME": str(home), "PYTHONPATH": str(tree)}
    log = home / "log"
    command = [sys.executable, "-m", "app.start", "serve", "--port", "0"]
    with log.open("w") as stderr:
        process = subprocess.Popen(command, cwd=home, env=environment, stderr=stderr)
    try:
        end = monotonic() + 120
        while not (told := re.search(r"http://\S+?(?=/;)", log.read_text())):
            assert monotonic() < end, log.read_text()
            sleep(0.1)
        yield told[0].replace("localhost", "127.0.0.1"), process.pid
    finally:
        process.kill()
        process.wait(30)
