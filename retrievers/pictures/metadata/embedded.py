"""What a picture file itself says, whatever its kind: EXIF, XMP, IPTC and PNG texts."""

from PIL.Image import Exif, Image
from PIL.ImageFile import ImageFile

from retrievers.pictures.metadata.exif import facts_of_exif, names_in_exif
from retrievers.pictures.metadata.facts import Facts, merged
from retrievers.pictures.metadata.iptc import facts_of_iptc, names_in_iptc
from retrievers.pictures.metadata.png import PngChunks, facts_of_png, png_chunks
from retrievers.pictures.metadata.strange import readable_facts
from retrievers.pictures.metadata.xmp import facts_of_xmp

_TIFF_XMP = 700
_WRAPPERS = ((b"<x:xmpmeta", b"</x:xmpmeta>"), (b"<rdf:RDF", b"</rdf:RDF>"))
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"  # then its GUID, whole size and offset


def facts_in(image: ImageFile, data: bytes) -> Facts:
    """Read what is said inside a file; its pixels need not be loaded.

    Args:
        image: opened from `data`.
        data: the whole file.
    """
    chunks = png_chunks(data) if image.format == "PNG" else PngChunks()
    exif = _exif(image, chunks)
    parts = [
        *(facts_of_xmp(packet, "xmp") for packet in _packets(image, chunks, data)),
        facts_of_iptc(image),
        facts_of_exif(exif),
        facts_of_png(chunks),
    ]
    return merged(readable_facts(parts, [*names_in_iptc(image), *names_in_exif(exif)]))


def _exif(image: ImageFile, chunks: PngChunks) -> Exif:
    exif = Exif()
    try:
        if chunks.exif:
            exif.load(chunks.exif)
            return exif
        return Image.getexif(image)  # a PNG's own would decode the picture
    except Exception:  # Pillow raises nearly anything on broken EXIF
        return exif


def _packets(image: ImageFile, chunks: PngChunks, data: bytes) -> list[bytes]:
    """Return the packet, and of a JPEG what did not fit into its segment."""
    packet = chunks.xmp or _packet(image) or _wrapped(data)
    extended: dict[bytes, dict[int, bytes]] = {}
    for name, body in getattr(image, "applist", ()):
        if name == "APP1" and body.startswith(_EXTENSION):
            head, data = body[len(_EXTENSION) :][:40], body[len(_EXTENSION) + 40 :]
            extended.setdefault(head[:32], {})[int.from_bytes(head[36:40], "big")] = data
    parts = {guid: b"".join(at[one] for one in sorted(at)) for guid, at in extended.items()}
    named = [part for guid, part in parts.items() if guid in packet]
    return [packet, *(named or (parts.values() if len(parts) == 1 else ()))]


def _wrapped(data: bytes) -> bytes:
    """Find a packet by its wrapper, which is there to be found in any file (ISO 16684-1, 7.4)."""
    for begin, end in _WRAPPERS:
        if (start := data.find(begin)) >= 0 and (stop := data.find(end, start)) >= 0:
            return data[start : stop + len(end)]
    return b""


def _packet(image: ImageFile) -> bytes:
    held = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if held is None and image.format == "TIFF":
        held = getattr(image, "tag_v2", {}).get(_TIFF_XMP)
    if isinstance(held, tuple) and all(isinstance(one, int) for one in held):
        held = bytes(one & 255 for one in held)
    if isinstance(held, str):
        return held.encode("utf-8", "replace")
    return held if isinstance(held, bytes) else b""
