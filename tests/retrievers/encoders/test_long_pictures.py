import pytest
from PIL import Image

from retrievers.pictures.long_pictures import shorten


@pytest.mark.parametrize("size", [(1, 1), (16, 1), (1, 16), (4000, 3000), (1600, 100)])
def test_pictures_of_usual_shape_stay_the_same_object(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size)
    assert shorten(image) is image


@pytest.mark.parametrize(
    ("size", "cut"), [((30_000, 10), (160, 10)), ((1, 5_000), (1, 16)), ((33, 2), (32, 2))]
)
def test_a_strip_is_cut_to_sixteen_to_one(size: tuple[int, int], cut: tuple[int, int]) -> None:
    assert shorten(Image.new("RGB", size)).size == cut


def test_what_is_left_is_the_middle() -> None:
    image = Image.new("RGB", (1001, 3))
    image.putpixel((500, 1), (255, 0, 0))
    kept = shorten(image)
    assert kept.getpixel((kept.width // 2, 1)) == (255, 0, 0)
