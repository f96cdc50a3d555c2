"""A program that writes keywords into a file changes its bytes and not the picture."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from retrievers.collection.collection import Collection
from retrievers.collection.writer import CollectionWriter
from tests.app.test_commands import run, run_json

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>{}</rdf:li>'
    "</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
)


@pytest.fixture
def home(new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALENS_HOME", str(home := new_home()))
    return home


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "Edited"
    folder.mkdir()
    for number, colour in enumerate(("red", "green", "blue")):
        Image.new("RGB", (120 + number, 90), colour).save(folder / f"{colour}.jpg")
    Image.new("RGB", (90, 120), "white").save(folder / "page.png")
    return folder


def tagged(path: Path, tag: str) -> None:
    """Write a keyword into the file, around the same coded pixels."""
    data = path.read_bytes()
    if data[:2] == b"\xff\xd8":
        body = b"http://ns.adobe.com/xap/1.0/\0" + XMP.format(tag).encode()
        segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
        path.write_bytes(data[:2] + segment + data[2:])
    else:
        said = PngImagePlugin.PngInfo()
        said.add_text("Keywords", tag)
        Image.open(path).save(path, pnginfo=said)


def described(folder: Path, home: Path) -> dict[str, str]:
    """Index, and give every picture its file's name as caption; returns their ids by name."""
    run("index", str(folder))
    with (
        closing(Collection.open(home / "collections" / folder.name)) as collection,
        CollectionWriter(collection) as writer,
    ):
        for row in range(len(collection)):
            (picture,) = collection.pictures([row])
            writer.describe(row, caption=f"it was {picture.path.name}", tags=["given"])
    return {name: str(hit["id"]) for name, hit in hits().items()}


def hits() -> dict[str, dict[str, object]]:
    found = run_json("search", "--path", "*", "-k", "50")["hits"]
    return {Path(hit["path"]).name: hit for hit in found}


@pytest.mark.parametrize("name", ["red.jpg", "page.png"])
def test_a_picture_keeps_its_id_and_caption_when_a_keyword_is_written_into_it(
    home: Path, photos: Path, name: str
) -> None:
    ids = described(photos, home)
    tagged(photos / name, "neu")
    report = run_json("index", str(photos))
    assert (report["encoded"], report["known"]) == (0, 1)
    after = hits()[name]
    assert (after["id"], after["tags"]) == (ids[name], ["given", "neu"])
    assert str(after["caption"]).endswith(name)
    assert run("doctor")[0].count("point at nothing") == 0


def test_so_it_does_when_it_is_renamed_too(home: Path, photos: Path) -> None:
    ids = described(photos, home)
    tagged(photos / "red.jpg", "neu")
    (photos / "red.jpg").rename(photos / "rot.jpg")
    run("index", str(photos))
    after = hits()
    assert after["rot.jpg"]["id"] == ids["red.jpg"] and "red.jpg" not in after
    assert str(after["rot.jpg"]["caption"]).endswith("red.jpg")


def test_an_edited_copy_takes_the_words_along_and_leaves_them_too(home: Path, photos: Path) -> None:
    shutil.copy(photos / "red.jpg", photos / "copy.jpg")
    described(photos, home)
    old = (photos / "red.jpg").read_bytes()
    tagged(photos / "copy.jpg", "neu")
    assert run_json("index", str(photos))["encoded"] == 0
    after = hits()
    assert after["copy.jpg"]["caption"] == after["red.jpg"]["caption"]
    assert after["copy.jpg"]["id"] != after["red.jpg"]["id"]
    tagged(photos / "red.jpg", "other")
    run("index", str(photos))
    (photos / "again.jpg").write_bytes(old)  # the bytes that had this id before
    assert run_json("index", str(photos))["encoded"] == 0
    ids = [hit["id"] for hit in hits().values()]
    assert len(set(ids)) == len(ids) == 6
    assert hits()["again.jpg"]["caption"] == after["red.jpg"]["caption"]


def test_other_pixels_are_another_picture(home: Path, photos: Path) -> None:
    ids = described(photos, home)
    Image.new("RGB", (120, 90), "black").save(photos / "red.jpg")
    assert run_json("index", str(photos))["encoded"] == 1
    after = hits()["red.jpg"]
    assert after["id"] != ids["red.jpg"] and after["caption"] is None


def test_what_was_liked_of_it_stays_liked(home: Path, photos: Path) -> None:
    described(photos, home)
    run("chat", "--session", "mine", said="pictures\nmore like 1\n")
    run("chat", "--session", "mine", said="only landscape\nsave all as before\nundo\n")
    for path in sorted(photos.glob("*.jpg")):
        tagged(path, "neu")
    run("index", str(photos))
    said = run("chat", "--session", "mine", said="only landscape\nsave all as after\n")
    folder = home / "sessions" / "mine"
    assert (folder / "before.txt").read_text() == (folder / "after.txt").read_text(), said


def test_a_caption_that_a_model_wrote_outlives_the_edit(home: Path, photos: Path) -> None:
    run("index", str(photos))
    run("caption", "--mllm", "offline", "--no-text")
    before = hits()["green.jpg"]["caption"]
    tagged(photos / "green.jpg", "neu")
    run("index", str(photos))
    assert before and hits()["green.jpg"]["caption"] == before
