"""Facts as other people's programs leave them, through the reading that an index does."""

import json
import struct
import time
import zlib
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from retrievers.pictures import find_pictures, read_facts, read_picture
from retrievers.pictures.metadata.date_texts import read_date
from retrievers.pictures.metadata.facts import SOURCES, Facts, date, from_json, merged, to_json
from retrievers.pictures.metadata.name_dates import facts_of_name
from retrievers.pictures.metadata.sidecars import Sidecars
from retrievers.pictures.metadata.takeout import facts_of_takeout
from retrievers.pictures.metadata.xmp import facts_of_xmp
from retrievers.pictures.read import facts_inside
from tests.retrievers.pictures.test_read import exif_with

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:digiKam="http://www.digikam.org/ns/1.0/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>"""


def xmp(elements: str = "", attributes: str = "") -> bytes:
    return XMP.format(elements=elements, attributes=attributes).encode()


def bag(name: str, *values: str) -> str:
    items = "".join(f"<rdf:li>{value}</rdf:li>" for value in values)
    return f"<{name}><rdf:Bag>{items}</rdf:Bag></{name}>"


def saved(kind: str, **options: object) -> bytes:
    file = BytesIO()
    Image.new("RGB", (16, 12), "teal").save(file, kind, **options)
    return file.getvalue()


def iptc(*sets: tuple[int, int, bytes]) -> bytes:
    """A JPEG with an APP13 segment that holds these."""
    records = b"".join(struct.pack(">BBBH", 28, r, d, len(v)) + v for r, d, v in sets)
    block = b"8BIM" + struct.pack(">HBBI", 0x0404, 0, 0, len(records)) + records
    body = b"Photoshop 3.0\0" + block + b"\0" * (len(block) % 2)
    jpeg = saved("JPEG")
    return jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def png(*texts: tuple[str, str], kind: str = "tEXt", late: bool = False) -> bytes:
    data = saved("PNG")
    added = b""
    for keyword, text in texts:
        body = {
            "tEXt": keyword.encode() + b"\0" + text.encode(),
            "zTXt": keyword.encode() + b"\0\0" + zlib.compress(text.encode()),
            "iTXt": keyword.encode() + b"\0\0\0\0\0" + text.encode(),
        }[kind]
        added += struct.pack(">I", len(body)) + kind.encode() + body
        added += struct.pack(">I", zlib.crc32(kind.encode() + body))
    at = data.index(b"IEND") - 4 if late else data.index(b"IDAT") - 4
    return data[:at] + added + data[at:]


def day(facts: Facts) -> tuple[str, str]:
    dated = facts.dated()
    assert dated
    return dated.taken.isoformat(" "), dated.source


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_tags_stars_title_and_words_are_read_from_xmp_in_every_kind(kind: str) -> None:
    packet = xmp(
        bag("dc:subject", "boat", "Käse", "東京")
        + bag("lr:hierarchicalSubject", "Places|Norway|Bergen")
        + bag("digiKam:TagsList", "People/Ann")
        + '<dc:title><rdf:Alt><rdf:li xml:lang="de">Hafen</rdf:li>'
        '<rdf:li xml:lang="x-default">Harbour</rdf:li></rdf:Alt></dc:title>'
        "<dc:description><rdf:Alt><rdf:li>Fish &amp; chips</rdf:li></rdf:Alt></dc:description>",
        'xmp:Rating="4" photoshop:DateCreated="2018-05-06T07:08:09+02:00"'
        ' exif:GPSLatitude="60,23.5N" exif:GPSLongitude="5,19.25E"',
    )
    options: dict[str, object]
    options = {"tiffinfo": {700: packet}} if kind == "TIFF" else {"xmp": packet}
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        options = {"pnginfo": info}
    facts = facts_inside(saved(kind, **options))
    levels = ("Places", "Norway", "Bergen", "People", "Ann")
    assert facts.tags == ("boat", "Käse", "東京", *levels)
    assert (facts.title, facts.rating) == ("Harbour", 4)
    assert facts.description == "Fish & chips\nHafen"  # all that it can be found by
    assert facts.gps == pytest.approx((60.3916667, 5.3208333))
    assert day(facts) == ("2018-05-06 07:08:09", "xmp")


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_iptc_is_read_in_its_charset(charset: str) -> None:
    sets = [
        (2, 25, "boat"),
        (2, 25, "Käse"),
        (2, 120, "Übersee"),
        (2, 5, "Title"),
        (2, 55, "20190704"),
        (2, 60, "183005+0200"),
    ]
    mark = [(1, 90, b"\x1b%G")] if charset == "utf-8" else []
    facts = facts_inside(iptc(*mark, *((r, d, t.encode(charset)) for r, d, t in sets)))
    assert (facts.tags, facts.description, facts.title) == (("boat", "Käse"), "Übersee", "Title")
    assert day(facts) == ("2019-07-04 18:30:05", "iptc")
    assert facts.dates[0].zone == "+02:00"


@pytest.mark.parametrize(
    "comment",
    [
        b"ASCII\0\0\0at the harbour",
        b"UNICODE\0" + "at the harbour".encode("utf-16-le"),
        b"UNICODE\0" + "at the harbour".encode("utf-16-be"),
        b"\0" * 8 + b"at the harbour",
        b"at the harbour",
    ],
)
def test_exif_words_are_read_in_their_encodings(comment: bytes) -> None:
    exif = exif_with(
        {
            0x010E: "Käse am Kai".encode(),
            0x9C9E: "red;Grün\0".encode("utf-16-le"),
            0x9C9B: "Ein Titel\0".encode("utf-16-le"),
            0x4746: 3,
        },
        sub={0x9286: comment},
    )
    facts = facts_inside(saved("JPEG", exif=exif))
    assert facts.description == "Käse am Kai\nat the harbour"
    assert (facts.tags, facts.title, facts.rating) == (("red", "Grün"), "Ein Titel", 3)


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt"])
@pytest.mark.parametrize("late", [False, True])
def test_png_texts_are_read_before_and_after_the_pixels(kind: str, late: bool) -> None:
    texts = (
        ("Title", "Quay"),
        ("Description", "two herons"),
        ("Keywords", "bird, water"),
        ("Creation Time", "Thu, 04 Jul 2019 18:30:05 GMT"),
    )
    facts = facts_inside(png(*texts, kind=kind, late=late))
    assert (facts.title, facts.description) == ("Quay", "two herons")
    assert facts.tags == ("bird", "water")
    assert day(facts) == ("2019-07-04 18:30:05", "png")


@pytest.mark.parametrize(
    ("text", "known"),
    [
        *(("1984", "1984"), ("2018-02", "2018-02"), ("1984:00:00 00:00:00", "1984")),
        *(("1984:08:00 00:00:00", "1984-08"), ("1984:  :     :  :  ", "1984")),
        *(("19840000", "1984"), ("19840800", "1984-08"), ("19840800 000000+0000", "1984-08")),
        *(("in 1984", ""), ("1984 or so", ""), ("0000:00:00 00:00:00", ""), ("12:1984", "")),
    ],
)
def test_a_year_or_a_month_is_kept_where_no_day_is_said(text: str, known: str) -> None:
    found = Facts(dates=date(read_date(text), "exif"))
    assert [one.text for one in found.dates] == [known] * bool(known)
    assert from_json(to_json(found)) == found


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2019:07:04 24:00:00", "2019-07-04 00:00:00"),
        ("2019:07:04 18:30:60", "2019-07-04 18:30:59"),
        ("2019:07:04 18:60:00", "2019-07-04 00:00:00"),
        ("2019:07:04 03:15:00 PM", "2019-07-04 15:15:00"),
        ("2019:07:04 12:15:00 am", "2019-07-04 00:15:00"),
        ("2019:07:04   :  :  ", "2019-07-04 00:00:00"),
        ("2019/07/04 18:30", "2019-07-04 18:30:00"),
        ("2019-07-04T18:30:05.25Z", "2019-07-04 18:30:05.250000"),
        ("2019: 7: 4 18:30:05", "2019-07-04 18:30:05"),
        ("Thu Jul  4 18:30:05 2019", "2019-07-04 18:30:05"),
        ("Jul 4, 2019, 6:30:05 PM UTC", "2019-07-04 18:30:05"),
        ("4 July 2019", "2019-07-04 00:00:00"),
        ("2019-13", None),
        ("2019:13:04 18:30:05", None),
        ("soon", None),
    ],
)
def test_a_bad_part_of_a_date_costs_that_part(text: str, read: str | None) -> None:
    found = read_date(text)
    assert (found[0].isoformat(" ") if found else None) == read


def test_offsets_and_sub_seconds_of_exif_are_kept() -> None:
    sub = {0x9003: "2019:07:04 18:30:05", 0x9291: "042", 0x9011: "-03:30"}
    (dated,) = facts_inside(saved("JPEG", exif=exif_with({}, sub=sub))).dates
    assert dated.taken == datetime(2019, 7, 4, 18, 30, 5, 42000)
    assert (dated.source, dated.zone) == ("exif", "-03:30")


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("IMG-20190704-WA0007.jpg", "2019-07-04 00:00:00"),
        ("WhatsApp Image 2019-07-04 at 18.30.05 (1).jpeg", "2019-07-04 18:30:05"),
        ("WhatsApp Image 2019-07-04 at 6.30.05 PM.jpeg", "2019-07-04 18:30:05"),
        ("Screenshot_20190704-183005_Maps.png", "2019-07-04 18:30:05"),
        ("Screenshot_2019-07-04-18-30-05-123_com.app.png", "2019-07-04 18:30:05.123000"),
        ("Screen Shot 2019-07-04 at 6.30.05\u202fPM.png", "2019-07-04 18:30:05"),
        ("Bildschirmfoto 2019-07-04 um 18.30.05.png", "2019-07-04 18:30:05"),
        ("Screenshot from 2019-07-04 18-30-05.png", "2019-07-04 18:30:05"),
        ("Screenshot 2019-07-04 183005.png", "2019-07-04 18:30:05"),
        ("PXL_20190704_183005123.MP.jpg", "2019-07-04 18:30:05.123000"),
        ("DJI_20230415103000_0042_D.jpg", "2023-04-15 10:30:00"),
        ("IMG_20230415_103000_12345.jpg", "2023-04-15 10:30:00"),
        ("order 20201231998877.jpg", None),
        ("20230931123456.jpg", None),
        ("MVIMG_20190704_183005.jpg", "2019-07-04 18:30:05"),
        ("IMG20190704183005.jpg", "2019-07-04 18:30:05"),
        ("00001IMG_00001_BURST20190704183005123_COVER.jpg", "2019-07-04 18:30:05.123000"),
        ("20190704_183005(0).jpg", "2019-07-04 18:30:05"),
        ("WIN_20190704_18_30_05_Pro.jpg", "2019-07-04 18:30:05"),
        ("2019-07-04 18.30.05-1.jpg", "2019-07-04 18:30:05"),
        ("signal-2019-07-04-183005.jpg", "2019-07-04 18:30:05"),
        ("signal-2019-07-04-18-30-05-123.jpg", "2019-07-04 18:30:05.123000"),
        ("photo_2019-07-04_18-30-05 (2).jpg", "2019-07-04 18:30:05"),
        ("photo_1@04-07-2019_18-30-05.jpg", "2019-07-04 18:30:05"),
        ("mmexport1562265005123.jpg", "2019-07-04 18:30:05.123000"),
        ("viber image 2019-07-04 , 18.30.05.jpg", "2019-07-04 18:30:05"),
        ("KakaoTalk_20190704_183005123_02.jpg", "2019-07-04 18:30:05.123000"),
        ("IMG_20190704_256199.jpg", "2019-07-04 00:00:00"),
        ("2019年7月4日.png", "2019-07-04 00:00:00"),
        ("04.07.2019 Oma.jpg", "2019-07-04 00:00:00"),
        ("a 2019. 7. 4..jpg", "2019-07-04 00:00:00"),
        ("2019.7.4..jpg", "2019-07-04 00:00:00"),
        ("제주 2019. 07. 04 바다.jpg", "2019-07-04 00:00:00"),
        ("2019. 7. 4. 153000.jpg", "2019-07-04 15:30:00"),
        ("4. 7. 2019 Oma.jpg", "2019-07-04 00:00:00"),
        ("2019 07 04.jpg", "2019-07-04 00:00:00"),
        ("v2019. 7. 4..jpg", None),
        ("1.2019. 7. 4..jpg", None),
        ("192.168. 2019. 7. 4.1.jpg", None),
        ("2019. 13. 4..jpg", None),
        ("2019. 7. 45.jpg", None),
        ("2019. 3. 5x.jpg", None),
        ("2019. 12 dogs.jpg", None),
        ("Top 100. 2019. 3. Platz.jpg", None),
        ("Fig. 3. 14. 2019.jpg", None),
        ("IMG_2041.jpg", None),
        ("DSC01234.jpg", None),
        ("20191332_1.jpg", None),
        ("received_10157890123456789.jpeg", None),
        ("3840x2160.png", None),
    ],
)
def test_dates_in_names_are_read(name: str, taken: str | None) -> None:
    dated = facts_of_name(name).dated()
    assert (dated.taken.isoformat(" ") if dated else None) == taken


LONG = "Screenshot_of_a_very_long_conversation_about_nothing"  # 52 characters
MORE = "supplemental-metadata"


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        ("a.jpg", "a.jpg.json"),
        ("a.jpg", "A.JPG.json"),
        ("a.jpg", f"a.jpg.{MORE}.json"),
        ("a(1).jpg", "a.jpg(1).json"),
        ("a(1).jpg", f"a.jpg.{MORE}(1).json"),
        ("a(1).jpg", "a(1).jpg.json"),
        ("a-edited.jpg", "a.jpg.json"),
        ("a-bearbeitet.jpg", f"a.jpg.{MORE}.json"),
        ("a-edited(1).jpg", "a.jpg(1).json"),
        ("a.jpg", "a.json"),
        (f"{LONG[:47]}.jpg", f"{LONG[:46]}.json"),
        (f"{LONG[:42]}.jpg", f"{LONG[:42]}.jpg.json"[:46] + ".json"),
        (f"{LONG[:30]}.jpg", f"{LONG[:30]}.jpg.supplement.json"),
        (f"{LONG[:26]}.jpg", f"{LONG[:26]}.jpg.supplemental-me.json"),
        (f"{LONG[:41]}.jpg", f"{LONG[:41]}.jpg..json"),
        (f"{LONG[:43]}-edi.jpg", f"{LONG[:43]}.jp.json"),
        (f"{LONG[:47]}(2).jpg", f"{LONG[:46]}(2).json"),
        ("a.jpg", "a.xmp"),
        ("a.jpg", "a.jpg.xmp"),
        ("a.jpg", "A.XMP"),
        ("a.jpg", "a.HEIC.json"),
        ("a.JPG", f"A.heic.{MORE}.json"),
        ("a(1).jpg", "a.heic(1).json"),
        ("a-edited.jpg", "a.HEIC.json"),
        ("a.jpg", "a.dng.json"),
    ],
)
def test_files_beside_a_picture_are_found_in_all_spellings(picture: str, said: str) -> None:
    others = [
        "metadata.json",
        "ab.jpg.json",
        "b.xmp",
        "a(3).jpg.json",
        "a.jpg(4).json",
        "a.png.xmp",
    ]
    assert Sidecars([*others, said]).of(picture) == [said]


@pytest.mark.parametrize("picture", ["c.jpg", "a(2).jpg", "a-edited-twice.jpg", "edited.jpg"])
def test_files_that_speak_of_others_are_left_alone(picture: str) -> None:
    names = ["a.jpg.json", "a.jpg(1).json", "metadata.json", "a.xmp", f"a.jpg.{MORE}.json"]
    assert Sidecars(names).of(picture) == []


TAKEOUT = {
    "title": "a.jpg",
    "description": "Granny's cake",
    "photoTakenTime": {"timestamp": "1562265005", "formatted": "Jul 4, 2019, 6:30:05 PM UTC"},
    "geoData": {"latitude": 0.0, "longitude": 0.0},
    "geoDataExif": {"latitude": 60.5, "longitude": 5.25},
    "people": [{"name": "Ann"}],
}


def test_takeout_says_date_place_words_and_people() -> None:
    facts = facts_of_takeout(json.dumps(TAKEOUT).encode())
    assert day(facts) == ("2019-07-04 18:30:05", "takeout")
    assert (facts.gps, facts.description, facts.tags) == ((60.5, 5.25), "Granny's cake", ("Ann",))


def test_nowhere_is_no_place() -> None:
    nowhere = TAKEOUT | {"geoDataExif": {"latitude": 0.0, "longitude": 0}}
    assert facts_of_takeout(json.dumps(nowhere).encode()).gps is None
    zero = 'exif:GPSLatitude="0,0.0N" exif:GPSLongitude="0,0,0E"'
    assert facts_of_xmp(xmp(attributes=zero), "xmp").gps is None


def test_who_is_believed_first_and_that_all_tags_add_up(tmp_path: Path) -> None:
    exif = exif_with({0x0132: "2021:01:01 01:01:01"}, sub={0x9003: "2020:01:01 10:00:00"})
    path = tmp_path / "IMG_20180101_120000.jpg"
    path.write_bytes(saved("JPEG", exif=exif, xmp=xmp(bag("dc:subject", "inside"))))
    (tmp_path / f"{path.name}.json").write_text(json.dumps(TAKEOUT))
    beside = xmp(bag("dc:subject", "beside"), 'exif:DateTimeOriginal="2019-12-12T01:02:03"')
    (tmp_path / "IMG_20180101_120000.xmp").write_bytes(beside)
    (found,) = find_pictures(tmp_path)
    read = read_picture(path, min_side=1, beside=[one.path for one in found.beside])
    order = ["xmp_sidecar", "exif", "takeout", "name", "exif_changed"]
    assert [one.source for one in read.facts.dates] == order
    assert read.facts.tags == ("beside", "Ann", "inside")
    assert read_facts(path, beside=[one.path for one in found.beside]) == read.facts
    assert from_json(to_json(read.facts)) == read.facts


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>&c;</x:xmpmeta>"
)
HOSTILE: dict[str, Callable[[], Facts]] = {
    "entities": lambda: facts_of_xmp(BOMB, "xmp"),
    "depth": lambda: facts_of_xmp(b"<a>" * 200_000 + b"</a>" * 200_000, "xmp"),
    "size": lambda: facts_of_xmp(xmp("<a>" + "x" * (1 << 22) + "</a>"), "xmp"),
    "brackets": lambda: facts_of_takeout(b"[" * 1_000_000),
    "number": lambda: facts_of_takeout(b'{"photoTakenTime":{"timestamp":' + b"9" * 5000 + b"}}"),
    "inflation": lambda: facts_inside(png(("Title", "a" * (1 << 26)), kind="zTXt")),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_bombs_cost_little_and_say_nothing_wrong(kind: str) -> None:
    begin = time.process_time()
    facts = HOSTILE[kind]()
    assert facts.tags == () and facts.dates == ()
    assert time.process_time() - begin < 5


SEEDS = (
    saved("JPEG", exif=exif_with({0x010E: "a"}, sub={0x9003: "2019:07:04 18:30:05"}), xmp=xmp()),
    saved("WEBP", xmp=xmp(bag("dc:subject", "boat"), 'xmp:Rating="4"')),
    saved("TIFF", tiffinfo={700: xmp(bag("dc:subject", "boat"))}),
    iptc((2, 25, b"boat"), (2, 120, b"text"), (2, 55, b"20190704")),
    png(("Title", "Quay"), ("Creation Time", "2019-07-04 18:30"), kind="zTXt"),
    xmp(bag("dc:subject", "boat", "sea"), 'xmp:Rating="4" exif:GPSLatitude="60,23.5N"'),
    json.dumps(TAKEOUT).encode(),
)


@settings(
    max_examples=2 * settings().max_examples,
    deadline=10_000,
    suppress_health_check=list(HealthCheck),
)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 1 << 16), st.binary(max_size=6)), max_size=8),
    cut=st.integers(0, 4000),
)
def test_mutated_files_say_nothing_or_something_well_formed(
    seed: bytes, changes: list[tuple[int, bytes]], cut: int
) -> None:
    data = bytearray(seed)
    for at, new in changes:
        data[at % len(data) : at % len(data) + len(new)] = new
    mutated = bytes(data[: len(data) - cut % len(data) if cut % 3 == 0 else len(data)])
    for facts in (facts_inside(mutated), facts_of_xmp(mutated, "xmp"), facts_of_takeout(mutated)):
        well_formed(merged([facts]))


@settings(max_examples=3 * settings().max_examples, deadline=10_000)
@given(st.one_of(st.text(max_size=80), st.from_regex(r"[0-9:\-_. TZampAMP+]{0,60}")))
def test_any_text_is_a_date_or_none(text: str) -> None:
    read_date(text)
    well_formed(facts_of_name(text))
    Sidecars([text + ".json", text + ".xmp"]).of(text + ".jpg")


def well_formed(facts: Facts) -> None:
    assert from_json(to_json(facts)) == facts
    assert all(isinstance(tag, str) and tag.strip() for tag in facts.tags)
    assert facts.rating in (None, -1, 1, 2, 3, 4, 5)
    assert all(one.source in SOURCES and one.taken.tzinfo is None for one in facts.dates)
    assert facts.gps is None or (abs(facts.gps[0]) <= 90 and abs(facts.gps[1]) <= 180)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_title_in_several_languages_is_found_in_each_whatever_the_encoding(encoding: str) -> None:
    packet = """<?xml version="1.0"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>
 <rdf:li xml:lang="de">Erntedankfest</rdf:li>
 <rdf:li xml:lang="x-default">Harvest festival</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
    found = facts_of_xmp(packet.encode(encoding), "xmp_sidecar")
    assert (found.title, found.description) == ("Harvest festival", "Erntedankfest")


def with_said(elements: str, namespaces: str) -> Facts:
    return facts_of_xmp(xmp(elements, namespaces), "xmp")


def test_acdsee_says_keywords_stars_words_and_the_categories_that_are_ticked() -> None:
    tree = (
        "&lt;Categories&gt;&lt;Category Assigned=&quot;0&quot;&gt;Places"
        "&lt;Category Assigned=&quot;1&quot;&gt;Bergen&lt;/Category&gt;&lt;/Category&gt;"
        "&lt;Category Assigned=&quot;0&quot;&gt;Pets&lt;/Category&gt;&lt;/Categories&gt;"
    )
    said = with_said(
        bag("acdsee:Keywords", "fjord")
        + f"<acdsee:rating>4</acdsee:rating><acdsee:caption>Rain</acdsee:caption>"
        f"<acdsee:categories>{tree}</acdsee:categories>",
        'xmlns:acdsee="http://ns.acdsee.com/iptc/1.0/"',
    )
    assert said == Facts(tags=("fjord", "Places", "Bergen"), rating=4, description="Rain")
    broken = "<acdsee:categories>&lt;Categories&gt;</acdsee:categories>"
    assert with_said(broken, 'xmlns:acdsee="http://ns.acdsee.com/iptc/1.0/"') == Facts()


def test_people_and_keywords_are_read_wherever_they_stand_in_their_trees() -> None:
    region = (
        '<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag>'
        '<rdf:li MPReg:PersonDisplayName="Anna"/><rdf:li rdf:parseType="Resource">'
        "<MPReg:PersonDisplayName>Bert</MPReg:PersonDisplayName></rdf:li></rdf:Bag></MPRI:Regions>"
        '</MP:RegionInfo><k:Keywords rdf:parseType="Resource"><k:Hierarchy><rdf:Bag>'
        '<rdf:li k:Keyword="Animals"/></rdf:Bag></k:Hierarchy></k:Keywords>'
    )
    microsoft = "http://ns.microsoft.com/photo/1.2/"
    spaces = (
        f'xmlns:MP="{microsoft}" xmlns:MPRI="{microsoft}t/RegionInfo#"'
        f' xmlns:MPReg="{microsoft}t/Region#"'
        ' xmlns:k="http://www.metadataworkinggroup.com/schemas/keywords/"'
    )
    assert with_said(region, spaces).tags == ("Anna", "Bert", "Animals")


@pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP", "AVIF"])
def test_a_packet_is_found_in_whatever_file_it_lies(kind: str) -> None:
    packet = xmp(bag("dc:subject", "deep"), 'xmp:Rating="3" xmp:CreateDate="2011-02-03T10:00:00"')
    trailer = bytes([1, *range(255, -1, -1), 0])
    data = saved(kind) + b"\x21\xff\x0bXMP DataXMP" + packet + trailer
    said = facts_inside(data)
    assert (said.tags, said.rating) == (("deep",), 3)
    assert said.dates[0].taken == datetime(2011, 2, 3, 10)


@pytest.mark.parametrize("name", [".picasa.ini", "Picasa.ini"])
def test_picasa_says_stars_words_and_people_of_each_picture_of_its_folder(
    tmp_path: Path, name: str
) -> None:
    for picture in ("a.png", "b.jpg", "c.png"):
        Image.new("RGB", (16, 12), "teal").save(tmp_path / picture)
    (tmp_path / "b.xmp").write_bytes(xmp(attributes='xmp:Rating="2"'))
    (tmp_path / name).write_text(
        "[Picasa]\nname=Trip\n[A.PNG]\nstar=yes\ncaption=Käse\nkeywords=sea, two words\n"
        "faces=rect64(3f84),8e62;rect64(00),ffff\n[b.jpg]\nstar=yes\n[Contacts2]\n8e62=Otto;;\n"
    )
    a, b, c = (
        read_facts(found.path, beside=[one.path for one in found.beside])
        for found in find_pictures(tmp_path)
    )
    assert a == Facts(tags=("sea", "two words", "Otto"), rating=5, description="Käse")
    assert (b.rating, c) == (2, Facts())
