"""What XMP says (ISO 16684-1): in the file, or in a file beside it that a picture manager wrote.

Pillow's getxmp drops the namespaces that tell properties apart, and opens no file beside it.
"""

import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from retrievers.pictures.metadata.date_texts import read_date
from retrievers.pictures.metadata.exif import camera_from, stars
from retrievers.pictures.metadata.facts import Facts, OnBroken, Source, date, place
from retrievers.pictures.metadata.texts import line
from retrievers.text.encodings import decoded

MOST_BYTES = 1 << 23

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
_TIFF = "{http://ns.adobe.com/tiff/1.0/}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_LIGHTROOM = "{http://ns.adobe.com/lightroom/1.0/}"
_DIGIKAM = "{http://www.digikam.org/ns/1.0/}"
_PERSONS = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}PersonInImage"
_SUPPLEMENTAL = f"{_PHOTOSHOP}SupplementalCategories"
_ANYWHERE = (  # names of faces, and keywords in trees
    "{http://www.metadataworkinggroup.com/schemas/regions/}Name",
    "{http://ns.microsoft.com/photo/1.2/t/Region#}PersonDisplayName",
    "{http://www.metadataworkinggroup.com/schemas/keywords/}Keyword",
)
_ACDSEE = "{http://ns.acdsee.com/iptc/1.0/}"  # its names in small letters
_MICROSOFT = ("{http://ns.microsoft.com/photo/1.0/}", "{http://ns.microsoft.com/photo/1.0}")

_DATES = (
    f"{_EXIF}DateTimeOriginal",
    f"{_PHOTOSHOP}DateCreated",
    f"{_XMP}CreateDate",
    f"{_EXIF}DateTimeDigitized",
    f"{_ACDSEE}datetime",
)
_TITLES = (f"{_DC}title", f"{_PHOTOSHOP}Headline")
_TEXTS = (
    *(f"{_DC}description", f"{_EXIF}UserComment", f"{_TIFF}ImageDescription"),
    *(f"{_ACDSEE}caption", f"{_ACDSEE}notes"),
)
_TAGS = (f"{_DC}subject", _PERSONS, f"{_ACDSEE}keywords", _SUPPLEMENTAL, *_ANYWHERE)
_PATHS = (  # Places|Norway|Bergen
    f"{_LIGHTROOM}hierarchicalSubject",
    f"{_DIGIKAM}TagsList",
    *(f"{name}LastKeywordXMP" for name in _MICROSOFT),
    "{http://ns.iview-multimedia.com/mediapro/1.0/}CatalogSets",
    f"{_ACDSEE}categories",
)
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_DEGREES = re.compile(r"(\d{1,3}),(\d{1,2}(?:\.\d{1,12})?)(?:,(\d{1,2}(?:\.\d{1,12})?))?([NSEW])")

Properties = dict[str, list[str]]


def facts_of_xmp(
    packet: bytes, source: Source, *, on_broken: OnBroken = lambda reason: None
) -> Facts:
    """Return what a packet or a sidecar says; nothing if it is broken, or too large to be one."""
    try:
        held = _properties(packet)
    except ValueError as error:
        on_broken(str(error))
        return Facts()
    dates = (date(read_date(text), source) for text in _all(held, _DATES))
    paths = (level for path in _all(held, _PATHS) for level in re.split(r"[|/]", path))
    tags = dict.fromkeys(tag.strip() for tag in (*_all(held, _TAGS), *paths))
    tongues = held.get(f"{_DC}title", ())[1:]  # the title again, in other languages
    percents = tuple(f"{name}Rating" for name in _MICROSOFT)
    return Facts(
        dates=next((found for found in dates if found), ()),
        camera=camera_from(_first(held, f"{_TIFF}Make"), _first(held, f"{_TIFF}Model")),
        gps=place(
            _degrees(_first(held, f"{_EXIF}GPSLatitude")),
            _degrees(_first(held, f"{_EXIF}GPSLongitude")),
        ),
        title=next(_all(held, _TITLES), None),
        description="\n".join(dict.fromkeys((*_all(held, _TEXTS), *tongues))) or None,
        tags=tuple(tag for tag in tags if tag),
        rating=stars(_first(held, f"{_XMP}Rating"), _first(held, *percents))
        or stars(_first(held, f"{_ACDSEE}rating")),
    )


def _properties(packet: bytes) -> Properties:
    """Return the values of every property by its name, those of alternatives for all first."""
    root = _root(packet)
    held: Properties = {}
    for rdf in [root] if root.tag == f"{_RDF}RDF" else root.findall(f".//{_RDF}RDF"):
        for description in rdf.findall(f"{_RDF}Description"):
            for name, value in description.attrib.items():
                _add(held, name, [value])
            for child in description:
                _add(held, child.tag, _values(child))
    for name in _ANYWHERE:
        held[name] = []
        _add(held, name, _anywhere(root, name))
    return held


def _root(packet: bytes) -> Element:
    """Parse a packet, whatever encoding it declares, or is in.

    Raises:
        ValueError: it is no XML, too large, or its characters cannot be told.
    """
    if len(packet) > MOST_BYTES:
        raise ValueError(f"{len(packet):,} bytes; the limit is {MOST_BYTES:,}")
    wide = b"\0" in packet[:4]  # zeros are half of it
    text = decoded(packet if wide else packet.strip(b"\0 \t\r\n"))
    try:
        root: Element = fromstring(_DECLARATION.sub("", text.strip("\0 \t\r\n\ufeff"), count=1))
    except (ParseError, DefusedXmlException, LookupError, RecursionError) as error:
        raise ValueError(f"no XML: {error}") from error
    return root


def _add(held: Properties, name: str, values: Iterable[str]) -> None:
    if name.startswith(_ACDSEE):
        name = name.lower()
    if name == f"{_ACDSEE}categories":
        values = [path for value in values for path in _assigned(value)]
    lines = (line(value) for value in values)
    held.setdefault(name, []).extend(text for text in lines if text)


def _values(element: Element) -> list[str]:
    items = element.findall(f"./*/{_RDF}li")
    if not items:
        return [element.text or ""]
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    return [item.text or "" for item in sorted(items, key=lambda i: _rank(i.get(language)))]


def _rank(language: str | None) -> bool:
    return language not in (None, "x-default")


def _anywhere(root: Element, name: str) -> Iterator[str]:
    for element in root.iter():
        if value := element.get(name):
            yield value
        if element.tag == name:
            yield element.text or ""


def _assigned(text: str) -> Iterator[str]:
    """Yield the categories that ACDSee marks in its tree of all, each with those above it."""
    try:
        root: Element = fromstring(text)
    except (ParseError, DefusedXmlException, LookupError, RecursionError, ValueError):
        return
    above = [(root, "")]
    while above:
        element, path = above.pop()
        own = f"{path}|{(element.text or '').strip()}".strip("|")
        if element.get("Assigned") == "1":
            yield own
        above += [(inner, own) for inner in element]


def _all(held: Properties, names: Iterable[str]) -> Iterator[str]:
    return (value for name in names for value in held.get(name, ()))


def _first(held: Properties, *names: str) -> str:
    return next(_all(held, names), "")


def _degrees(text: str) -> float | None:
    if not (found := _DEGREES.fullmatch(text.replace(" ", ""))):
        return None
    value = int(found[1]) + float(found[2]) / 60 + float(found[3] or 0) / 3600
    return -value if found[4] in "SW" else value
