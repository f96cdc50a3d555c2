"""What a doctor finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be.

    Attributes:
        what: one line.
        mended: whether it has been put right.
        remedy: what to do about it, if it has not.
    """

    what: str
    mended: bool = False
    remedy: str = ""


def found(what: str, repaired: bool, remedy: str = "run `dialens doctor`") -> Finding:
    """Return a finding that is mended, or has a remedy."""
    return Finding(what, mended=repaired, remedy="" if repaired else remedy)
