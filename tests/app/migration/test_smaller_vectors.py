"""Vectors in fewer bytes as a person asks for them: at index time, later, and what is said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.library.library import locate
from tests.app.test_commands import COLOURS, paint, run, run_json


@pytest.fixture
def photos(tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    folder = tmp_path / "Holiday"
    for number in range(6):
        for name, colour in COLOURS.items():
            paint(folder / f"{name}{'x' * number}.png", colour, (120 + number, 90))
    return folder


def test_a_new_collection_keeps_what_is_asked_for(photos: Path) -> None:
    run("index", str(photos), "--vectors", "int8")
    (told,) = run_json("status", "Holiday")
    (file,) = locate("Holiday").glob("vectors-*")
    assert (told["vectors"], file.suffix) == ("int8", ".i8")
    assert file.stat().st_size == 18 * told["bytes_a_picture"]
    assert told["recall"]["pictures"] == 18 and 0.5 < told["recall"]["share"] <= 1
    said, _ = run("status", "Holiday")
    assert f"vectors as int8, {told['bytes_a_picture']} bytes a picture; of the 10 nearest " in said
    assert "are still found, measured on 18 pictures of its own" in said
    assert len(run_json("search", "red", "-k", "18", "--codes")["hits"]) == 18
    assert run_json("index", str(photos))["unchanged"] == 18
    _, error = run("index", str(photos), "--vectors", "float32", code=1)
    assert "keeps its vectors as int8, not float32; turn them: dialens migrate Holiday" in error


def test_a_collection_is_turned_and_back_without_an_encoder(photos: Path) -> None:
    run("index", str(photos))
    before = run_json("search", "red", "-k", "18")["hits"]
    told = run_json("migrate", "Holiday", "--vectors", "float16")
    assert (told["switched"], told["encoded"], told["old"] == told["new"]) == (True, 0, True)
    assert run_json("status", "Holiday")[0]["vectors"] == "float16"
    found = run_json("search", "red", "-k", "18")["hits"]
    scores = {hit["id"]: hit["score"] for hit in before}
    assert {hit["id"]: pytest.approx(hit["score"], abs=1e-3) for hit in found} == scores
    assert run_json("migrate", "Holiday", "--back")["encoded"] == 0
    assert run_json("search", "red", "-k", "18")["hits"] == before
    _, error = run("migrate", "Holiday", "--vectors", "float32", code=1)
    assert "has the vectors of offline" in error and error.rstrip().endswith("as float32")
