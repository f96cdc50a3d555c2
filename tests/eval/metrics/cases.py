"""Random rankings with right answers, for other programs to score as well."""

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from eval.benchmark import Measure, Question
from eval.ranking import Ranking


@dataclass(frozen=True)
class Case:
    """What one question's ranking holds.

    Attributes:
        scores: of the items that were returned; equal ones tie.
        gains: of the same items; 0 is wrong.
        lost: gains of right answers that were not returned.
    """

    scores: tuple[int, ...]
    gains: tuple[int, ...]
    lost: tuple[int, ...] = ()

    @property
    def relevant(self) -> dict[str, int]:
        held = {f"i{at}": gain for at, gain in enumerate(self.gains) if gain}
        return held | {f"lost{at}": gain for at, gain in enumerate(self.lost)}

    @property
    def question(self) -> Question:
        return Question("q", relevant={one: float(gain) for one, gain in self.relevant.items()})

    @property
    def ranking(self) -> Ranking:
        order = sorted(range(len(self.scores)), key=lambda at: -self.scores[at])
        return Ranking(
            tuple(f"i{at}" for at in order), tuple(float(self.scores[at]) for at in order)
        )

    @property
    def worst(self) -> list[int]:
        """The items' places, best first, every tie ordered as badly as it can be."""
        return sorted(range(len(self.scores)), key=lambda at: (-self.scores[at], self.gains[at]))

    @property
    def untied(self) -> Mapping[str, float]:
        """Scores without ties that keep the worst order."""
        return {f"i{at}": float(len(self.scores) - rank) for rank, at in enumerate(self.worst)}

    def value(self, measure: Measure) -> float:
        return measure.of([self.question], {"q": self.ranking})


@st.composite
def cases(draw: st.DrawFn, *, most: int = 3, least: int = 0, complete: bool = False) -> Case:
    """Draw lists, ties and gains up to `most`; some lists are empty, some lost right answers."""
    items = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, most)), min_size=least))
    lost = [] if complete else draw(st.lists(st.integers(1, most), max_size=3))
    if not lost and not any(gain for _, gain in items):
        items.append((draw(st.integers(0, 5)), 1))
    return Case(tuple(s for s, _ in items), tuple(g for _, g in items), tuple(lost))
