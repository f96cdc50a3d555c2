import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL.ImageColor import getrgb
from PIL.ImageDraw import Draw

from agent.mllm.colours import COLOURS, main_colours

TERMS = {
    "black": ["black", "#1a1410"],
    "grey": ["gray", "darkgray", "dimgray", "#909294"],
    "white": ["white", "snow", "ivory"],
    "red": ["red", "firebrick", "crimson", "darkred"],
    "orange": ["orange", "darkorange"],
    "brown": ["saddlebrown", "sienna", "#6b4423", "#d2b48c"],
    "yellow": ["yellow", "gold", "khaki"],
    "green": ["green", "lime", "darkgreen", "olivedrab", "seagreen"],
    "blue": ["blue", "navy", "skyblue", "royalblue"],
    "purple": ["purple", "indigo", "darkorchid"],
    "pink": ["pink", "hotpink", "lightpink", "deeppink"],
}


@pytest.mark.parametrize(
    ("term", "colour"), [(term, colour) for term, many in TERMS.items() for colour in many]
)
def test_a_named_colour_is_given_its_basic_term(term: str, colour: str) -> None:
    assert main_colours(PIL.Image.new("RGB", (40, 30), getrgb(colour))) == [term]


def test_the_thing_counts_and_not_the_even_background_around_it() -> None:
    image = PIL.Image.new("RGB", (100, 100), "white")
    Draw(image).rectangle((30, 30, 70, 60), fill="red")
    Draw(image).rectangle((30, 61, 70, 75), fill="blue")
    assert main_colours(image) == ["red", "blue"]


def test_a_speck_on_a_plain_picture_does_not_count() -> None:
    image = PIL.Image.new("RGB", (100, 100), "green")
    Draw(image).rectangle((48, 48, 52, 52), fill="red")
    assert main_colours(image) == ["green"]


def test_halves_are_both_named() -> None:
    image = PIL.Image.new("RGB", (100, 100), "yellow")
    Draw(image).rectangle((0, 0, 99, 52), fill="black")
    assert main_colours(image) == ["black", "yellow"]
    assert main_colours(image, most=1) == ["black"]


def test_a_picture_of_many_colours_has_no_main_one() -> None:
    hues = np.tile(np.arange(0, 256, 5), (52, 1)).astype(np.uint8)
    full = np.full_like(hues, 255)
    image = PIL.Image.fromarray(np.stack([hues, full, full], axis=-1), "HSV")
    assert len(main_colours(image, share=0.5)) == 0


@given(st.binary(min_size=12, max_size=12), st.sampled_from(["RGB", "L", "P", "RGBA", "CMYK"]))
def test_any_picture_gets_at_most_two_basic_terms(pixels: bytes, mode: str) -> None:
    image = PIL.Image.frombytes("RGB", (2, 2), pixels).convert(mode)
    colours = main_colours(image)
    assert len(colours) <= 2
    assert set(colours) <= set(COLOURS)
