"""What a JPEG 2000 file says outside its pixels (ISO/IEC 15444-1), and how far it can be reduced.

Its decoder leaves out the finest levels at a quarter of the work each, which large scans need.
"""

BOXED, BARE = b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"
"""How a file with boxes, and how a codestream alone begins."""
MOST_HEADER = 1 << 20  # bytes in which profile, EXIF and the codestream's header begin
NS_BYTE, NS_PIXEL = 500.0, 150.0  # of a codestream, and of what is made of it
_LEVELS = b"\xff\x52"  # the marker COD (A.6.1): 9 bytes on is the number of levels
_PROFILE = b"colr\2"  # with a restricted profile (I.5.3.3)
_EXIF = b"uuidJpgTiffExif->JP2"


def halvings(data: bytes, size: tuple[int, int], min_side: int) -> int:
    """Return how often a picture can be halved and still be `min_side` wide and high."""
    at = data.find(_LEVELS, 0, MOST_HEADER)
    levels = data[at + 9] if 0 <= at < len(data) - 9 else 0
    most = (min(size) // max(1, min_side)).bit_length() - 1
    return max(0, min(levels, most))


def seconds(data: bytes, pixels: int, times: int) -> float:
    """Return what decoding takes, halved so many times."""
    return 1e-9 * (NS_BYTE * len(data) + NS_PIXEL * pixels) / 4.0**times


def blocks(data: bytes, pixels: int) -> float:
    """Return into how many code-blocks the pixels fall; the decoder makes room for each at once."""
    at = data.find(_LEVELS, 0, MOST_HEADER)
    sides = data[at + 10 : at + 12] if at >= 0 else b""
    return pixels / 2.0 ** sum(2 + (side & 15) for side in sides or b"\4\4")


def boxed_metadata(data: bytes) -> dict[str, bytes]:
    """Return the ICC profile and the EXIF that the boxes hold, by Pillow's names."""
    found = {"icc_profile": _in_box(data, _PROFILE, skip=3), "exif": _in_box(data, _EXIF)}
    return {name: held for name, held in found.items() if held}


def _in_box(data: bytes, start: bytes, *, skip: int | None = None) -> bytes:
    at = data.find(start, 0, MOST_HEADER) if data.startswith(BOXED) else -1
    if at < 4:
        return b""
    begin = at + (4 + skip if skip is not None else len(start))
    return data[begin : at - 4 + int.from_bytes(data[at - 4 : at], "big")]
