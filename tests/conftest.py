"""Every test runs with a home of its own; the offline models are converted once and shared."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("of a busy machine", deadline=None)
settings.load_profile("of a busy machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the notebooks: a process that ends with one of them leaves the others idle."""
    items.sort(key=lambda item: item.path.name != "test_notebooks.py")


@pytest.fixture(scope="session")
def new_home(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Callable[[], Path]:
    """Make homes that share the converted models, which a later run finds again."""
    models = Path(str(pytestconfig.cache.mkdir("models")))  # type: ignore[union-attr]

    def make() -> Path:
        home = tmp_path_factory.mktemp("home")
        (home / "models").symlink_to(models, target_is_directory=True)
        return home

    return make


@pytest.fixture(scope="session", autouse=True)
def _never_the_users_home(new_home: Callable[[], Path]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(new_home()))
        patch.delenv("COLUMNS", raising=False)  # which pytest-xdist sets
        yield
