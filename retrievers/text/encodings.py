"""Text files that other programs wrote: in which encoding they are, or why that cannot be told.

The mark at the start decides, then which bytes are 0, as UTF-16 and UTF-32 have them, then the
escapes of ISO 2022, then UTF-8, then what the file declares; what is left is an older code page,
which charset-normalizer and the letters of each language tell. Nothing is ever replaced: text that
is not certain is refused rather than searched for, scored or trained on.
"""

import codecs
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path
from typing import IO

from retrievers.text.common_letters import FAMILIAR, familiarity

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
    r"|(?<![\u0e01-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"  # a Thai mark on no letter
    r"|[a-zA-Z][\u0370-\u0fff]|[\u0370-\u0fff][a-zA-Z]"  # two alphabets in one word
    r"|(?<![^\W_])[\u00c0-\u024f]{3,}(?![^\W_])"  # a word of nothing but accents
    r"|(?<=[^\W\x00-\x7f])[\\^`{|}~@\[](?=[^\W\x00-\x7f]|\Z)"  # second bytes of characters
)
DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']""")
ESCAPES = {  # what texts in seven bits begin another script with
    **dict.fromkeys((b"\x1b$B", b"\x1b$@", b"\x1b(J", b"\x1b(I"), "iso2022_jp_ext"),
    **dict.fromkeys((b"\x1b$(D", b"\x1b$(O", b"\x1b$(Q", b"\x1b$(P"), "iso2022_jp_3"),
    b"\x1b$)C": "iso2022_kr",
}
ESCAPED = re.compile(b"|".join(map(re.escape, ESCAPES)))
WIDER = {  # what programs write under a name, as browsers read it
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
CHUNK = 1 << 20
MOST = 1 << 30  # bytes of a file that is read whole
LONGEST = 1 << 26  # characters of a line: pictures stand in some, as base64
SAMPLE = 1 << 15  # bytes of lines that are not ASCII
BREAK = re.compile(rb"[\0-/]")  # no code page has these bytes inside a character


class UnreadableText(ValueError):  # noqa: N818 - reads as what it is
    """The bytes are no text in an encoding that can be told; the message is the reason."""


class _TooLong(UnreadableText):
    """The message names the file already."""


def decoded(data: bytes) -> str:
    """Return a text's characters, without a byte order mark.

    Raises:
        UnreadableText: they cannot be told.
    """
    try:
        return data.decode(encoding_of(data))
    except UnicodeDecodeError as error:  # a mark of one encoding before the bytes of another
        raise UnreadableText(str(error)) from error


def encoding_of(data: bytes) -> str:
    """Return the name of the encoding that a whole text is in.

    Raises:
        UnreadableText: it cannot be told.
    """
    return _encoding(data, whole=True)


def read_text(path: Path, most: int = MOST) -> str:
    """Return what a text file, or a pipe, of at most so many bytes says.

    Raises:
        OSError: it cannot be read.
        UnreadableText: it is no text, or too long a one; the message names the file.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size  # a pipe's is 0
        data = b"" if size > most else file.read(most + 1)
    if max(size, len(data)) > most:
        raise UnreadableText(f"{path}: more than {most:,} bytes; make it smaller, or name another")
    with _naming(path):
        return decoded(data)


def lines_of(path: Path) -> Iterator[str]:
    """Yield the lines of a text file, however many they are; raises as `opened`.

    Raises:
        UnreadableText: a line is longer than any is.
    """
    with opened(path) as file:
        number = 0
        while line := file.readline(LONGEST + 1):
            number += 1
            if len(line) > LONGEST:
                raise _TooLong(f"{path}:{number}: a line of more than {LONGEST:,} characters")
            yield line


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
    except _TooLong:
        raise
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
            chunk, escapes = first, False
            while chunk:
                utf8.decode(chunk)
                escapes = escapes or b"\x1b" in chunk
                chunk = file.read(CHUNK)
            utf8.decode(b"", final=True)
        except UnicodeDecodeError:
            file.seek(0)
            return _code_page(_telling(file))
        file.seek(0)
        return _encoding(_escaping(file), whole=True) if escapes else "utf-8"


def _encoding(data: bytes, *, whole: bool) -> str:
    if marked := _marked(data):
        return marked
    if b"\0" in data:
        return _wide(data, whole=whole)
    if (escaped := ESCAPED.search(data)) and _reads(data, name := ESCAPES[escaped[0]]):
        return name
    if _reads(data, "utf-8"):  # whatever it declares: no other text reads so by chance
        return "utf-8"
    if (said := DECLARED.match(data)) and (name := _declared(said[1])) and _reads(data, name):
        return name
    return _code_page(_telling(data.splitlines(keepends=True)))


def _declared(name: bytes) -> str:
    """Return the encoding that is meant by a name, which is often one with more characters."""
    try:
        own = codecs.lookup(name.decode("ascii")).name
    except (LookupError, UnicodeDecodeError):
        return ""
    return "" if own.startswith(("utf", "ascii")) else WIDER.get(own, own)


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


def _escaping(lines: Iterable[bytes]) -> bytes:
    return b"".join(islice((line for line in lines if b"\x1b" in line), 1000))


def _telling(lines: Iterable[bytes]) -> bytes:
    """Return the first lines that are not ASCII, which alone tell one code page from another."""
    found, size = [], 0
    for line in lines:
        if not line.isascii():
            part = _part(line)
            found.append(part)
            size += len(part)
            if size >= SAMPLE:
                break
    return b"".join(found)


def _part(line: bytes) -> bytes:
    """Return what tells of a line that may be a whole book, cut between two characters."""
    if len(line) <= 2 * SAMPLE:
        return line
    first = max(0, next(at for at, byte in enumerate(line) if byte > 0x7F) - SAMPLE // 8)
    cut = BREAK.search(line, first + SAMPLE, first + 2 * SAMPLE)
    return line[first : cut.end() if cut else first + SAMPLE]


def _code_page(data: bytes) -> str:
    from charset_normalizer import from_bytes

    above = sum(byte > 0x7F for byte in data)
    latin = sum(chr(byte).isalpha() for byte in data if byte < 0x80)
    every = [*LATIN, *OTHERS]
    matches = list(from_bytes(data, cp_isolation=every, preemptive_behaviour=False))
    odd = {one.encoding: _oddities(str(one), one.encoding) for one in matches}
    matches = [one for one in matches if odd[one.encoding] == min(odd.values())]
    near = {one.encoding: familiarity(str(one), one.encoding) for one in matches}
    names = (*OTHERS, *LATIN)
    if above < latin or (above == latin and max(near.values(), default=0) < FAMILIAR):
        names = (*LATIN, *OTHERS)  # a letter alone is an accented one, or a sign
        others = {name for name, known in near.items() if known > FAMILIAR and above > 1}
        near = {name: float(name in LATIN or name in others) for name in near}
        matches = [one for one in matches if near[one.encoding]]
        if not matches and _reads(data, LATIN[0]):
            return LATIN[0]
    best = min((one.chaos for one in matches), default=0.0)
    alike = [one for one in matches if one.chaos <= best + ALIKE]
    if alike:  # the more of a language, the better; in a tie the commoner
        top = max(near[one.encoding] for one in alike) - ALIKE
        alike = [one for one in alike if near[one.encoding] >= top]
        return min(alike, key=lambda one: (-one.coherence, names.index(one.encoding))).encoding
    raise UnreadableText("neither UTF-8 nor any code page reads well")


def _oddities(text: str, encoding: str) -> int:
    """Count what a text hardly holds if it was read in its own encoding."""
    capitals = sum(a.islower() and b.isupper() for a, b in pairwise(text))
    kana = len(KANA.findall(text)) if encoding in KANALESS else 0
    return len(UNLIKELY.findall(text)) + capitals + kana
