"""The interpreter benchmark: how often utterances are read right, partly and wrong, by category.

Intervals are percentile bootstraps over the utterances (`eval.significance`); two interpreters are
compared on the same utterances.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.significance import Difference, bootstrap_interval, compare
from eval.understanding.grading import LEVELS, Grade, Level
from eval.understanding.utterances import Utterance

ALL = "all"


@dataclass(frozen=True, slots=True)
class Share:
    """How large a share of utterances is of one level, 0 to 1, and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one category, or of all.

    Attributes:
        count: how many utterances.
        shares: of each level.
    """

    count: int
    shares: Mapping[Level, Share]


def scores(utterances: Sequence[Utterance], grades: Sequence[Grade]) -> dict[str, Scores]:
    """Return the figures by category in the order of their names, and last those of all.

    Raises:
        ValueError: there are no utterances, or not a grade for each.
    """
    pairs = list(zip(utterances, grades, strict=True))
    if not pairs:
        raise ValueError("there are no utterances")
    by: dict[str, list[Level]] = {}
    for utterance, one in sorted(pairs, key=lambda pair: pair[0].category):
        by.setdefault(utterance.category or "other", []).append(one.level)
    return {**{name: _of(levels) for name, levels in by.items()}, ALL: _of(_levels(grades))}


def _levels(grades: Sequence[Grade]) -> list[Level]:
    return [one.level for one in grades]


def _of(levels: Sequence[Level]) -> Scores:
    return Scores(len(levels), {level: _share(levels, level) for level in LEVELS})


def _share(levels: Sequence[Level], level: Level) -> Share:
    held = [float(one == level) for one in levels]
    return Share(float(np.mean(held)), *bootstrap_interval(held))


def difference(level: Level, grades: Sequence[Grade], baseline: Sequence[Grade]) -> Difference:
    """Hold the share of one level against a baseline's, paired over the utterances."""
    ours, theirs = ([float(one.level == level) for one in held] for held in (grades, baseline))
    return compare(ours, theirs, lower_is_better=level == "wrong")
