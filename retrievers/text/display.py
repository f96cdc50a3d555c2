"""How texts from elsewhere are shown: nothing in them is obeyed by a terminal or a page."""

from collections.abc import Sequence
from pathlib import Path
from unicodedata import category

from retrievers.text.lettering import JOINERS


def visible(text: str) -> str:
    r"""Return the text with what a terminal or page would obey instead of showing as an escape.

    Control codes, line breaks, and marks that turn the direction of writing: `\x1b`, `\u202e`. A
    byte of a name that is no UTF-8, which comes as a lone surrogate, shows as `\xff`.
    """
    if text.isprintable():
        return text
    return "".join(c if _shows(c) else escape(c) for c in text)


def _shows(character: str) -> bool:
    return character.isprintable() or character in JOINERS or category(character) == "Zs"


def escape(character: str) -> str:
    r"""Return a character as Python writes it: `\x1b`; a byte that is no UTF-8 as `\xff`."""
    if "\udc80" <= character <= "\udcff":  # a byte that os.fsdecode could not read
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def short(path: Path, roots: Sequence[Path]) -> str:
    """Return the path as a person names it: below its root, the root named if there are several."""
    for root in roots:
        if path.is_relative_to(root):
            below = path.relative_to(root)
            return visible(str(below if len(roots) == 1 else Path(root.name) / below))
    return visible(str(path))


def below(path: Path, roots: Sequence[Path]) -> str:
    """Return the path below its root, as `short`; of a file that lies in none of them, its name."""
    told = short(path, roots)
    return visible(path.name) if Path(told).is_absolute() else told


def counted(number: int, thing: str) -> str:
    """Return how many there are: 1 picture, 2 pictures."""
    return f"{number} {thing}{'s' * (number != 1)}"


def size(count: float) -> str:
    """Return a number of bytes as a person reads it: 3.4 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
