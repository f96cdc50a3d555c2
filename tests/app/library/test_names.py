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


@pytest.mark.parametrize("name", ["北京烤鸭", "หนังสือเก่า", "मेरा मंदिर", "Вокзал ночью"])
def test_the_only_file_of_a_name_leads_where_the_encoder_cannot_read_it(
    tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    folder = tmp_path / "pictures"
    folder.mkdir()
    for at in range(12):
        paint(folder / f"{at}.png", (20 * at, 250 - 20 * at, 80), (40 + at, 40))
    paint(folder / f"{name}.png", (5, 5, 90), (40, 60))
    run("index", str(folder))
    (hit,) = run_json("search", name[-3:] if " " not in name else name.split()[0], "-k", "1")[
        "hits"
    ]
    assert Path(hit["path"]).stem == name
