"""Reading one file: pixels, size, hash and EXIF agree with what was written."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retrievers.pictures import ReadPicture, UnreadablePicture, read_picture
from tests.hostile import Expected, build, deep, heic, photo, saved, transparent, turned

RED = (220, 20, 20)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> list[Expected]:
    return build(tmp_path_factory.mktemp("hostile"))


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def exif_with(tags: dict[int, object], **tables: Mapping[int, object]) -> Image.Exif:
    exif = Image.Exif()
    exif.update(tags)
    for name, number in (("sub", 0x8769), ("gps", 0x8825)):
        if name in tables:
            exif[number] = 0  # TIFF writes only the tables that the main one points to
            exif._ifds[number] = dict(tables[name])
    return exif


def read_exif(tmp_path: Path, exif: Image.Exif) -> ReadPicture:
    return read_picture(write(tmp_path / "a.jpg", saved(photo(), "JPEG", exif=exif)), min_side=1)


def test_every_hostile_file_is_read_or_gets_its_reason(hostile: list[Expected]) -> None:
    for expected in hostile:
        try:
            read = read_picture(expected.path, min_side=32)
        except UnreadablePicture as failure:
            assert expected.reason, failure
            assert expected.reason in failure.reason
            assert str(failure).isprintable()
        else:
            assert expected.reason is None, expected.path
            assert (read.width, read.height) == expected.size
            assert read.image.mode == "RGB"
            assert read.sha256 == hashlib.sha256(expected.path.read_bytes()).hexdigest()
            assert read.bytes == expected.path.stat().st_size
            assert read.mtime_ns == expected.path.stat().st_mtime_ns


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    stored = photo(160, 96)
    inverse = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    seen = stored if inverse is None else stored.transpose(inverse)
    options = {} if kind in ("PNG", "TIFF") else {"quality": 95}
    data = saved(seen, kind, exif=turned(orientation), **options)
    for min_side in (96, 24):
        read = read_picture(write(tmp_path / "a", data), min_side=min_side)
        assert (read.width, read.height) == (160, 96)
        wanted = stored.resize(read.image.size, Image.Resampling.BOX)
        error = np.abs(np.asarray(read.image, np.int16) - np.asarray(wanted, np.int16)).mean()
        assert error < 12


def test_a_heic_is_turned_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.heic", heic(photo(160, 96), exif=turned(6).tobytes()))
    read = read_picture(path, min_side=1000)
    assert (read.width, read.height) == (96, 160) == read.image.size
    assert read.image.getpixel((90, 5)) == pytest.approx(RED, abs=12)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF", "HEIC"])
def test_the_shorter_side_stays_at_least_as_asked(tmp_path: Path, kind: str) -> None:
    image = photo(999, 503)
    path = write(tmp_path / "a", heic(image) if kind == "HEIC" else saved(image, kind))
    for min_side in (1, 100, 125, 126, 251, 252, 503, 5000):
        read = read_picture(path, min_side=min_side)
        assert min(read.image.size) >= min(min_side, 503)
        assert min(read.image.size) < 2 * min_side or min_side == 1
        assert (read.width, read.height) == (999, 503)
        if min_side > 1:
            assert read.image.width / read.image.height == pytest.approx(999 / 503, rel=0.02)


def test_a_reduced_picture_looks_like_the_whole(tmp_path: Path) -> None:
    for image in (photo(1200, 960), photo(1200, 960, "RGBA"), photo(1200, 1440, "P")):
        path = write(tmp_path / "a.png", saved(image, "PNG"))
        read = read_picture(path, min_side=80).image
        wanted = image.convert("RGB").resize(read.size, Image.Resampling.BOX)
        difference = np.asarray(read, np.int16) - np.asarray(wanted, np.int16)
        assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_what_is_transparent_becomes_white(tmp_path: Path, mode: str) -> None:
    kind = "TIFF" if mode == "PA" else "PNG"
    image = transparent("RGBA").convert("LA") if mode == "PA" else transparent(mode)
    read = read_picture(write(tmp_path / "a", saved(image, kind)), min_side=80)
    assert read.image.getpixel((110, 40)) == (255, 255, 255)
    assert read.image.getpixel((5, 5)) != (255, 255, 255)


def test_a_transparent_colour_of_a_png_without_alpha_becomes_white(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", saved(photo(), "PNG", transparency=RED))
    assert read_picture(path, min_side=80).image.getpixel((2, 2)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("dtype", "scale"), [("uint16", 257), ("int32", 257), ("float32", 1 / 255), ("float32", 1)]
)
def test_deep_greys_keep_their_brightness(tmp_path: Path, dtype: str, scale: float) -> None:
    path = write(tmp_path / "a.tif", saved(deep(dtype, scale), "TIFF"))
    read = read_picture(path, min_side=80)
    difference = np.asarray(read.image.convert("L"), np.int16) - np.asarray(photo(mode="L"))
    assert np.abs(difference).max() <= 1


def test_a_cmyk_jpeg_keeps_its_colours(tmp_path: Path) -> None:
    data = saved(photo().convert("CMYK"), "JPEG", quality=95)
    pixel = read_picture(write(tmp_path / "a.jpg", data), min_side=80).image.getpixel((5, 5))
    assert isinstance(pixel, tuple)
    red, green, blue = pixel
    assert red > 190
    assert max(green, blue) < 50


def test_the_first_frame_stands_for_an_animation(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (9, 9), "blue"), Image.new("RGB", (9, 9), "yellow")
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        data = saved(first, kind, save_all=True, append_images=[second])
        pixel = read_picture(write(tmp_path / "a", data), min_side=9).image.getpixel((4, 4))
        assert isinstance(pixel, tuple)
        red, _, blue = pixel
        assert blue > 240 > 15 > red


def test_date_camera_and_place_are_kept(tmp_path: Path) -> None:
    exif = exif_with(
        {0x010F: "Canon\0", 0x0110: "Canon EOS 5D", 0x0132: "2021:01:01 01:01:01"},
        sub={0x9003: "2019:07:04 18:30:05"},
        gps={1: "S", 2: (33.0, 51.0, 25.2), 3: "E", 4: (151.0, 12.0, 39.6)},
    )
    read = read_exif(tmp_path, exif)
    assert read.taken == datetime(2019, 7, 4, 18, 30, 5)
    assert read.facts.camera == "Canon EOS 5D"
    assert read.facts.gps == pytest.approx((-33.857, 151.211))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF", "HEIC"])
def test_exif_is_read_from_every_kind_that_has_it(tmp_path: Path, kind: str) -> None:
    exif = exif_with({0x010F: "Fuji", 0x0110: "X100"}, sub={0x9003: "2019:07:04 18:30:05"})
    data = heic(photo(), exif=exif.tobytes()) if kind == "HEIC" else saved(photo(), kind, exif=exif)
    read = read_picture(write(tmp_path / "a", data), min_side=1)
    assert read.facts.camera == "Fuji X100"
    assert read.taken == datetime(2019, 7, 4, 18, 30, 5)


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("2019:07:04 18:30:05", datetime(2019, 7, 4, 18, 30, 5)),
        ("2019-07-04T18:30:05+02:00", datetime(2019, 7, 4, 18, 30, 5)),
        ("2019:07:04 18:30", datetime(2019, 7, 4, 18, 30)),
        ("2019:07:04", datetime(2019, 7, 4)),
        ("0000:00:00 00:00:00", None),
        ("1970:01:01 00:00:00", None),
        ("2019:13:41 18:30:05", None),
        ("2919:07:04 18:30:05", None),
        ("0019:07:04 18:30:05", None),
        ("    :  :     :  :  ", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_that_make_no_sense_are_ignored(
    tmp_path: Path, value: str, taken: datetime | None
) -> None:
    assert read_exif(tmp_path, exif_with({}, sub={0x9003: value})).taken == taken


def test_the_next_date_is_taken_when_the_best_makes_no_sense(tmp_path: Path) -> None:
    unset = {0x9003: "0000:00:00 00:00:00"}
    digitised = exif_with(
        {0x0132: "2021:01:01 01:01:01"}, sub=unset | {0x9004: "2020:02:02 02:02:02"}
    )
    assert read_exif(tmp_path, digitised).taken == datetime(2020, 2, 2, 2, 2, 2)
    changed = exif_with({0x0132: "2021:01:01 01:01:01"}, sub=unset)
    assert read_exif(tmp_path, changed).taken == datetime(2021, 1, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("NIKON CORPORATION", "NIKON D90", "NIKON D90"),
        ("Apple", "iPhone 12", "Apple iPhone 12"),
        ("", "X", "X"),
        ("Sony", "", "Sony"),
        ("  ", "\0\0", None),
        ("two\nlines", "\x1b[31m", "two lines [31m"),
    ],
)
def test_the_make_is_said_once(tmp_path: Path, make: str, model: str, camera: str | None) -> None:
    assert read_exif(tmp_path, exif_with({0x010F: make, 0x0110: model})).facts.camera == camera


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (10.0, 0.0, 0.0)},
        {1: "N", 2: (45.0, 0.0, 0.0)},
        {},
    ],
)
def test_places_that_make_no_sense_are_ignored(tmp_path: Path, gps: dict[int, object]) -> None:
    assert read_exif(tmp_path, exif_with({0x010F: "A"}, gps=gps)).facts.gps is None


def test_a_pipe_does_not_hang_the_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    with pytest.raises(UnreadablePicture, match=r"a\.jpg: not a regular file but a named pipe"):
        read_picture(tmp_path / "a.jpg", min_side=1)


def test_a_vanished_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePicture, match="there is no such file"):
        read_picture(tmp_path / "gone.jpg", min_side=1)


def test_a_name_with_a_nul_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePicture, match="not a valid path"):
        read_picture(tmp_path / "a\0b.jpg", min_side=1)


def test_min_side_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="min_side must be at least 1; got 0"):
        read_picture(tmp_path / "a.jpg", min_side=0)


AS_NOBODY = """
import os, sys
from pathlib import Path
from retrievers.pictures import UnreadablePicture, find_pictures, read_picture
os.setuid(65534)
folder = Path(sys.argv[1])
failures = []
for file in find_pictures(folder, on_failure=failures.append):
    try:
        read_picture(file.path, min_side=1)
    except UnreadablePicture as failure:
        failures.append(failure)
for failure in failures:
    sys.stdout.write(f"{failure.path.name}: {failure.reason}\\n")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="the hostile list has the permission cases then")
def test_forbidden_files_and_folders_are_named_when_not_root() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        write(folder / "good.jpg", saved(photo(), "JPEG"))
        write(folder / "secret.jpg", b"x").chmod(0)
        (folder / "locked").mkdir(mode=0)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, name], capture_output=True, text=True, check=True
        )
    assert done.stdout.splitlines() == [
        "secret.jpg: permission denied",
        "locked: permission denied",
    ]


def test_reading_a_large_picture_needs_little_more_memory_than_its_pixels(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", saved(Image.new("RGBA", (5000, 5000), (9, 9, 9, 99)), "PNG"))
    code = (
        "import resource, sys; from pathlib import Path; from retrievers.pictures import *\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak(); read_picture(Path(sys.argv[1]), min_side=256)\n"
        "sys.stdout.write(str((peak() - before) * 1024))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 1.5 * 5000 * 5000 * 4


def test_importing_the_reader_loads_neither_libheif_nor_a_network() -> None:
    code = (
        "import sys, retrievers.pictures\n"
        "sys.stdout.write(str({'pillow_heif', 'torch', 'onnxruntime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()"
