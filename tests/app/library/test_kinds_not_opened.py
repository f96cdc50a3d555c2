"""Pictures of kinds that dialens does not open are counted and named, never silent."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from retrievers.pictures import SUFFIXES
from retrievers.pictures.folders.unopened import REMEDIES
from tests.app.test_commands import run, run_json
from tests.retrievers.folders import painted


@pytest.fixture
def photos(tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    folder = painted(tmp_path / "Photos", 2)
    (folder / "raw").mkdir()
    for name in ("a.NEF", "b.nef", "raw/c.CR3", "d.jxl", "e.hdr", "f.exr", "g.jxr", "h.pfm"):
        (folder / name).write_bytes(b"of its own kind")
    (folder / "notes.txt").write_text("no picture")
    return folder


COUNTED = {".nef": 2, ".cr3": 1, ".jxl": 1, ".hdr": 1, ".exr": 1, ".jxr": 1, ".pfm": 1}


def test_indexing_and_status_say_how_many_were_passed_over_and_what_helps(photos: Path) -> None:
    said = run("index", str(photos))[0]
    for line in (
        "2 .nef, 1 .cr3; develop it",
        "1 .jxl; convert",
        "1 .exr, 1 .hdr, 1 .pfm; convert",
    ):
        assert line in said and line in run("status")[0]
    assert ".txt" not in said
    assert run_json("index", str(photos))["others"] == COUNTED
    assert run_json("status")[0]["others"] == COUNTED


def test_what_the_globs_leave_out_is_not_missed(photos: Path) -> None:
    others = run_json("index", str(photos), "--exclude", "raw", "--exclude", "*.nef")["others"]
    assert others == {end: n for end, n in COUNTED.items() if end not in (".nef", ".cr3")}
    assert run_json("index", str(photos), "--include", "*.png", "--exclude", "x")["others"] == {}
    assert "passed over" not in run("status")[0]


NO_PICTURES = {".pdf", ".mpg", ".mpeg", ".h5", ".hdf", ".grib", ".bufr", ".iim"}


def test_no_kind_that_pillow_opens_is_passed_over_in_silence() -> None:
    Image.init()
    ends = set(Image.registered_extensions()) - NO_PICTURES
    assert ends <= {*SUFFIXES, *REMEDIES}


@pytest.mark.parametrize("name", ["stereo.MPO", "left.jps", "old.jif"])
def test_several_pictures_in_one_jpeg_are_found_by_the_first(photos: Path, name: str) -> None:
    first, second = (Image.new("RGB", (64, 48), colour) for colour in ("red", "blue"))
    first.save(photos / name, "MPO", save_all=True, append_images=[second])
    assert run_json("index", str(photos))["encoded"] == 3
    (hit,) = run_json("search", "--path", name)["hits"]
    assert (hit["width"], hit["height"]) == (64, 48)


@pytest.mark.parametrize("end", ["jp2", "j2k", "jpf", "ppm", "pgm", "pbm", "pnm"])
def test_what_pillow_decodes_safely_is_opened(photos: Path, end: str) -> None:
    seen = Image.open(next(photos.glob("*.png"))).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    grey = {"pgm": "L", "pbm": "1"}.get(end, "RGB")
    seen.convert(grey).save(photos / f"x.{end}", "JPEG2000" if end[0] == "j" else "PPM")
    assert run_json("index", str(photos))["encoded"] == 3
    (hit,) = run_json("search", "--path", f"x.{end}")["hits"]
    assert (hit["width"], hit["height"]) == seen.size
