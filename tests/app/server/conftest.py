"""One collection and one running server for all tests that do not need their own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.library.indexing import index
from tests.app.server.running import Server, draw, running


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "Shapes"
    draw(folder)
    return folder


@pytest.fixture(scope="session")
def _filled(new_home: Callable[[], Path], shapes: Path) -> Path:
    home = new_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        index(shapes, name="Shapes", include=None, exclude=None, models=None, retry_failed=False)
    return home


@pytest.fixture(scope="session")
def server_home(_filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Make homes with a collection of sixteen pictures, `Shapes`."""

    def make() -> Path:
        home = tmp_path_factory.mktemp("served")
        shutil.copytree(_filled / "collections", home / "collections")
        (home / "models").symlink_to((_filled / "models").resolve())
        return home

    return make


@pytest.fixture(scope="session")
def served(server_home: Callable[[], Path], shapes: Path) -> Iterator[Server]:
    """A server without tokens, on loopback; tests begin sessions of their own."""
    with running(server_home(), "--folder", str(shapes.parent)) as server:
        yield server


@pytest.fixture
def api(served: Server) -> Iterator[httpx.Client]:
    with served.client() as client:
        yield client
