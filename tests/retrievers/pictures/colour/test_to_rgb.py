"""Pictures are seen as they were meant: profiles, gamma, HDR, and greys of any depth."""

import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from zlib import crc32

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.ExifTags import IFD, Base
from PIL.PngImagePlugin import PngInfo

from retrievers.pictures import read_picture
from retrievers.pictures.decoding.decode import UndecodableBytes, decode
from tests.retrievers.pictures.colour import profiles

RED, BLUE = (255, 0, 0), (0, 0, 255)
Save = Callable[[BytesIO, bytes], None]


def seen(data: bytes, *, min_side: int = 48) -> NDArray[np.int16]:
    """Return the pixels that everything looks at, [h, w, 3]."""
    image = decode(data, min_side=min_side).image
    assert image.mode == "RGB" and not image.info
    return np.asarray(image, np.int16)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def flat(colour: object, mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


def heic(image: Image.Image, **options: object) -> bytes:
    file = BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=95, **options)
    return file.getvalue()


@pytest.mark.parametrize("size", [0, 5_000, 200_000], ids=["small", "5 KB", "several segments"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIC"])
def test_a_profile_is_applied_in_every_kind_of_file(kind: str, size: int) -> None:
    image, profile = flat(RED), profiles.swapped(size=size)
    if kind == "HEIC":
        image.info["icc_profile"] = profile
        data = heic(image)
    else:
        data = saved(image, kind, icc_profile=profile)
    assert np.abs(seen(data) - BLUE).max() <= 12


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (flat((*RED, 255), "RGBA"), "PNG"),
        (flat((*RED, 255), "RGBA"), "WEBP"),
        (flat((*RED, 255), "RGBA"), "TIFF"),
        (flat(RED).quantize(4), "PNG"),
        (flat(RED, size=(640, 480)), "JPEG"),
        (flat((*RED, 255), "RGBA", size=(640, 480)), "PNG"),
    ],
    ids=["png", "webp", "tiff", "palette", "shrunk jpeg", "shrunk png"],
)
def test_a_profile_is_applied_with_alpha_palettes_and_shrinking(
    image: Image.Image, kind: str
) -> None:
    data = saved(image, kind, icc_profile=profiles.swapped())
    assert np.abs(seen(data) - BLUE).max() <= 4


def test_what_is_transparent_is_white_also_with_a_profile() -> None:
    data = saved(flat((*RED, 0), "RGBA"), "PNG", icc_profile=profiles.rgb(profiles.ADOBE))
    assert np.abs(seen(data) - 255).max() <= 1
    half = saved(flat((0, 100), "LA"), "PNG", icc_profile=profiles.grey(1.8))
    assert 100 < seen(half).mean() < 220


@pytest.mark.parametrize("columns", [profiles.P3, profiles.ADOBE], ids=["P3", "Adobe RGB"])
def test_wide_colours_come_out_as_the_profile_computes_them(
    columns: tuple[tuple[float, ...], ...],
) -> None:
    colours = np.random.default_rng(0).integers(60, 190, (24, 32, 3), dtype=np.uint8)
    data = saved(Image.fromarray(colours), "PNG", icc_profile=profiles.rgb(columns))
    to_srgb = np.linalg.inv(np.array(profiles.SRGB).T) @ np.array(columns).T
    light = ((colours / 255) ** (563 / 256) @ to_srgb.T).clip(0, 1)
    wanted = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(seen(data) - wanted * 255).max() <= 3


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_profile_is_applied(mode: str) -> None:
    image = flat(55, "L").convert(mode)
    data = saved(image, "PNG", icc_profile=profiles.grey(1.0))  # light itself
    assert np.abs(seen(data) - 128).max() <= 2
    assert np.abs(seen(saved(image, "PNG")) - 55).max() == 0


def test_a_grey_jpeg_may_carry_the_profile_of_a_colour_display() -> None:
    data = saved(flat(55, "L"), "JPEG", icc_profile=profiles.rgb(profiles.SRGB, 1.0))
    assert np.abs(seen(data) - 128).max() <= 3


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_are_what_their_profile_says(kind: str) -> None:
    image = flat((255, 0, 0, 0), "CMYK")
    assert np.abs(seen(saved(image, kind)) - (0, 255, 255)).max() <= 4
    red = seen(saved(image, kind, icc_profile=profiles.cmyk()))
    assert np.abs(red - (253, 0, 20)).max() <= 24


@pytest.mark.parametrize(
    "profile",
    [
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        b"no profile at all",
        profiles.swapped()[:200],
        profiles.cmyk(),
        profiles.grey(1.0),
    ],
    ids=["sRGB", "no profile", "cut short", "of inks", "of greys"],
)
def test_a_profile_that_says_nothing_new_or_nothing_sound_changes_nothing(profile: bytes) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8))
    assert (seen(saved(noise, "PNG", icc_profile=profile)) == np.asarray(noise)).all()


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_profile_never_costs_the_picture(data: st.DataObject) -> None:
    profile = bytearray(data.draw(st.sampled_from([profiles.swapped(), profiles.cmyk()])))
    for _ in range(data.draw(st.integers(1, 8))):
        profile[data.draw(st.integers(0, len(profile) - 1))] = data.draw(st.integers(0, 255))
    assert seen(saved(flat(RED), "JPEG", icc_profile=bytes(profile))).shape == (48, 64, 3)


def test_threads_see_the_same_colours_as_one() -> None:
    noise = np.random.default_rng(2).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    many = [
        saved(Image.fromarray(noise), "JPEG", icc_profile=profile)
        for profile in (profiles.swapped(), profiles.rgb(profiles.P3), profiles.rgb(profiles.ADOBE))
    ] * 8
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(seen, many))
    assert all((a == seen(b)).all() for a, b in zip(together, many, strict=True))


def png(image: Image.Image, **chunks: bytes) -> bytes:
    info = PngInfo()
    for name, held in chunks.items():
        info.add(name.encode(), held)
    return saved(image, "PNG", pnginfo=info)


SRGB_PLACES = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
WIDE_PLACES = struct.pack(">8I", 31270, 32900, 70800, 29200, 17000, 79700, 13100, 4600)


def test_png_says_its_gamma_and_its_primaries() -> None:
    grey = flat((55, 55, 55))
    assert np.abs(seen(png(grey, gAMA=struct.pack(">I", 100_000))) - 128).max() <= 2
    assert (seen(png(grey, gAMA=struct.pack(">I", 45_455), cHRM=SRGB_PLACES)) == 55).all()
    assert (seen(png(grey, gAMA=struct.pack(">I", 100_000), sRGB=b"\0")) == 55).all()
    assert (seen(png(grey, gAMA=struct.pack(">I", 0))) == 55).all()
    green = seen(png(flat((100, 180, 100)), cHRM=WIDE_PLACES))[0, 0]
    assert green[0] < 60 and green[1] > 180


def exif(*, space: int | None = None, index: str | None = None, **tags: object) -> Image.Exif:
    made = Image.Exif()
    made[Base.Make] = "Camera"  # Pillow leaves out what has nothing of its own
    if space is not None:
        made.get_ifd(IFD.Exif)[Base.ColorSpace] = space
    if index is not None:
        made.get_ifd(IFD.Exif)[Base.ExifInteroperabilityOffset] = {1: index}
    for name, value in tags.items():
        made[Base[name]] = value
    return made


GREEN = (60, 180, 60)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "said",
    [exif(space=0xFFFF, index="R03"), exif(space=2), exif(index="R03")],
    ids=["DCF", "a maker's own number", "the index alone"],
)
def test_a_camera_says_adobe_rgb_without_a_profile(said: Image.Exif, kind: str) -> None:
    options = {"exif": said.tobytes(), "quality": 95, "lossless": True}
    data = saved(flat(GREEN), kind, **options)
    profiled = saved(flat(GREEN), kind, icc_profile=profiles.rgb(profiles.ADOBE), **options)
    green = seen(data)
    assert (np.abs(green[0, 0] - (0, 180, 41)) <= 6).all(), green[0, 0]
    assert np.abs(green - seen(profiled)).max() <= 4  # which is then not applied twice


@pytest.mark.parametrize(
    "said",
    [exif(space=1, index="R98"), exif(space=0xFFFF), exif(space=0xFFFF, index="R98"), exif()],
)
def test_a_camera_that_says_srgb_or_nothing_is_believed(said: Image.Exif) -> None:
    assert np.abs(seen(saved(flat(GREEN), "PNG", exif=said)) - GREEN).max() == 0


def test_primaries_stand_in_exif_and_tiff_too() -> None:
    adobe = saved(flat(GREEN), "TIFF", exif=exif(space=2).tobytes())
    assert np.abs(seen(adobe) - (0, 180, 41)).max() <= 1
    wide = exif(
        WhitePoint=(0.3127, 0.3290),
        PrimaryChromaticities=(0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    )
    for kind in ("TIFF", "PNG"):
        green = seen(saved(flat((100, 180, 100)), kind, exif=wide))[0, 0]
        assert green[0] < 60 and green[1] > 180


@pytest.mark.parametrize("code", [12, 9], ids=["P3", "BT.2020"])
def test_primaries_can_be_said_by_number(code: int) -> None:
    red = seen(png(flat((200, 60, 60)), cICP=bytes((code, 13, 0, 1))))[0, 0]
    assert red[0] > 210 and red[1] < 60


def _pq(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """The signal of so many cd/m2 (SMPTE ST 2084)."""
    power = (light / 10_000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)


def _hlg(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """The signal of so many cd/m2 on a display of 1000 (BT.2100)."""
    scene = (light / 1000) ** (1 / 1.2)
    return np.where(
        scene <= 1 / 12,
        (3 * scene) ** 0.5,
        0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073,
    )


HDR = {16: _pq, 18: _hlg}
STEPS = np.array([0.1, 2, 10, 40, 100, 203, 400, 800])  # cd/m2


def hdr(transfer: int) -> Image.Image:
    signal = (HDR[transfer](STEPS) * 255).round().astype(np.uint8)
    return Image.fromarray(np.repeat(np.tile(signal, (64, 1))[..., None], 3, -1)).resize(
        (512, 64), Image.Resampling.NEAREST
    )


def as_avif(image: Image.Image, transfer: int) -> bytes:
    data = bytearray(saved(image, "AVIF", quality=95, subsampling="4:4:4"))
    at = data.index(b"colrnclx") + 8
    data[at : at + 4] = struct.pack(">HH", 9, transfer)
    return bytes(data)


@pytest.mark.parametrize("transfer", HDR, ids=["PQ", "HLG"])
@pytest.mark.parametrize("kind", ["PNG", "HEIC", "AVIF"])
def test_hdr_is_neither_black_nor_burnt(kind: str, transfer: int) -> None:
    image = hdr(transfer)
    if kind == "PNG":
        data = png(image, cICP=bytes((9, transfer, 0, 1)))
    elif kind == "HEIC":
        options = {"color_primaries": 9, "transfer_characteristics": transfer}
        data = heic(image, save_nclx_profile=True, **options)
    else:
        data = as_avif(image, transfer)
    shown = seen(data, min_side=64)[32, 32::64, 1]  # the middle of each step
    assert (np.diff(shown) > 2).all(), shown  # every step stays apart
    assert shown[0] < 30 and shown[-1] > 235
    sdr = 255 * np.interp(
        STEPS[:4] / 203,
        [0, 0.0031308, *(x := np.linspace(0.004, 1, 99))],
        [0, 0.04045, *(1.055 * x ** (1 / 2.4) - 0.055)],
    )
    assert np.abs(shown[:4] - sdr).max() < 14  # what is below white looks as it does in SDR
    assert 150 < shown[5] < 250


def test_a_profile_can_say_hdr_too() -> None:
    profile = profiles.rgb(profiles.SRGB) + b"cicp\0\0\0\0" + bytes((9, 16, 0, 1))
    dim = seen(saved(hdr(16), "PNG", icc_profile=profile), min_side=64)[32, 32::64, 1]
    assert (dim == seen(png(hdr(16), cICP=bytes((9, 16, 0, 1))), min_side=64)[32, 32::64, 1]).all()


def tiff(values: NDArray[np.generic], **tags: int) -> bytes:
    """A grey TIFF as bytes, with tags of any value, which no library writes."""
    names = {"bits": 258, "photometric": 262, "lowest": 280, "highest": 281, "format": 339}
    height, width = values.shape
    own = {"bits": values.itemsize * 8, "photometric": 1, **tags}
    fields = {256: width, 257: height, 259: 1, 277: 1, 278: height, 279: values.nbytes, 339: 1}
    fields |= {names[name]: value for name, value in own.items()}
    fields[273] = 8 + 2 + 12 * (len(fields) + 1) + 4
    ifd = b"".join(struct.pack("<HHII", tag, 4, 1, fields[tag]) for tag in sorted(fields))
    ifd = ifd.replace(struct.pack("<HH", 258, 4), struct.pack("<HH", 258, 3))
    ifd = ifd.replace(struct.pack("<HH", 339, 4), struct.pack("<HH", 339, 3))
    return b"II*\0" + struct.pack("<IH", 8, len(fields)) + ifd + b"\0" * 4 + values.tobytes()


RAMP = np.tile(np.linspace(0, 1, 64), (48, 1))
WANTED = np.repeat((RAMP * 255)[..., None], 3, -1)


def close_to(data: bytes, wanted: NDArray[np.float64] = WANTED, most: float = 1.01) -> None:
    assert np.abs(seen(data) - wanted).max() <= most


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_a_grey_tiff_is_as_bright_as_its_depth(bits: int) -> None:
    values = (RAMP * ((1 << bits) - 1)).round().astype("<u2")
    close_to(tiff(values))
    close_to(tiff(values, highest=(1 << bits) - 1))
    half = (values // 2).astype("<u2")
    close_to(tiff(half, highest=(1 << bits) - 1), WANTED / 2, 2)
    close_to(tiff(values, photometric=0), 255 - WANTED)
    close_to(tiff(values, photometric=0, highest=(1 << bits) - 1), 255 - WANTED)


def big_endian(values: NDArray[np.generic], **tags: int) -> bytes:
    """The same file, with its numbers the other way round."""
    data = tiff(values, **tags)
    (count,) = struct.unpack_from("<H", data, 8)
    fields = [struct.unpack_from("<HHII", data, 10 + 12 * at) for at in range(count)]
    ifd = b"".join(
        struct.pack(
            ">HHIHH" if kind == 3 else ">HHII",
            tag,
            kind,
            *((1, value, 0) if kind == 3 else (1, value)),
        )
        for tag, kind, _, value in fields
    )
    pixels = values.astype(values.dtype.newbyteorder(">")).tobytes()
    return b"MM\0*" + struct.pack(">IH", 8, count) + ifd + b"\0" * 4 + pixels


@pytest.mark.parametrize("written", [tiff, big_endian])
def test_whole_numbers_of_32_bits_have_the_sign_that_their_file_says(
    written: Callable[..., bytes],
) -> None:
    unsigned = (RAMP * (2**32 - 1)).astype("<u4")
    close_to(written(unsigned))
    close_to(written(unsigned, photometric=0), 255 - WANTED)
    close_to(written((RAMP * 65535).astype("<u4")))
    close_to(written((RAMP * 4095).astype("<u4"), highest=4095))
    close_to(written((RAMP * (2**31 - 1)).astype("<i4"), format=2))
    close_to(written(((RAMP - 0.5) * 4e9).astype("<i4"), format=2), most=2)
    close_to(written((RAMP * (2**31 - 1)).astype("<i4"), format=2, photometric=0), 255 - WANTED)
    large = np.kron(unsigned, np.ones((20, 20), "<u4"))  # is shrunk
    assert np.abs(seen(written(large))[:: 960 // 48][:48].mean() - WANTED.mean()) < 3


def test_twelve_bits_packed_are_read_as_such() -> None:
    values = (RAMP / 2 * 4095).round().astype(np.uint16)
    first, second = values[:, ::2], values[:, 1::2]
    packed = np.stack([first >> 4, ((first & 15) << 4) | (second >> 8), second & 255], -1)
    data = tiff(packed.astype(np.uint8).reshape(48, -1), bits=12)
    width = struct.pack("<HHII", 256, 4, 1, 96)
    close_to(data.replace(width, struct.pack("<HHII", 256, 4, 1, 64)), WANTED / 2, 2)


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_a_grey_png_is_as_bright_as_its_significant_bits(bits: int) -> None:
    values = (RAMP * ((1 << bits) - 1)).round().astype(np.uint16)
    close_to(png(Image.fromarray(values)), WANTED * ((1 << bits) - 1) / 65535)  # it has 16
    close_to(png(Image.fromarray(values), sBIT=bytes((bits,))))
    half = (values // 2).astype(np.uint16)
    close_to(png(Image.fromarray(half), sBIT=bytes((bits,))), WANTED / 2, 2)
    scaled = (values << (16 - bits)).astype(np.uint16)  # as PNG wants it
    close_to(png(Image.fromarray(scaled), sBIT=bytes((bits,))), WANTED, 2)
    dark = (scaled // 20 // (1 << (16 - bits)) << (16 - bits)).astype(np.uint16)
    close_to(png(Image.fromarray(dark), sBIT=bytes((bits,))), WANTED / 20, 2)


@pytest.mark.parametrize("highest", [700, 3000, 9000, 14000, 20000])
def test_sixteen_bits_that_are_dark_stay_dark(highest: int) -> None:
    values = np.random.default_rng(3).integers(0, highest + 1, (48, 64)).astype("<u2")
    wanted = np.repeat((values / 65535 * 255)[..., None], 3, -1)
    close_to(png(Image.fromarray(values)), wanted)
    close_to(tiff(values, highest=65535), wanted)
    if highest * 16 > 65535:  # of a file that says nothing, while something is to be seen
        close_to(tiff(values), wanted)


@pytest.mark.parametrize("shift", [2, 4, 6])
def test_what_a_sensor_measured_and_scaled_to_sixteen_bits_is_not_scaled_again(shift: int) -> None:
    values = np.random.default_rng(4).integers(0, 3000 >> shift, (48, 64)).astype("<u2") << shift
    wanted = np.repeat((values / 65535 * 255)[..., None], 3, -1)
    close_to(tiff(values.astype("<u2")), wanted)


FLOAT_LEAST = float(np.finfo(np.float32).min)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95], ids=["a hole", "half", "nearly all"])
@pytest.mark.parametrize(
    "fill", [FLOAT_LEAST, -FLOAT_LEAST, 1e20, 9.96921e36, -9999.0, -99999.0, -1e10, np.nan, np.inf]
)
@pytest.mark.parametrize("low", [0.0, 1200.0, -40.0], ids=["from 0", "high land", "degrees"])
def test_places_where_a_raster_holds_nothing_leave_the_others_as_bright(
    low: float, fill: float, share: float
) -> None:
    rising = RAMP * 300 + low
    empty = np.random.default_rng(5).random(RAMP.shape) < share
    shown = seen(tiff(np.where(empty, fill, rising).astype("<f4"), format=3))[..., 0]
    assert np.abs(shown - WANTED[..., 0])[~empty].max() <= 22
    assert len(set(shown[empty])) == 1


@pytest.mark.parametrize(
    ("said", "fill"), [("-1", -1.0), ("0", 0.0), ("1e+06", 1e6), (" 255 ", 255.0), ("65535", 65535)]
)
def test_gdal_names_the_value_that_is_none(said: str, fill: float) -> None:
    values = (RAMP * 200 + 20).astype(np.float32)
    values[:20] = fill
    image = Image.fromarray(values)
    data = saved(image, "TIFF", tiffinfo={42113: said})
    shown = seen(data)[..., 0]
    assert (shown[:20] == 0).all()
    assert np.abs(shown[20:] - (RAMP * 200 + 20)[20:]).max() <= 1


def test_whole_numbers_have_empty_places_too() -> None:
    values = (RAMP * 3000 + 500).astype("<i2")
    values[:10] = -32768
    shown = seen(tiff(values, format=2))[..., 0]
    assert (shown[:10] == 0).all() and shown[20, 0] < 40 and shown[20, 63] > 200
    values[:10] = -9999
    assert (seen(tiff(values, format=2))[..., 0] == shown).all()


@pytest.mark.parametrize("value", [0.0, -9999.0, FLOAT_LEAST, np.nan])
def test_a_raster_of_nothing_else_is_black(value: float) -> None:
    assert (seen(tiff(np.full((48, 64), value, "<f4"), format=3)) == 0).all()


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        (RAMP, 1.0),
        (RAMP * 255, 1.0),
        (np.where(RAMP > 0.98, np.nan, RAMP), 0.97),
        (np.where(RAMP > 0.98, np.inf, RAMP * 0.97), 0.97),
        (RAMP * 2 - 1, 1.0),
        (RAMP * 8, 1.0),
        (RAMP * 30000, 1.0),
    ],
    ids=["to 1", "to 255", "nan", "inf", "about 0", "brighter than white", "counts"],
)
def test_a_float_tiff_is_neither_black_nor_burnt(values: NDArray[np.float64], kept: float) -> None:
    shown = seen(tiff(values.astype("<f4"), format=3))[..., 0]
    part = slice(0, int(64 * kept))
    assert (np.diff(shown[0, part]) >= 0).all()
    assert shown[0, part].max() > 225 and shown[0, part].min() < 5
    assert 95 < np.median(shown[0, part]) < 160


def test_signed_greys_have_both_their_sides() -> None:
    close_to(tiff(((RAMP - 0.5) * 60000).round().astype("<i2"), format=2))


@pytest.mark.parametrize("photometric", [0, 1])
def test_eight_bit_greys_are_left_alone(photometric: int) -> None:
    values = (RAMP * 100).round().astype(np.uint8)
    wanted = np.repeat(values[..., None], 3, -1).astype(np.float64)
    close_to(tiff(values, photometric=photometric), 255 - wanted if photometric == 0 else wanted)


def test_a_thumbnail_for_a_page_or_a_terminal_shows_these_colours_and_carries_no_profile(
    tmp_path: Path,
) -> None:
    from app.output.small_pictures import encoded, shrunk

    path = tmp_path / "red.jpg"
    path.write_bytes(saved(flat(RED), "JPEG", icc_profile=profiles.swapped(size=70_000)))
    for kind in ("PNG", "WEBP", "JPEG"):
        with Image.open(BytesIO(encoded(shrunk(path, 32), kind))) as shown:
            assert "icc_profile" not in shown.info
            assert np.abs(np.asarray(shown.convert("RGB"), np.int16) - BLUE).max() <= 12
    assert np.abs(np.asarray(read_picture(path, min_side=8).image, np.int16) - BLUE).max() <= 12


@settings(max_examples=60)
@given(st.binary(max_size=64), st.sampled_from(["cICP", "sBIT", "gAMA", "cHRM"]))
def test_a_damaged_word_on_colours_never_costs_the_picture(held: bytes, name: str) -> None:
    data = bytearray(png(flat(RED)))
    chunk = struct.pack(">I", len(held)) + name.encode() + held
    data[33:33] = chunk + struct.pack(">I", crc32(chunk[4:]))
    try:
        assert seen(bytes(data)).shape == (48, 64, 3)
    except UndecodableBytes as error:
        assert "PNG" in str(error)  # Pillow's own reading of a chunk that is too short
