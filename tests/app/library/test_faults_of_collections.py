"""What is wrong with a collection is looked for again once its files changed."""

from pathlib import Path

import pytest

from app.library.library import collections_folder, faults
from tests.retrievers.folders import empty, painted, run


@pytest.fixture
def vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of vectors of the only collection there is."""
    monkeypatch.setenv("DIALENS_HOME", str(tmp_path / "home"))
    collections_folder().mkdir(parents=True)
    collection = empty(collections_folder() / "walls")
    run(collection, painted(tmp_path / "walls"))
    collection.close()
    return collections_folder() / "walls" / "vectors-0.f32"


def test_what_breaks_after_a_look_is_told_and_what_is_mended_is_not(vectors: Path) -> None:
    assert faults() == faults() == {}
    whole = vectors.read_bytes()
    vectors.write_bytes(whole[:7])
    assert "dialens doctor" in faults()["walls"]
    vectors.write_bytes(whole)
    assert faults() == {}
    vectors.rename(vectors.with_name("elsewhere"))
    assert set(faults()) == {"walls"}
    vectors.with_name("elsewhere").rename(vectors)
    assert faults() == {}


def test_a_collection_that_is_gone_has_no_faults(vectors: Path) -> None:
    assert faults() == {}
    vectors.with_name("records.db").unlink()
    assert faults() == {}
