"""Pictures with words really written in them."""

from collections.abc import Sequence
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont

INKS = (
    *(("black", "white"), ("white", "darkgreen"), ("darkblue", "khaki"), ("yellow", "black")),
    ("white", "red"),
)


def sign(says: str, *, size: int = 28, ink: int = 0, width: int = 720) -> Image.Image:
    """Write on a plain board of 4:3, smaller than asked if it does not fit."""
    height, (dark, light) = width * 3 // 4, INKS[ink % len(INKS)]
    lines: Sequence[str] = wrap(says, max(8, int(width / size * 1.7)))
    if len(lines) * size * 1.4 > height and size > 8:
        return sign(says, size=size - 2, ink=ink, width=width)
    board = Image.new("RGB", (width, height), light)
    font = ImageFont.load_default(size)
    for row, line in enumerate(lines):
        place = (width // 20, height // 20 + row * size * 1.4)
        ImageDraw.Draw(board).text(place, line, fill=dark, font=font)
    return board
