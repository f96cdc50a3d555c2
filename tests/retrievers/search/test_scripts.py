"""Words are found in every script, composed or not, in any case, with or without spaces."""

import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from retrievers.collection.collection import Collection
from retrievers.collection.record.batch import Batch, FileRecord, PictureRecord
from retrievers.collection.writer import CollectionWriter
from retrievers.search.full_text_search import FUNCTION_WORDS, FullText
from retrievers.text.lettering import cleaned, folded, is_unspaced, plain_words, words

NUMBERS = count()


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    collection = Collection.create(tmp_path_factory.mktemp("scripts") / "c", encoder="none", dim=1)
    yield collection
    collection.close()


def added(collection: Collection, name: str = "", *, caption: str = "", text: str = "") -> int:
    """Add a picture called so, and of this caption and text; returns its row."""
    number = next(NUMBERS)
    digest, root = f"{number:064x}"[::-1], Path("/pictures")
    batch = Batch([PictureRecord(digest, 1, 1, 1)], [np.ones(1, np.float32)])
    path = root / f"{number}.jpg"
    batch.files.append(FileRecord(path, root, f"{name or number}.jpg", digest, 1, 1))
    with CollectionWriter(collection) as writer:
        writer.set_root(root, include=[], exclude=[])
        writer.commit(batch)
        row = collection.extent()[1] - 1
        writer.describe(row, caption=caption or None, text=text or None)
    return row


def found(collection: Collection, said: str) -> set[int]:
    return set(FullText(collection, pictures=10**9).match([said]).rows.tolist())


def forms(text: str) -> set[str]:
    cased = {text, text.lower(), text.upper(), text.title(), text.casefold()}
    return {unicodedata.normalize(form, one) for one in cased for form in ("NFC", "NFD")}


LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\.")
SCRIPTS = st.sampled_from(
    "東京タワーの夜景 แมวดำ ແມວດຳ ឆ្មាខ្មៅ ကြောင်နက် 서울의밤 हिन्दी தமிழ் كِتَاب שָׁלוֹם Straße "
    "İstanbul ışık ΟΔΟΣ ёлка Việt ﬁnal ＡＢＣ ﾄｳｷｮｳ ２０１９ བོད་ཡིག".split()
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(LETTERS, min_size=1, max_size=12) | SCRIPTS, st.sampled_from("nct"), st.data())
@example("IMG2019summerTrip", "n", None)
@example("東京タワーの夜景", "n", None)
def test_any_text_is_found_by_any_of_its_words(
    collection: Collection, text: str, place: str, data: st.DataObject | None
) -> None:
    given_as = {"n": {"name": text}, "c": {"caption": text}, "t": {"text": text}}[place]
    row = added(collection, **given_as)
    for word in words(text)[:3]:
        telling = set(plain_words(word)) - FUNCTION_WORDS
        for spelt in forms(word):
            assert not telling or row in found(collection, spelt)
        if is_unspaced(word) and data is not None:
            start = data.draw(st.integers(0, len(word) - 1))
            end = data.draw(st.integers(start + 1, len(word)))
            assert row in found(collection, word[start:end])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("東京タワーの夜景", "東京"),
        ("Łódź", "lodz"),
        ("ŒUVRE", "oeuvre"),
        ("Đà Nẵng", "da nang"),
        ("soren", "Søren"),
        ("東京タワーの夜景", "東京の夜景"),
        ("แมวดำ", "แมว"),
        ("แมวดำ", "แมวสีดำ"),
        ("ແມວດຳ", "ແມວ"),
        ("ឆ្មាខ្មៅ", "ឆ្មា"),
        ("ကြောင်နက်", "ကြောင်"),
        ("서울의 밤", "서울"),
        ("黑色的猫在沙发上", "沙发"),
        ("हिन्दी किताब", "हिन्दी"),
        ("தமிழ் பாடல்", "தமிழ்"),
        ("كِتَاب قديم", "كتاب"),
        ("Ünter den Linden, Straße", "STRASSE"),
        ("İstanbul'da gün batımı", "istanbul"),
        ("Ο ΔΡΟΜΟΣ", "δρομος"),
        ("ｶﾀｶﾅ", "カタカナ"),
        ("می‌خواهم", "میخواهم"),
        ("صورة الكتاب", "كتاب"),
        ("كتاب", "الكتاب"),
        ("والبيت القديم", "بيت"),
        ("بالسيارة", "السيارة"),
        ("للمدرسة", "مدرسة"),
        ("הבית הישן", "בית"),
        ("כלב שחור", "הכלב"),
        ("כלבים", "כלב"),
        ("किताबें", "किताब"),
        ("பூனைகள்", "பூனை"),
        ("বিড়ালগুলো", "বিড়াল"),
        ("서울에서 찍은 사진", "서울"),
        ("བོད་ཡིག་གི་དེབ", "བོད་ཡིག"),
        ("ຫມາສີດຳ", "ຫມາ"),
    ],
)
def test_a_word_is_found_inside_a_text(collection: Collection, text: str, said: str) -> None:
    for spelt in (text, unicodedata.normalize("NFD", text)):
        assert added(collection, spelt) in found(collection, unicodedata.normalize("NFD", said))
        assert added(collection, caption=spelt) in found(collection, said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("京都の東", "東京"),
        ("ดำแมว", "วด"),
        ("हिन्दू", "हिन्दी"),
        ("bombón", "bomba"),
        ("밤서", "서울"),
        ("مكتبة", "كتاب"),
        ("बिल्ली", "बिल्कुल"),
        ("בית", "בירה"),
    ],
)
def test_letters_in_another_order_are_another_word(
    collection: Collection, text: str, said: str
) -> None:
    row = added(collection, text)
    matches = FullText(collection, pictures=10**9).match([said])
    held = {word for word, rows in matches.holders.items() if row in rows}
    assert said not in held


def test_what_is_shown_of_a_match_is_the_run_that_was_said(collection: Collection) -> None:
    row = added(collection, "ビーチの鯨")
    matches = FullText(collection, pictures=10**9).match(["ビーチの鯨と星"])
    assert matches.words(row) == ("ビーチ", "鯨")


def test_every_character_is_the_same_in_every_case_and_composition() -> None:
    for code in (*range(0x3000), *range(0xA640, 0xABC0), *range(0xF900, 0x10500)):
        for spelt in forms(chr(code)):
            assert folded(spelt) == folded(chr(code))
            assert plain_words(spelt) == plain_words(chr(code))


@given(st.text(st.characters(), max_size=20))
def test_cleaned_text_can_be_written_and_keeps_what_could(text: str) -> None:
    whole = cleaned(text)
    assert whole.encode().decode() == whole == cleaned(whole)
    assert cleaned("a\ud83d\ude00") == "a😀"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("کیک تولد", "كيك"),  # Persian letters, an Arabic keyboard
        ("علي", "علی"),
        ("مدرسة", "مدرسه"),
        ("ہندی", "هندي"),
        ("cake🎂aunt", "🎂"),
        ("👨‍👩‍👧 dinner", "👩"),
        ("thumbs 👍🏽", "👍"),
        ("I ❤️ Rome", "❤"),
        ("Uncle O’Brien", "obrien"),
        ("OBrien", "O'Brien"),
        ("Hawaiʻi", "hawaii"),
        ("l'été à Nice", "ete"),
        ("l'été à Nice", "lété"),
        ("Երևան", "ԵՐԵՎԱՆ"),
        ("ԵՐԵՒԱՆ", "երևան"),
        ("ﬁesta", "FIESTA"),
    ],
)
def test_a_word_is_found_by_any_spelling_and_a_sign_is_a_word(
    collection: Collection, name: str, said: str
) -> None:
    row = added(collection, name)
    assert row in found(collection, said)
    assert row in found(collection, name)
    assert row not in found(collection, "🎄")
