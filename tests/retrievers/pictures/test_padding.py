import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from retrievers.pictures.padding import padded


@given(st.integers(1, 300), st.integers(1, 300))
def test_padding_bounds_the_ratio_and_keeps_the_picture(width: int, height: int) -> None:
    wider = padded(Image.new("RGB", (width, height), "red"), 1.25)
    assert wider.width >= width and wider.height >= height
    assert max(wider.size) <= 1.25 * (min(wider.size) + 1)
    assert (255, 0, 0) in [colour for _, colour in wider.getcolors(100_000) or []]


def test_a_ratio_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ratio must be at least 1; got 0\.5"):
        padded(Image.new("RGB", (2, 2)), 0.5)
