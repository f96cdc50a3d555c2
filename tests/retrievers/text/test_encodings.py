"""Text files of other programs: their characters are told, or the file is named."""

import re
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrievers.text.encodings import UnreadableText, decoded, opened, read_text

WORDS = {
    "german": "Käse auf dem Tisch\nein Mädchen mit Hut läuft über die Straße\n",
    "russian": "Рыжая собака бежит по траве\nкошка на окне\n",
    "japanese": "犬が草の上を走っている\n青い空と白い雲\n",
    "chinese": "一只狗在草地上跑\n红色的汽车\n蓝色的天空\n",
    "korean": "개가 잔디 위를 달린다\n빨간 자동차\n",
    "thai": "แมวดำนั่งบนหลังคา\nเด็กผู้หญิงนั่งบนม้านั่ง\n",
    "table": "file\tcaption\na.jpg\tein süßer Hund\n",
    "one word": "Käse",
}
MARKED = ("utf-8", "utf-8-sig", "utf-16", "utf-32")
UNMARKED = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


@pytest.mark.parametrize("encoding", [*MARKED, *UNMARKED])
@pytest.mark.parametrize("text", WORDS.values(), ids=WORDS)
def test_unicode_is_read_in_each_of_its_forms(text: str, encoding: str) -> None:
    if text == "Käse" and encoding in UNMARKED:
        text += "\n"  # one word without a mark has too little to be told by
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("german", "cp1252"),
        ("one word", "latin-1"),
        ("table", "cp1252"),
        ("russian", "cp1251"),
        ("russian", "koi8_r"),
        ("japanese", "cp932"),
        ("japanese", "euc_jp"),
        ("chinese", "gb18030"),
        ("korean", "cp949"),
        ("thai", "cp874"),
    ],
)
def test_older_code_pages_are_told_by_how_they_read(language: str, encoding: str) -> None:
    assert decoded(WORDS[language].encode(encoding)) == WORDS[language]


def test_what_xml_declares_counts() -> None:
    text = '<?xml version="1.0" encoding="koi8-r"?><a>кошка</a>'
    assert decoded(text.encode("koi8-r")) == text


def test_a_large_file_is_told_by_what_stands_far_behind_its_start(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_bytes(b"plain words\n" * 200_000 + "Käse auf dem Tisch\n".encode("cp1252"))
    with opened(path) as file:
        assert list(file)[-1] == "Käse auf dem Tisch\n"


@pytest.mark.parametrize("data", [b"\x00\x01\x02\xff\x00", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"])
def test_a_file_that_is_no_text_is_named_with_the_remedy(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "no.txt"
    path.write_bytes(data)
    with pytest.raises(UnreadableText, match=f"{re.escape(str(path))}: .* save it as UTF-8"):
        read_text(path)


@settings(max_examples=2 * settings().max_examples)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_whole_or_refused(data: bytes) -> None:
    try:
        text = decoded(data)
    except UnreadableText:
        return
    assert "\ufffd" not in text or "\ufffd".encode() in data or b"\xfd\xff" in data


@settings(max_examples=2 * settings().max_examples)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), min_size=1))
def test_what_utf_8_can_say_is_never_taken_for_anything_else(text: str) -> None:
    assert decoded(text.encode()) == text.removeprefix("\ufeff")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Der Käse fällt über die Brücke. ", "cp1252"),
        ("Кошка сидит на крыше дома и смотрит. ", "cp1251"),
        ("犬が草の上を走っている 青い空と白い雲 ", "cp932"),
        ("plain words " * 9000 + "Кошка сидит на крыше дома. ", "koi8-r"),
    ],
)
def test_a_line_as_long_as_a_book_is_told_by_a_part_of_it(text: str, encoding: str) -> None:
    whole = text * (400_000 // len(text))
    begin = process_time()
    assert decoded(whole.encode(encoding)) == whole
    assert process_time() - begin < 2
