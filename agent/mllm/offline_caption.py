"""A caption put together from what is known of a picture, without a model that writes."""

from collections.abc import Sequence
from textwrap import shorten

from retrievers.hit import Picture

QUOTED = 80  # characters of the text found in a picture
_HOURS = ((5, "at night"), (12, "in the morning"), (18, "in the afternoon"), (22, "in the evening"))


def composed(
    kinds: Sequence[tuple[str, float]], colours: Sequence[str], lines: Sequence[str] = ()
) -> str:
    """Compose a caption: what it shows, its colours, what is written in it.

    Args:
        kinds: (kind, probability), likeliest first; the second counts if it is half as likely.
        colours: the main ones.
        lines: of text found in the picture; what does not fit is left out.
    """
    likely = [kind for kind, chance in kinds[:2] if chance >= kinds[0][1] / 2]
    text = " or ".join(likely)
    if colours:
        text += f", mostly {' and '.join(colours)}"
    if lines:
        text += f', that says "{_quoted(lines)}"'
    return text[:1].upper() + text[1:]


def circumstances(picture: Picture) -> str:
    """Say when and with what a picture was taken, as EXIF has it; nothing if it has nothing.

    Where it was taken is left out: coordinates are not words that anybody looks for.
    """
    said = []
    if picture.taken_stretch:
        said.append(f"in {picture.day_in_words}")
    elif taken := picture.taken:
        said.append(f"on {taken:%A} {taken.day} {taken:%B %Y}")
        if taken.time().isoformat() != "00:00:00":  # a date alone
            said.append(next((words for end, words in _HOURS if taken.hour < end), "at night"))
    if picture.camera:
        said.append(f"with {picture.camera}")
    return f"taken {' '.join(said)}" if said else ""


def _quoted(lines: Sequence[str]) -> str:
    text = " ".join(lines).replace('"', "'")
    return shorten(text, QUOTED, placeholder="") or text[:QUOTED]
