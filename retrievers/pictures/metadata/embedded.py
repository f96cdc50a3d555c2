"""What a picture file itself says, whatever its kind: EXIF, XMP, IPTC and PNG texts."""

from PIL.Image import Exif
from PIL.ImageFile import ImageFile

from retrievers.pictures.metadata.exif import facts_of_exif
from retrievers.pictures.metadata.facts import Facts, merged
from retrievers.pictures.metadata.iptc import facts_of_iptc
from retrievers.pictures.metadata.png import PngChunks, facts_of_png, png_chunks
from retrievers.pictures.metadata.xmp import facts_of_xmp

_TIFF_XMP = 700


def facts_in(image: ImageFile, data: bytes) -> Facts:
    """Read what is said inside a file; its pixels need not be loaded.

    Args:
        image: opened from `data`.
        data: the whole file.
    """
    chunks = png_chunks(data) if image.format == "PNG" else PngChunks()
    return merged(
        [
            facts_of_xmp(chunks.xmp or _packet(image), "xmp"),
            facts_of_iptc(image),
            facts_of_exif(_exif(image, chunks)),
            facts_of_png(chunks),
        ]
    )


def _exif(image: ImageFile, chunks: PngChunks) -> Exif:
    exif = Exif()
    try:
        if chunks.exif:
            exif.load(chunks.exif)
            return exif
        return image.getexif()
    except Exception:  # Pillow raises nearly anything on broken EXIF
        return exif


def _packet(image: ImageFile) -> bytes:
    held = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if held is None and image.format == "TIFF":
        held = getattr(image, "tag_v2", {}).get(_TIFF_XMP)
    if isinstance(held, tuple) and all(isinstance(one, int) for one in held):
        held = bytes(one & 255 for one in held)
    if isinstance(held, str):
        return held.encode("utf-8", "replace")
    return held if isinstance(held, bytes) else b""
