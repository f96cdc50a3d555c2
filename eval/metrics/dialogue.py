"""Figures of a search that goes on for several rounds.

Every round is a question of its own; `Question.dialogue` and `Question.round` say which.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import log

from eval.benchmarks.benchmark import Measure, Question, Values
from eval.metrics.recall import ranks
from eval.ranking import Ranking


def sticky_hits(n: int, *, after: int) -> Measure:
    """Share of dialogues whose target was among the first n in any round up to `after` (Hits@n).

    Source: ChatIR (Levy et al., NeurIPS 2023): the chat stops when the target is seen.
    Trap: it never falls from round to round, whatever the later rounds do, so it rewards a system
    that forgets all but the last turn; `recall` over one round's questions has no memory. The
    published pool has 50,000 pictures; VisDial's own 2,064 are another task.
    """

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        rounds = _by_dialogue(questions, rankings)
        return {one: float(min(found[: after + 1]) <= n) for one, found in rounds.items()}

    return Measure(f"Hits@{n} round {after}", values)


def best_log_rank() -> Measure:
    """Mean over the rounds of the logarithm of the best rank so far (BRI); lower is better.

    Source: PlugIR (Lee et al., ACL 2024): the trapezoid mean of ln(best rank so far) over rounds
    0..T, averaged over dialogues; 0 is perfect. Trap: it is infinite if a target's rank is not
    known in the first round, so rankings need `Ranking.beyond`.
    """

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        rounds = _by_dialogue(questions, rankings)
        return {one: _integral(found) for one, found in rounds.items()}

    return Measure("BRI", values, lower_is_better=True)


def _integral(found: Sequence[float]) -> float:
    heights = [log(rank) for rank in accumulate(found, min)]
    if len(heights) == 1:
        return heights[0]
    return (sum(heights) - (heights[0] + heights[-1]) / 2) / (len(heights) - 1)


def _by_dialogue(
    questions: Sequence[Question], rankings: Mapping[str, Ranking]
) -> dict[str, list[float]]:
    """Return the target's rank in every round of each dialogue, in the order of the rounds."""
    found = ranks(questions, rankings)
    rounds = defaultdict[str, list[tuple[int, float]]](list)
    for question in questions:
        rounds[question.dialogue].append((question.round, found[question.id]))
    return {one: [rank for _, rank in sorted(held)] for one, held in rounds.items()}
