"""Hits@10, BRI and their kin: figures of a search that goes on for several rounds.

Every round is a question of its own; `Question.dialogue` and `Question.round` say which.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval.benchmark import Measure, Question, Values
from eval.metrics.recall import ranks
from eval.ranking import Ranking


def sticky_hits(n: int, *, after: int) -> Measure:
    """Share of dialogues whose target was among the first n in any round up to `after` (Hits@n).

    Source: ChatIR (Levy et al., NeurIPS 2023): the chat stops when the target is seen. Trap: it
    never falls from round to round, whatever the later rounds do, so it rewards a system that
    forgets all but the last turn; `at_round(recall(n), after)` has no memory. The published pool
    has 50,000 pictures; VisDial's own 2,064 are another task.

    Raises:
        ValueError: n is below 1, or `after` below 0; or, when scored, a question is of no dialogue,
            or a dialogue's rounds are not 0, 1, 2 and so on.
    """
    if n < 1 or after < 0:
        raise ValueError(f"n must be at least 1 and after at least 0; got {n} and {after}")

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        rounds = _by_dialogue(questions, rankings)
        return {one: float(min(found[: after + 1]) <= n) for one, found in rounds.items()}

    return Measure(f"Hits@{n} round {after}", values)


def best_log_rank() -> Measure:
    """Mean over the rounds of the logarithm of the best rank so far (BRI); lower is better.

    Source: PlugIR (Lee et al., ACL 2024): the trapezoid mean of ln(best rank so far) over rounds
    0..T, averaged over dialogues; 0 is perfect. Trap: it is infinite if a target's rank is not
    known in the first round, so rankings need `Ranking.beyond`.

    Raises:
        ValueError: when scored, as `sticky_hits`.
    """

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        rounds = _by_dialogue(questions, rankings)
        return {one: float(log_rank_integral(found)) for one, found in rounds.items()}

    return Measure("BRI", values, lower_is_better=True)


def at_round(measure: Measure, number: int) -> Measure:
    """Take a measure over one round's questions only, from 0.

    Source: ChatIR's Average Target Rank is `at_round(mean_rank(), number)`; FROMAGe (ICML 2023)
    reports R@n after VisDial's last round. Trap: a dialogue that ended before is not in the count.

    Raises:
        ValueError: when scored, there are no questions of that round.
    """

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        asked = [one for one in questions if one.round == number]
        if not asked:
            raise ValueError(
                f"{measure.name} round {number} needs questions of that round; got none"
            )
        return measure.values(asked, rankings)

    return Measure(f"{measure.name} round {number}", values, measure.total, measure.lower_is_better)


def hits_so_far(ranks: ArrayLike, n: int) -> NDArray[np.float64]:
    """Return Hits@n after each round [T + 1] from the targets' ranks [dialogues, T + 1]."""
    best = np.minimum.accumulate(np.asarray(ranks), axis=1)
    shares: NDArray[np.float64] = (best <= n).mean(axis=0)
    return shares


def log_rank_integral(ranks: ArrayLike) -> NDArray[np.float64]:
    """Return the trapezoid mean over rounds of ln(best rank so far) [...] of ranks [..., T + 1]."""
    heights = np.log(np.minimum.accumulate(np.asarray(ranks, dtype=np.float64), axis=-1))
    if heights.shape[-1] == 1:
        return np.asarray(heights[..., 0])
    return np.asarray(((heights[..., 1:] + heights[..., :-1]) / 2).mean(axis=-1))


def _by_dialogue(
    questions: Sequence[Question], rankings: Mapping[str, Ranking]
) -> dict[str, list[float]]:
    """Return the target's rank in every round of each dialogue, in the order of the rounds."""
    found = ranks(questions, rankings)
    rounds = defaultdict[str, dict[int, float]](dict)
    for question in questions:
        if not question.dialogue:
            raise ValueError(
                f"question {question.id!r} must be a round of a dialogue; it names none"
            )
        rounds[question.dialogue][question.round] = found[question.id]
    asked = len(questions)
    for one, held in rounds.items():
        if set(held) != set(range(len(held))):
            raise ValueError(f"dialogue {one!r} must have rounds 0, 1, 2...; got {sorted(held)}")
        asked -= len(held)
    if asked:
        raise ValueError(f"a round may be asked once; {asked} questions ask one again")
    return {one: [held[number] for number in range(len(held))] for one, held in rounds.items()}
