"""Pictures in the terminal: kitty's and iTerm2's protocols, or coloured half blocks on request."""

import base64
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from PIL import Image
from rich.console import Console
from rich.text import Text

from app.output.printable import printable
from app.output.small_pictures import encoded, sheet, shrunk
from retrievers.hit import Hit
from retrievers.pictures import UnreadablePicture

Protocol = Literal["kitty", "iterm"]
CELL = (240, 180)
COLUMNS_PER_CELL = 24
MOST = 24
CHUNK = 4096


def draw(
    console: Console,
    hits: Sequence[Hit],
    how: str,
    *,
    label: Callable[[Hit], str] = lambda hit: str(hit.rank),
) -> None:
    """Draw the first pictures with their numbers; what cannot be read is left out.

    Args:
        console: where to.
        hits: the pictures, best first; at most 24 are drawn.
        how: `auto` draws only where the terminal is known to show pictures; `kitty`, `iterm` and
            `blocks` draw in that way wherever it is; `none` draws nothing.
        label: what a picture is called by.

    Raises:
        ValueError: there is no such way.
    """
    if how not in ("auto", "kitty", "iterm", "blocks", "none"):
        raise ValueError(f"how must be auto, kitty, iterm, blocks or none; got {how!r}")
    if how == "auto":
        how = (protocol_of(os.environ) if console.is_interactive else None) or "none"
    if how == "none" or not (cells := _cells(hits, label)):
        return
    columns = max(1, console.width // COLUMNS_PER_CELL)
    if how == "blocks":
        names = {label(hit): printable(hit.picture.path.name) for hit in hits}
        for start in range(0, len(cells), columns):
            console.print(_blocks(cells[start : start + columns], names))
        return
    whole = encoded(sheet(cells, columns, CELL), "PNG")
    wide = min(columns, len(cells)) * COLUMNS_PER_CELL
    console.file.write((_kitty if how == "kitty" else _iterm)(whole, wide) + "\n")
    console.file.flush()


def protocol_of(environment: Mapping[str, str]) -> Protocol | None:
    """Tell from the environment how this terminal shows pictures; None unless it surely does."""
    if environment.get("TMUX") or environment.get("STY"):
        return None  # multiplexers swallow both
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if program in ("iTerm.app", "WezTerm") or environment.get("LC_TERMINAL") == "iTerm2":
        return "iterm"
    if environment.get("KITTY_WINDOW_ID") or term in ("xterm-kitty", "xterm-ghostty"):
        return "kitty"
    return "kitty" if program == "ghostty" else None


def _cells(hits: Sequence[Hit], label: Callable[[Hit], str]) -> list[tuple[str, Image.Image]]:
    cells = []
    for hit in hits[:MOST]:
        try:
            cells.append((label(hit), shrunk(hit.picture, max(CELL))))
        except UnreadablePicture:  # gone since it was indexed; the table beside still names it
            continue
    return cells


def _kitty(png: bytes, columns: int) -> str:
    """Write as the kitty graphics protocol has it: base64 in chunks, the last one marked."""
    text = base64.b64encode(png).decode()
    chunks = [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]
    first = f"a=T,f=100,c={columns},q=2,"
    return "".join(
        f"\x1b_G{first if place == 0 else ''}m={int(chunk is not chunks[-1])};{chunk}\x1b\\"
        for place, chunk in enumerate(chunks)
    )


def _iterm(png: bytes, columns: int) -> str:
    """Write as iTerm2's inline images protocol has it."""
    head = f"inline=1;size={len(png)};width={columns};preserveAspectRatio=1"
    return f"\x1b]1337;File={head}:{base64.b64encode(png).decode()}\a"


def _blocks(cells: Sequence[tuple[str, Image.Image]], names: Mapping[str, str]) -> Text:
    """Draw two pixels a character: a half block in the upper one's colour on the lower's."""
    wide, high = COLUMNS_PER_CELL - 2, 16
    small = [image.resize(_fit(image, wide, high)) for _, image in cells]
    text = Text()
    for row in range(0, max(image.height for image in small), 2):
        for image in small:
            for colours in _half_blocks(image, row, COLUMNS_PER_CELL):
                text.append("▀" if colours else " ", style=colours)
        text.append("\n")
    for called, _ in cells:
        label = f"{called} {names[called]}"
        if len(label) > wide:
            label = label[: wide - 1] + "…"
        text.append(label.ljust(COLUMNS_PER_CELL), style="dim")
    return text


def _fit(image: Image.Image, wide: int, high: int) -> tuple[int, int]:
    scale = min(wide / image.width, high / image.height)
    even = max(2, round(image.height * scale / 2) * 2)
    return max(1, round(image.width * scale)), even


def _half_blocks(image: Image.Image, row: int, columns: int) -> Iterator[str]:
    for column in range(columns):
        if row >= image.height or column >= image.width:
            yield ""
            continue
        upper, lower = image.getpixel((column, row)), image.getpixel((column, row + 1))
        yield f"rgb{upper} on rgb{lower}".replace(" ", "").replace(")on", ") on ")
