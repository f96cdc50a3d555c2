"""What a package says other programs may rely on is there, and costs nothing until it is used."""

import ast
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.test_layout import HOUSE, SLOW_TO_IMPORT

FRONTS = ("agent", "eval", "finetune", "prompts", "retrievers")


def _public() -> list[tuple[str, str]]:
    return [(front, name) for front in FRONTS for name in import_module(front).__all__]


@pytest.mark.parametrize(("front", "name"), _public(), ids=".".join)
def test_every_public_name_is_there_and_hides_no_module(front: str, name: str) -> None:
    found = getattr(import_module(front), name)
    assert found.__name__ == name
    assert find_spec(f"{front}.{name}") is None, "importing that module would take the name"


@pytest.mark.parametrize("front", FRONTS)
def test_type_checkers_see_the_names_that_programs_get(front: str) -> None:
    package = import_module(front)
    tree = ast.parse(Path(str(package.__file__)).read_text("utf-8"))
    seen = {
        (str(node.module), alias.name)
        for branch in tree.body
        if isinstance(branch, ast.If)
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == {(home, n) for home, names in package._HOMES.items() for n in names.split()}
    assert sorted(name for _, name in seen) == sorted(package.__all__)


def test_a_name_that_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'retrievers' has no attribute 'Shelf'"):
        _ = import_module("retrievers").Shelf


def test_the_packages_themselves_import_nothing_heavy() -> None:
    code = f"import sys, {', '.join(FRONTS)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=HOUSE, check=True
    )
    loaded = set(done.stdout.split())
    assert not loaded & SLOW_TO_IMPORT
    assert not [name for name in loaded if name.startswith(tuple(f"{one}." for one in FRONTS))]
