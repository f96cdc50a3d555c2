"""Globs mean what they meant, in any case and composition, in time linear in glob times name."""

import sys
import unicodedata
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrievers.pictures.folders import globs
from retrievers.pictures.folders.globs import Globs

STEPS = 60  # lines of Python for a part of a glob and a letter of a name, at most


def matches(glob: str, name: str) -> bool:
    return Globs([glob]).fullmatch(name)


def lines_run(glob: str, name: str) -> int:
    """How many lines of the module run to compile a glob and match it once."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if frame.f_code.co_filename != globs.__file__:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        matches(glob, name)
    finally:
        sys.settrace(before)
    return count


PIECES = st.sampled_from(
    ["*", "**", "**/", "*a", "?", "a", "b", "/", "[ab]", "[!b]*", "a*", "\u00df"]
)
NAMES = st.sampled_from(["a", "aaaaaaaa", "b", "/", "ab/", "\u00df", "e\u0301"])


@given(st.lists(PIECES, max_size=60).map("".join), st.lists(NAMES, max_size=40).map("".join))
@example("*" * 60 + "b", "a" * 60)
@example("*a" * 30 + "*b", "a" * 250)
@example("**/" * 40 + "*b", "a/" * 120)
@example("**a" * 40 + "b", "a" * 250)
@example("*" + "?" * 120 + "b", "a" * 250)
@example("*a" + "[ab]" * 60, "ab" * 100)
def test_no_glob_takes_more_steps_than_its_parts_times_the_letters(glob: str, name: str) -> None:
    if glob.strip("/"):
        assert lines_run(glob, name) <= STEPS * (len(glob) + 8) * (len(name) + 8)


@given(st.text(min_size=1, max_size=12))
def test_a_name_matches_itself_in_any_case_and_composition(name: str) -> None:
    name = name.translate(str.maketrans("*?[/\0", "     ")).strip() or "x"
    for form in ("NFC", "NFD"):
        spelt = unicodedata.normalize(form, name)
        for glob in (spelt, spelt.upper(), spelt.lower(), spelt.title()):
            assert matches(glob, f"some/{name}/b.png")
            assert matches(f"*{glob}*", f"some/{name}.png")


@pytest.mark.parametrize(
    ("glob", "name"),
    [
        ("STRASSE*", "Straße 7.jpg"),
        ("stra?e*", "STRAßE 7.jpg"),
        ("[ä-ü]*", "A\u0308pfel.jpg"),
        ("caf?.jpg", "cafe\u0301.jpg"),
        ("istanbul*", "İSTANBUL.jpg"),
        ("IŞIK*", "ışık.jpg"),
        ("ΟΔΟΣ.*", "οδος.jpg"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af*", "한글.jpg"),
        ("*が*", "か\u3099っこう.jpg"),
    ],
)
def test_letters_are_the_same_in_any_case_and_composition(glob: str, name: str) -> None:
    assert matches(glob, name)


@pytest.mark.parametrize(
    ("glob", "name"),
    [("[!ä]*", "A\u0308.jpg"), ("e.jpg", "é.jpg"), ("[!a]b", "/b"), ("a?b", "a/b"), ("o*", "ö")],
)
def test_what_differs_stays_different(glob: str, name: str) -> None:
    assert not matches(glob, name)


@pytest.mark.parametrize(
    ("glob", "name", "met"),
    [
        ("**/drafts/**", "a/b/drafts/c.png", True),
        ("**/drafts/**", "a/mydrafts/c.png", False),
        ("a**b", "a/x/b", True),
        ("a*b", "a/x/b", False),
        ("2019/**/x.png", "2019/x.png", True),
        ("[]]", "]", True),
        ("[!]", "x", True),
        ("[", "[", True),
        ("[+-9]x", "/x", True),
        ("***/x", "a/x", True),
        ("./trips/", "trips/1.png", True),
    ],
)
def test_stars_and_brackets_mean_what_they_meant(glob: str, name: str, met: bool) -> None:
    assert matches(glob, name) is met


ROOT = Path("/home/me/Shots [old]")
FOLDERS = ("[2019] trip", "{a,b}", "!no", "c++", "a\\b", "[2019-07-04] x", "private", "open air")


@pytest.mark.parametrize("before", ["", "./", "/", f"{ROOT}/", "Shots [old]/", "shots \\[old\\]/"])
@pytest.mark.parametrize("after", ["", "/", "/**", "/*.png"])
@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_is_named_as_it_is_called_from_wherever_it_is_seen(
    before: str, name: str, after: str
) -> None:
    glob = Globs([before + name + after], ROOT)
    assert [one for one in FOLDERS if glob.fullmatch(f"{one}/p.png")] == [name]


@pytest.mark.parametrize(
    ("glob", "name", "met"),
    [
        (r"\[2019\] trip/**", "[2019] trip/x", True),
        (r"\[2019\] trip", "2 trip", False),
        (r"a\\b/**", "a\\b/x", True),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        (r"private\p.png", "private/p.png", True),
        (r"private\**", "private/p.png", True),
        ("[2019] trip", "2 trip", True),
        (str(ROOT), "x.png", True),
        ("/home/**", "x.png", True),
        ("/home/*/Shots*/x.*", "x.png", True),
        ("/home/me/Shots/**", "x.png", False),
        ("/home/me/Shots [old] 2/**", "x.png", False),
        ("Shots [old]", "x.png", False),
        ("*/x.png", "x.png", False),
        (r"C:\shots\x.png", "x.png", False),
    ],
)
def test_brackets_backslashes_and_roots_are_read_each_way(glob: str, name: str, met: bool) -> None:
    assert Globs([glob], ROOT).fullmatch(name) is met
