import re
from pathlib import Path

import pytest

from eval.metrics.named_metrics import measure

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"
FIRST = next(part for part in PAGE.read_text(encoding="utf-8").split("\n\n") if "`R@1`" in part)
NAMES = [
    name for line in FIRST.splitlines()[2:] for name in re.findall(r"`([^`]+)`", line.split("|")[1])
]


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_of_the_page_is_known_by_its_name(name: str) -> None:
    assert measure(name).name == name


def test_the_page_names_figures() -> None:
    assert {"R@10", "MAP@50 of found", "Hits@10 round 5", "BRI"} <= set(NAMES)


@pytest.mark.parametrize("name", ["", "R@", "R@1 of found", "round 3", "MAP round 2 of found"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no measure"):
        measure(name)
