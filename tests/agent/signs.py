"""Pictures with words really written in them."""

from collections.abc import Sequence
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont

INKS = (("black", "white"), ("white", "darkgreen"), ("darkblue", "khaki"), ("yellow", "black"))


def sign(says: str, *, size: int = 28, ink: int = 0, width: int = 720) -> Image.Image:
    """Write on a plain board, in lines as long as fit."""
    dark, light = INKS[ink % len(INKS)]
    lines: Sequence[str] = wrap(says, max(8, int(width / size * 1.7))) or [""]
    board = Image.new("RGB", (width, max(width * 3 // 4, int(len(lines) * size * 1.6) + 80)), light)
    font = ImageFont.load_default(size)
    for row, line in enumerate(lines):
        ImageDraw.Draw(board).text((40, 40 + row * size * 1.6), line, fill=dark, font=font)
    return board
