"""How the text towers of transformers' dual encoders were trained: one row for each model type.

Where a library does not do it by itself, a text that is cut or padded otherwise gets a vector that
is plausible and wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextTowerFamily:
    """How the text tower of one model type was trained, where the library does not do it by itself.

    Attributes:
        tokens: the longest text; none: as many tokens as the tower has positions.
        full: every text was padded to that length.
        mask: the tower was told which tokens are padding.
        lower: texts were in lower case.
        first: the library returns [n, tokens, d], and the first token's vector is the one trained.
        attention: the library's implementation to take; none: its own choice.
    """

    tokens: int | None = None
    full: bool = False
    mask: bool = True
    lower: bool = False
    first: bool = False
    attention: str | None = None


SIGLIP = TextTowerFamily(
    full=True, mask=False, lower=True
)  # arXiv:2502.14786, and big_vision's own code

FAMILIES: Mapping[str, TextTowerFamily] = {
    "aimv2": TextTowerFamily(
        attention="eager"
    ),  # 5.23's sdpa lets an unpadded text see what follows
    "align": TextTowerFamily(tokens=64, full=True),
    "altclip": TextTowerFamily(tokens=77),
    "chinese_clip": TextTowerFamily(tokens=52),
    "clip": TextTowerFamily(),
    "flava": TextTowerFamily(tokens=77, full=True, first=True),
    "groupvit": TextTowerFamily(),
    "metaclip_2": TextTowerFamily(),
    "siglip": SIGLIP,  # SigLIP, and SigLIP 2 of fixed resolution
    "siglip2": SIGLIP,  # NaFlex
    "tipsv2": TextTowerFamily(full=True),
    "vision-text-dual-encoder": TextTowerFamily(tokens=77),
}
