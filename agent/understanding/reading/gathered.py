"""What was gathered from the spans of an utterance so far."""

from dataclasses import dataclass, field

from agent.understanding.acts import Act
from retrievers.query import Filters

EDGES = ' ,.;:!?-–—"“”'


@dataclass
class Gathered:
    """What the spans of one utterance hold.

    Attributes:
        acts: that stand for themselves.
        wanted: descriptions.
        refused: what is refused, in words.
        new: what a correction says instead.
        old: what it takes back.
        met: conditions, each with the kind of its span.
        not_met: refused ones, likewise.
        like: numbers of pictures that are right.
        unlike: numbers of those that are wrong.
        spared: numbers of those that a verdict on all leaves out.
        rest: `like` or `unlike`, if the others are.
        doubts: what was not understood, a line each.
        dates: the words of what was read as dates.
        unread: what can't be read as a condition of a kind, a line each; no doubt where another is.
    """

    acts: list[Act] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)
    met: list[tuple[str, Filters]] = field(default_factory=list)
    not_met: list[tuple[str, Filters]] = field(default_factory=list)
    like: list[int] = field(default_factory=list)
    unlike: list[int] = field(default_factory=list)
    spared: list[int] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
