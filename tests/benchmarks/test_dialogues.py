from math import log

import pytest

from benchmarks.dialogues import measured


def test_the_measures_by_hand() -> None:
    """Ranks 20, 4, 8: the best so far are 20, 4, 4; and a target that stays at 30."""
    found = measured([[20, 4, 8], [30, 30, 30]])
    assert found.hits == 0.5
    assert found.mrr == pytest.approx((1 / 8 + 1 / 30) / 2)
    first = ((log(20) + log(4)) / 2 + log(4)) / 2
    assert found.bri == pytest.approx((first + log(30)) / 2)
