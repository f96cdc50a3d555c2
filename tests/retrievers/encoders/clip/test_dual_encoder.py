from collections.abc import Sequence

import numpy as np
import pytest
import torch
from PIL import Image

from retrievers.encoder import EncoderError
from retrievers.encoders.clip.dual_encoder import DualEncoder

COLOURS = [(10, 0, 0), (0, 20, 0), (0, 3, 4)]


def mean_colour(images: Sequence[Image.Image]) -> torch.Tensor:
    return torch.stack(
        [torch.tensor(np.asarray(one).mean(axis=(0, 1)), dtype=torch.float16) for one in images]
    )


def letters(texts: Sequence[str]) -> torch.Tensor:
    return torch.tensor([[float(text.count(one)) for one in "abc"] for text in texts])


def encoder(batch: int = 2) -> DualEncoder:
    return DualEncoder("letters", 1, mean_colour, letters, batch)


def plain(colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", (2, 2), colour)


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_every_batch_size_gives_the_same_unit_rows_in_order(batch: int) -> None:
    rows = encoder(batch).encode_images([plain(colour) for colour in COLOURS])
    expected = np.array([[1, 0, 0], [0, 1, 0], [0, 0.6, 0.8]])
    np.testing.assert_allclose(rows, expected, atol=1e-3)
    assert rows.dtype == np.float32
    assert rows.flags.c_contiguous


def test_nothing_gives_no_row_of_the_right_length() -> None:
    assert encoder().dim == 3
    assert encoder().encode_images([]).shape == encoder().encode_texts([]).shape == (0, 3)


def test_a_vector_of_length_zero_is_an_error_that_counts_from_zero() -> None:
    with pytest.raises(EncoderError, match=r"letters gave no direction for text 2 of 4 \(length 0"):
        encoder().encode_texts(["a", "b", "x", "y"])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_vector_that_is_not_finite_is_an_error(value: float) -> None:
    broken = DualEncoder("broken", 1, lambda images: torch.full((len(images), 3), value), letters)
    with pytest.raises(EncoderError, match=r"broken gave no direction for picture 0 of 1"):
        broken.encode_images([plain((1, 1, 1))])
