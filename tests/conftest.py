"""Every test runs with a home of its own; the offline models are converted once and shared."""

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
HELPER = re.compile(r"^from (tests\.[\w.]+) import", re.MULTILINE)
TORCH = r"^\s*(?:from|import) (?:torch|transformers|open_clip|sentence_transformers|peft|mteb)\b"
HEAVY = (
    rf"{TORCH}|^\s*(?:from|import) (?:finetune|retrievers\.(?:grace|offline|encoders\.tuned)"
    r"|langchain\w*|langgraph|openai|mcp|httpx|playwright|schemathesis|subprocess"
    r"|app\.(?:cli|library\.indexing|server))\b"
    r"|\b(?:load_encoder|OfflineMllm|open_mllm|open_pipeline|TextReader|new_home|importorskip"
    r"|import_module)\b"
)

os.environ["NUMBA_DISABLE_JIT"] = "1"  # ranx: a minute to compile what runs in three seconds

settings.register_profile("of a busy machine", deadline=None)
settings.register_profile("fast", settings.get_profile("of a busy machine"), max_examples=20)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast",
        action="store_true",
        help="only the files that use no model, server, browser or other process",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Before test files are imported: some of them try a multiple of the profile's examples."""
    settings.load_profile("fast" if config.getoption("--fast") else "of a busy machine")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With --fast, leave a file or folder out before it is imported, by what it says it imports."""
    if not config.getoption("--fast"):
        return None
    if (common := collection_path / "conftest.py").is_file() and collection_path != HERE:
        return _says(TORCH, common) or None
    named = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    return (named and _says(HEAVY, collection_path)) or None


@cache
def _says(pattern: str, path: Path) -> bool:
    """Whether a file holds the pattern, or one of the helpers that it imports from does."""
    text = path.read_text(encoding="utf-8")
    names = (HERE.parent.joinpath(*name.split(".")) for name in HELPER.findall(text))
    helpers = (one.with_suffix(".py") for one in names if not one.is_dir())
    return bool(re.search(pattern, text, re.MULTILINE)) or any(_says(pattern, p) for p in helpers)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the notebooks: a process that ends with one of them leaves the others idle."""
    items.sort(key=lambda item: item.path.name != "test_notebooks.py")


@pytest.fixture(scope="session")
def new_home(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Callable[[], Path]:
    """Make homes that share the converted models, which a later run finds again."""
    models = Path(str(pytestconfig.cache.mkdir("models")))

    def make() -> Path:
        home = tmp_path_factory.mktemp("home")
        (home / "models").symlink_to(models, target_is_directory=True)
        return home

    return make


@pytest.fixture(scope="session", autouse=True)
def _never_the_users_home(new_home: Callable[[], Path]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(new_home()))
        patch.setenv("DIALENS_PROFILE", "offline")  # which asks no hub, and needs none
        patch.delenv("COLUMNS", raising=False)  # which pytest-xdist sets
        yield
