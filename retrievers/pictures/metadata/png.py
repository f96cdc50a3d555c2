"""What a PNG's chunks say: texts (tEXt, zTXt, iTXt), the last change (tIME), and EXIF and XMP."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from retrievers.pictures.metadata.date_texts import Read, at, day_of, read_date
from retrievers.pictures.metadata.facts import Facts, date, merged
from retrievers.pictures.metadata.texts import line

MOST_TEXT = 1 << 20  # bytes of a text, unpacked
MOST_TOGETHER = 1 << 23  # bytes of all texts
MOST_CHUNKS = 10_000
_XMP = "xml:com.adobe.xmp"
_DATES = ("creation time", "create time", "date created", "date:taken", "exif:datetimeoriginal")
_TITLES = ("title",)
_TEXTS = ("description", "comment", "caption", "subject", "usercomment", "imagedescription")
_TAGS = ("keywords", "tags", "keyword")


@dataclass(slots=True)
class PngChunks:
    """The chunks that say something; `texts` by keyword in small letters, the first of each."""

    texts: dict[str, bytes] = field(default_factory=dict)
    changed: bytes = b""
    exif: bytes = b""

    @property
    def xmp(self) -> bytes:
        return self.texts.get(_XMP, b"")


def png_chunks(data: bytes) -> PngChunks:
    """Read the chunks of a PNG, also those after the pixels; what is broken is passed over."""
    found, held = PngChunks(), 0
    for kind, body in _chunks(data):
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, text = _text(kind, body)
            if (held := held + len(text)) > MOST_TOGETHER:
                break
            found.texts.setdefault(keyword, text)
        elif kind == b"tIME":
            found.changed = body
        elif kind == b"eXIf":
            found.exif = body
    return found


def facts_of_png(chunks: PngChunks) -> Facts:
    """Return what the texts and the time of the last change say."""
    texts = {keyword: line(text) for keyword, text in chunks.texts.items() if keyword != _XMP}
    said = [text for keyword in _TEXTS if (text := texts.get(keyword))]
    tags = [tag for keyword in _TAGS for tag in texts.get(keyword, "").replace(";", ",").split(",")]
    return merged(
        [
            *(Facts(dates=date(read_date(text), "png")) for text in _of(texts, _DATES)),
            Facts(
                dates=date(_changed(chunks.changed), "png_changed"),
                title=next(_of(texts, _TITLES), None),
                description="\n".join(said) or None,
                tags=tuple(tag.strip() for tag in tags if tag.strip()),
            ),
        ]
    )


def _of(texts: Mapping[str, str], keywords: tuple[str, ...]) -> Iterator[str]:
    return (texts[keyword] for keyword in keywords if texts.get(keyword))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at_ = 8
    for _ in range(MOST_CHUNKS):
        size, kind = int.from_bytes(data[at_ : at_ + 4], "big"), data[at_ + 4 : at_ + 8]
        if len(kind) < 4 or kind == b"IEND":
            return
        yield kind, data[at_ + 8 : at_ + 8 + min(size, MOST_TEXT)] if kind != b"IDAT" else b""
        at_ += size + 12


def _text(kind: bytes, body: bytes) -> tuple[str, bytes]:
    keyword, _, rest = body.partition(b"\0")
    name = keyword[:79].decode("latin-1").lower()
    if kind == b"tEXt":
        return name, rest
    if kind == b"zTXt":
        return name, _unpacked(rest[1:])
    packed, rest = rest[:1] == b"\1", rest[2:]
    text = rest.partition(b"\0")[2].partition(b"\0")[2]  # after the language, twice
    return name, _unpacked(text) if packed else text


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MOST_TEXT)
    except zlib.error:
        return b""


def _changed(body: bytes) -> Read | None:
    if len(body) != 7:
        return None
    day = day_of(int.from_bytes(body[:2], "big"), body[2], body[3])
    return Read(at(day, *map(str, body[4:7])), "+00:00") if day else None
