"""Text files that other programs wrote: in which encoding they are, or why that cannot be told.

The mark at the start decides, then what the file declares, then UTF-8, then UTF-16 and UTF-32
without a mark; what is left is an older code page, which charset-normalizer tells by how well it
reads. Nothing is ever replaced: text that is not certain is refused rather than searched for,
scored or trained on.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import IO

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Which code page is meant where several read equally well: texts in Latin letters with a few
# others among them, and texts that hardly have a Latin letter.
LATIN = ("cp1252", "cp1250", "cp1254", "mac_roman", "cp850", "cp437")
OTHERS = (
    *("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp866", "iso8859_5"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949", "cp874"),
)
KANA = re.compile("[\u3041-\u30fa]")
KANALESS = {"gb18030", "big5", "cp949"}  # encodings of languages that have no use for them
ALIKE = 0.05  # difference of charset-normalizer's disorder that tells nothing
UNLIKELY = re.compile(  # half-width kana, private use, controls, frames, marks in words
    "[\uff61-\uff9f\ue000-\uf8ff\x80-\x9f\u2500-\u25ff\x00-\x08\x0e-\x1f]"
    r"|(?<=[^\W\d_])[^\w\s\x00-\x7f’‘·‐-―\u0300-\u036f\u0590-\u0900\u0e00-\u0e7f](?=[^\W\d_])"
    r"|[¿³‰](?=[a-zóß-ÿ]{2})|(?<=[^\W\d_])[\xb2\xb3\xb9]"
    r"|[a-zA-Z][\u0370-\u0fff]|[\u0370-\u0fff][a-zA-Z]"  # two alphabets in one word
)
DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']""")
CHUNK = 1 << 20
SAMPLE = 1 << 15  # bytes of lines that are not ASCII


class UnreadableText(ValueError):  # noqa: N818 - reads as what it is
    """The bytes are no text in an encoding that can be told; the message is the reason."""


def decoded(data: bytes) -> str:
    """Return a text's characters, without a byte order mark.

    Raises:
        UnreadableText: they cannot be told.
    """
    try:
        return data.decode(_encoding(data, whole=True))
    except UnicodeDecodeError as error:  # a mark of one encoding before the bytes of another
        raise UnreadableText(str(error)) from error


def read_text(path: Path) -> str:
    """Return what a text file says.

    Raises:
        OSError: it cannot be read.
        UnreadableText: it is no text; the message names the file.
    """
    data = path.read_bytes()
    with _naming(path):
        return decoded(data)


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """Open a text file to be read line by line, however large it is.

    Raises:
        OSError: it cannot be read.
        UnreadableText: it is no text; the message names the file. Also while it is read.
    """
    with _naming(path):
        encoding = _encoding_of(path)
        with path.open(encoding=encoding, newline="") as file:
            yield file


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except (UnreadableText, UnicodeDecodeError) as error:
        raise UnreadableText(
            f"{path}: its characters cannot be told ({error}); save it as UTF-8"
        ) from error


def _encoding_of(path: Path) -> str:
    """Go through a file once; keep no more of it than is needed to tell."""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        first = file.read(CHUNK)
        if marked := _marked(first):
            return marked
        if b"\0" in first:
            return _encoding(first, whole=False)
        try:
            chunk = first
            while chunk:
                utf8.decode(chunk)
                chunk = file.read(CHUNK)
            utf8.decode(b"", final=True)
            return "utf-8"
        except UnicodeDecodeError:
            file.seek(0)
            return _code_page(_telling(file))


def _encoding(data: bytes, *, whole: bool) -> str:
    if marked := _marked(data):
        return marked
    if (said := DECLARED.match(data)) and _reads(data, said[1].decode("ascii")):
        return said[1].decode("ascii")
    if b"\0" in data:
        return _wide(data, whole=whole)
    if _reads(data, "utf-8"):
        return "utf-8"
    return _code_page(_telling(data.splitlines(keepends=True)))


def _marked(data: bytes) -> str:
    return next((name for mark, name in MARKS if data.startswith(mark)), "")


def _wide(data: bytes, *, whole: bool) -> str:
    """Tell UTF-16 and UTF-32 by which bytes are 0; no text in a narrower encoding holds any."""
    if not whole:
        data = data[: len(data) // 4 * 4]
    low_first = data[1::2].count(0) >= data[::2].count(0)
    pair = ("utf-16-le", "utf-16-be") if low_first else ("utf-16-be", "utf-16-le")
    for name in ("utf-32-le", "utf-32-be", *pair):
        if _reads(data, name) and _is_text(data.decode(name)):
            return name
    raise UnreadableText("it holds bytes that are 0, and is no UTF-16")


def _is_text(text: str) -> bool:
    """Whether most of it is what people write; the wrong order of bytes gives unassigned ones."""
    spaced = sum(c.isspace() for c in text)
    plain = sum(c.isprintable() and not "\ue000" <= c <= "\uf8ff" for c in text)
    return len(text) > 0 and (plain + spaced) >= 0.98 * len(text)


def _reads(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _telling(lines: "IO[bytes] | list[bytes]") -> bytes:
    """Return the first lines that are not ASCII, which alone tell one code page from another."""
    found, size = [], 0
    for line in lines:
        if not line.isascii():
            found.append(line)
            size += len(line)
            if size >= SAMPLE:
                break
    return b"".join(found)


def _code_page(data: bytes) -> str:
    from charset_normalizer import from_bytes

    bytes_above = sum(byte > 0x7F for byte in data)
    latin = sum(chr(byte).isalpha() for byte in data if byte < 0x80)
    names = (*LATIN, *OTHERS) if bytes_above <= latin else (*OTHERS, *LATIN)
    matches = list(from_bytes(data, cp_isolation=list(names), preemptive_behaviour=False))
    odd = {one.encoding: _oddities(str(one), one.encoding) for one in matches}
    matches = [one for one in matches if odd[one.encoding] == min(odd.values())]
    best = min((one.chaos for one in matches), default=0.0)
    alike = [one for one in matches if one.chaos <= best + ALIKE]
    if alike:  # the more of a language, the better; in a tie the commoner
        return min(alike, key=lambda one: (-one.coherence, names.index(one.encoding))).encoding
    raise UnreadableText("neither UTF-8 nor any code page reads well")


def _oddities(text: str, encoding: str) -> int:
    """Count what a text hardly holds if it was read in its own encoding."""
    capitals = sum(a.islower() and b.isupper() for a, b in pairwise(text))
    kana = len(KANA.findall(text)) if encoding in KANALESS else 0
    return len(UNLIKELY.findall(text)) + capitals + kana
