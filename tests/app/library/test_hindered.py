"""A collection that cannot be opened is not therefore damaged; what stands in the way is said."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

NOBODY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def dialens(home: Path, *args: str, before: Sequence[str] = ()) -> tuple[int, str]:
    done = subprocess.run(
        [*before, sys.executable, "-m", "app.start", *args],
        env=os.environ | {"DIALENS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def home(new_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    Image.new("RGB", (40, 30), "red").save(folder / "red.png")
    home = new_home()
    assert dialens(home, "index", str(folder), "--name", "c")[0] == 0
    return home


@pytest.mark.skipif(os.name == "nt", reason="has no such modes")
@pytest.mark.skipif(ROOT and not shutil.which("setpriv"), reason="nothing is forbidden to root")
@pytest.mark.parametrize("which", ["records.db", "."], ids=["file", "folder"])
def test_what_may_not_be_opened_is_said_to_be(which: str, home: Path) -> None:
    collection = home / "collections" / "c"
    before = NOBODY if ROOT else ()
    mode = (collection / which).stat().st_mode
    (collection / which).chmod(0)
    try:
        for command in (["search", "-c", "c", "red"], ["doctor", "c"], ["status"]):
            _, said = dialens(home, *command, before=before)
            assert "Permission denied" in said and str(collection) in said, said
            assert "damaged" not in said and "remove" not in said
    finally:
        (collection / which).chmod(mode)
    assert dialens(home, "doctor", "c")[0] == 0


@pytest.fixture
def disk(home: Path, tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB with a copy of the home on it."""
    if not ROOT or sys.platform != "linux":
        pytest.skip("only Linux's root mounts disks")
    there = tmp_path / "disk"
    there.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(there)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    shutil.copytree(home, there / "home", symlinks=True)
    yield there
    subprocess.run(["umount", "-l", str(there)], check=True)


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_a_collection_on_a_full_or_read_only_disk_is_searched_and_not_blamed(
    how: str, disk: Path
) -> None:
    home = disk / "home"
    if how == "full":
        with (disk / "fill").open("wb", buffering=0) as file:
            while shutil.disk_usage(disk).free:
                file.write(bytes(min(1 << 20, shutil.disk_usage(disk).free)))
    else:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    code, said = dialens(home, "search", "-c", "c", "red", "--paths-only")
    assert (code, said.strip()[-7:]) == (0, "red.png"), said
    code, said = dialens(home, "doctor", "c")
    assert "damaged" not in said and "remove" not in said, said
    code, said = dialens(home, "index", str(disk), "--name", "c")
    assert code == 1 and len(said.splitlines()) == 1, said
    assert ("No space left" if how == "full" else "Read-only") in said
