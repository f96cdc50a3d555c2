import os
from pathlib import Path
from unicodedata import category

from hypothesis import given
from hypothesis import strategies as st

from app.output.printable import printable, short, size
from retrievers.text.lettering import JOINERS


@given(st.binary())
def test_no_file_name_can_reach_the_terminal_as_control_code_or_a_second_line(name: bytes) -> None:
    shown = printable(os.fsdecode(name))
    assert not [c for c in shown if category(c) in ("Cc", "Zl", "Zp", "Cf") and c not in JOINERS]
    shown.encode("utf-8")


def test_names_as_persians_indians_and_typographers_write_them_stay_as_they_are() -> None:
    for name in ("می\u200cروم.jpg", "क्\u200dष.jpg", "10\u00a0km.jpg", "👩\u200d🚀.png"):
        assert printable(name) == name


def test_common_names_stay_as_they_are_and_odd_bytes_show_as_hexadecimal() -> None:
    assert printable("Föhr 2019 – 写真.jpg") == "Föhr 2019 – 写真.jpg"
    assert printable(os.fsdecode(b"a\xff\nb")) == "a\\xff\\nb"


def test_a_path_is_named_below_its_root_and_by_the_root_when_there_are_several() -> None:
    photo = Path("/home/me/Pictures/trips/sea.jpg")
    assert short(photo, [Path("/home/me/Pictures")]) == "trips/sea.jpg"
    both = [Path("/home/me/Pictures"), Path("/mnt/old")]
    assert short(photo, both) == "Pictures/trips/sea.jpg"
    assert short(Path("/elsewhere/x.jpg"), both) == "/elsewhere/x.jpg"


def test_sizes_read_as_people_say_them() -> None:
    assert [size(n) for n in (0, 999, 1500, 45_000, 3_400_000, 2.5e12)] == [
        *("0 B", "999 B", "1.5 kB", "45 kB", "3.4 MB", "2.5 TB"),
    ]
