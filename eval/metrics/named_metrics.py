"""Measures by the names that tables print, so that a saved run can be scored again."""

import re
from collections.abc import Callable, Mapping

from eval.benchmark import Measure
from eval.metrics.average_precision import mean_average_precision, ndcg
from eval.metrics.dialogue import at_round, best_log_rank, sticky_hits
from eval.metrics.recall import mean_rank, mean_reciprocal_rank, median_rank, recall

_KNOWN: Mapping[str, Callable[..., Measure]] = {
    r"R@(\d+)": recall,
    r"MedR": median_rank,
    r"mean rank": mean_rank,
    r"MRR": mean_reciprocal_rank,
    r"MAP": mean_average_precision,
    r"MAP@(\d+)": mean_average_precision,
    r"mAP@(\d+)": lambda k: mean_average_precision(k, of="reachable"),
    r"MAP@(\d+) of found": lambda k: mean_average_precision(k, of="found"),
    r"nDCG@(\d+)": ndcg,
    r"Hits@(\d+) round (\d+)": lambda n, after: sticky_hits(n, after=after),
    r"BRI": best_log_rank,
}
FORMS = (
    "R@N, MedR, mean rank, MRR, MAP, MAP@K, mAP@K, MAP@K of found, nDCG@K, BRI, Hits@N round R, and"
    " others with 'round R' behind"
)


def measure(name: str) -> Measure:
    """Return the measure of a name such as "R@10".

    Raises:
        ValueError: there is no such measure.
    """
    for pattern, factory in _KNOWN.items():
        if found := re.fullmatch(pattern, name):
            try:
                return factory(*map(int, found.groups()))
            except ValueError as error:
                raise ValueError(f"measure {name!r}: {error}") from error
    if found := re.fullmatch(r"(.+?) round (\d+)", name):
        return at_round(measure(found[1]), int(found[2]))
    raise ValueError(f"no measure {name!r}; there are {FORMS}")
