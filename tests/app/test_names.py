"""Names are found at the command line in either composition of their letters, and in any case."""

import shutil
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import pytest

from tests.app.test_commands import paint, run, run_json

NAME = "Caf\u00e9 \u30ac\u30fc\u30c7\u30f3.png"


def test_a_file_and_a_collection_are_found_in_either_composition(
    tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    folder = tmp_path / normalize("NFD", "\u00c9t\u00e9 \u0939\u093f\u0928\u094d\u0926\u0940")
    folder.mkdir()
    paint(folder / normalize("NFD", NAME), (220, 20, 20), (40, 30))
    shutil.copy(folder / normalize("NFD", NAME), tmp_path / normalize("NFD", NAME))
    run("index", str(folder))
    collection = normalize("NFC", folder.name)
    for asked in (
        ["--like", str(folder / NAME)],
        ["--image", str(tmp_path / NAME), "--path", NAME.replace("\u30c7", "?").upper()],
    ):
        assert len(run_json("search", "-c", collection, *asked)["hits"]) == 1
    assert run_json("search", "red", "--not-path", NAME)["hits"] == []
