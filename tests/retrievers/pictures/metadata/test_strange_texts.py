"""What metadata say in the encodings of other times and places, through the reading of an index."""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from retrievers.pictures import read_facts
from retrievers.pictures.files.unreadable import UnreadablePicture
from retrievers.pictures.metadata.facts import Facts
from retrievers.pictures.metadata.name_dates import facts_of_name
from retrievers.pictures.metadata.sidecars import read_beside
from retrievers.pictures.read import facts_inside
from tests.retrievers.folders import empty, paint, run
from tests.retrievers.pictures.metadata.test_metadata import TAKEOUT, bag, iptc, saved, xmp

TITLES = [
    ("cp1251", "Кот на крыше", "Москва"),
    ("koi8_r", "Озеро Байкал зимой", "лето"),
    ("shift_jis", "東京タワー", "京都の紅葉"),
    ("euc_jp", "海辺の犬", "東京"),
    ("gb18030", "长城日落", "北京故宫"),
    ("big5", "日月潭的早晨", "台北夜景"),
    ("euc_kr", "서울의 밤", "고양이"),
    ("cp1253", "Η Ακρόπολη το βράδυ", "Αθήνα"),
    ("cp1250", "Kraków nocą, Łódź", "Gdańsk"),
    ("cp1252", "Käse in Zürich", "naïve"),
    ("utf-8", "Кот на крыше", "東京"),
]


def exif(**tags: object) -> bytes:
    """A JPEG whose EXIF holds these bytes."""
    made = Image.Exif()
    for name, value in tags.items():
        made[{"description": 0x010E, "artist": 0x013B, "title": 0x9C9B}[name]] = value
    return saved("JPEG", exif=made)


@pytest.mark.parametrize(("encoding", "said", "tag"), TITLES)
def test_exif_is_read_in_whatever_encoding_it_was_written(
    encoding: str, said: str, tag: str
) -> None:
    facts = facts_inside(exif(description=said.encode(encoding)))
    assert facts.description == said
    titled = facts_inside(exif(title=said.encode(encoding), artist=tag.encode(encoding)))
    assert titled.title == said
    assert facts_inside(exif(title=said.encode("utf-16-le") + b"\0\0")).title == said


@pytest.mark.parametrize(("encoding", "said", "tag"), TITLES)
def test_iptc_without_a_character_set_is_told_by_all_that_it_says(
    encoding: str, said: str, tag: str
) -> None:
    sets = [(2, 25, tag.encode(encoding)), (2, 120, said.encode(encoding))]
    facts = facts_inside(iptc(*sets))
    assert (facts.tags, facts.description) == ((tag,), said)


def test_iptc_is_read_in_the_character_set_that_it_names() -> None:
    cyrillic = iptc((1, 90, b"\x1b-L"), (2, 5, "Я".encode("iso8859_5")))
    assert facts_inside(cyrillic).title == "Я"
    lying = iptc((1, 90, b"\x1b%G"), (2, 120, "Кот на крыше".encode("cp1251")))
    assert facts_inside(lying).description == "Кот на крыше"


def test_a_short_word_is_told_by_the_texts_beside_it() -> None:
    facts = facts_inside(
        exif(description="Мяу".encode("cp1251"), artist="Иван Петров, Москва".encode("cp1251"))
    )
    assert facts.description == "Мяу"


def test_what_is_no_text_says_nothing_and_hides_nothing() -> None:
    noise = bytes(128 + at * at % 127 for at in range(3000))
    facts = facts_inside(exif(description=noise, title="Käse".encode("utf-16-le")))
    assert (facts.description, facts.title) == (None, "Käse")


def test_a_text_of_png_is_read_likewise() -> None:
    held = PngImagePlugin.PngInfo()
    held.add(b"tEXt", b"Description\0" + "Кот на крыше".encode("cp1251"))
    assert facts_inside(saved("PNG", pnginfo=held)).description == "Кот на крыше"


SIDECARS = [
    *((said, "cp932", "東京タワーの夜景") for said in ("Shift_JIS", "shift-jis", "UTF-8", "")),
    *((said, "cp1252", "Käse") for said in ("ISO-8859-1", "UTF-8", "us-ascii", "")),
    ("ISO-8859-1", "utf-8", "東京"),
    ("GB2312", "gb18030", "长城日落"),
    ("windows-1251", "cp1251", "Мяу"),
]


@pytest.mark.parametrize(("declared", "encoding", "tag"), SIDECARS)
def test_a_sidecar_is_read_whatever_encoding_it_declares(
    declared: str, encoding: str, tag: str, tmp_path: Path
) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    path = tmp_path / "a.xmp"
    path.write_bytes((head + xmp(bag("dc:subject", tag)).decode()).encode(encoding))
    assert read_beside([path])[0].tags == (tag,)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1251", "utf-16", "utf-8-sig", "shift_jis"])
def test_takeouts_json_is_read_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    said = {"latin-1": "Oma in Zürich", "cp1251": "Бабушка", "shift_jis": "海辺の犬"}.get(
        encoding, "é"
    )
    path = tmp_path / "a.jpg.json"
    path.write_bytes(
        json.dumps(TAKEOUT | {"description": said}, ensure_ascii=False).encode(encoding)
    )
    assert read_beside([path])[0].description == said


def test_a_sidecar_that_cannot_be_read_is_named_until_it_can(tmp_path: Path) -> None:
    folder, collection = tmp_path / "pictures", empty(tmp_path / "collection")
    folder.mkdir()
    paint(folder / "a.png", 1)
    paint(folder / "b.png", 2)
    (folder / "a.xmp").write_bytes(b"<x:xmpmeta><broken")
    (folder / "b.png.json").write_bytes(b'{"photoTakenTime": {"timestamp": ')
    failed = run(collection, folder).failed
    assert {one.path.name for one in failed} == {"a.xmp", "b.png.json"}
    assert all("cannot be read: no " in one.reason and "\n" not in one.reason for one in failed)
    again = run(collection, folder)
    assert (again.failed, again.unchanged, len(collection.failures())) == ([], 2, 2)
    (folder / "a.xmp").write_bytes(b"<x:xmpmeta><broken, still")
    assert [one.path.name for one in run(collection, folder).failed] == ["a.xmp"]
    (folder / "a.xmp").write_bytes(xmp(bag("dc:subject", "boat")))
    (folder / "b.png.json").unlink()
    assert (run(collection, folder).failed, collection.failures()) == ([], [])
    collection.close()


def test_a_sidecar_of_the_same_size_and_time_is_read_anew(tmp_path: Path) -> None:
    folder, collection = tmp_path / "pictures", empty(tmp_path / "collection")
    folder.mkdir()
    paint(folder / "a.png", 1)
    sidecar = folder / "a.xmp"
    for tag in ("boat", "ship"):
        sidecar.write_bytes(xmp(bag("dc:subject", tag)))
        os.utime(sidecar, ns=(10**18, 10**18))
        assert (run(collection, folder).failed) == []
        assert collection.db.execute("SELECT tag FROM tags").fetchall() == [(tag,)]
    assert run(collection, folder).reread == 0
    collection.close()


def test_no_json_of_another_program_is_taken_for_a_failure(tmp_path: Path) -> None:
    path, failed = tmp_path / "a.jpg.json", list[UnreadablePicture]()
    for held in (b"", b"{broken", b"\xff\xfe\0", b"[1]"):
        path.write_bytes(held)
        assert read_beside([path], on_failure=failed.append) == [Facts()]
    assert failed == []


def test_what_does_not_fit_into_a_jpegs_segment_is_read() -> None:
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    packet = xmp(bag("dc:subject", "boat"), f'xmp:Label="{guid.decode()}"')
    more = xmp(bag("dc:subject", *(f"tag{at}" for at in range(400))))
    data, added = saved("JPEG", xmp=packet), b""
    for at in reversed(range(0, len(more), 1000)):
        part = guid + len(more).to_bytes(4, "big") + at.to_bytes(4, "big") + more[at : at + 1000]
        body = b"http://ns.adobe.com/xmp/extension/\0" + part
        added += b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    tags = facts_inside(data[:2] + added + data[2:]).tags
    assert (tags[0], len(tags), tags[-1]) == ("boat", 401, "tag399")


def test_a_pixels_name_is_by_the_clock_of_greenwich(tmp_path: Path) -> None:
    (dated,) = facts_of_name("PXL_20190705_023005123.jpg").dates
    assert (dated.source, dated.zone) == ("name", "+00:00")
    made = Image.Exif()
    made[0x0132] = "2019:07:04 22:30:05"  # the last change alone, by the clock on the wall
    path = tmp_path / "PXL_20190705_023005123.jpg"
    path.write_bytes(saved("JPEG", exif=made))
    believed = read_facts(path).dated()
    assert believed
    assert (believed.taken, believed.source) == (datetime(2019, 7, 4, 22, 30, 5), "exif_changed")
    later = tmp_path / "PXL_20190701_023005123.jpg"
    later.write_bytes(path.read_bytes())
    kept = read_facts(later).dated()
    assert kept and (kept.taken.day, kept.source) == (1, "name")


def test_takeouts_moment_is_told_by_the_local_clock_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "IMG_20190704_233000.jpg"
    path.write_bytes(saved("JPEG"))
    beside = tmp_path / "IMG_20190704_233000.jpg.json"
    beside.write_text(json.dumps(TAKEOUT | {"photoTakenTime": {"timestamp": "1562297400"}}))
    believed = read_facts(path, beside=[beside]).dated()
    assert believed and (believed.taken.day, believed.source) == (4, "name")
