"""How texts from elsewhere are shown: nothing in them is obeyed by a terminal or a page."""

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


def counted(number: int, thing: str) -> str:
    """Return how many there are: 1 picture, 2 pictures."""
    return f"{number} {thing}{'s' * (number != 1)}"
