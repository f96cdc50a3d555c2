from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from eval.peers.picture_files import PictureFiles, as_hits
from retrievers.pictures import UnreadablePicture, read_picture


def test_pixels_become_a_file_that_reads_the_same(tmp_path: Path) -> None:
    files = PictureFiles(tmp_path / "files")
    gradient = Image.linear_gradient("L").resize((9, 7))
    for image in (gradient, gradient.convert("CMYK"), gradient.convert("YCbCr")):
        path = files.path(image)
        assert read_picture(path, min_side=9).image.tobytes() == image.convert("RGB").tobytes()


def test_a_picture_on_its_side_is_stood_up(tmp_path: Path) -> None:
    image, data = Image.new("RGB", (9, 7)), BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(data, "JPEG", exif=exif)
    files = PictureFiles(tmp_path)
    for shown in (data.getvalue(), Image.open(data)):
        picture = files.picture(shown)
        assert (picture.width, picture.height) == (7, 9)


def test_what_comes_again_is_the_same_file(tmp_path: Path) -> None:
    files = PictureFiles(tmp_path / "files")
    image = Image.new("RGB", (2, 2), "red")
    assert files.path(image) == files.path(image.copy())
    assert files.picture(image) is files.picture(image.copy())
    own = tmp_path / "own.png"
    image.save(own)
    assert files.path(str(own)) == own
    assert len(list((tmp_path / "files").iterdir())) == 1


def test_a_picture_handed_over_twice_is_one_hit(tmp_path: Path) -> None:
    files = PictureFiles(tmp_path)
    red, blue = (files.picture(Image.new("RGB", (2, 2), name)) for name in ("red", "blue"))
    assert [(hit.picture.id, hit.rank) for hit in as_hits([red, blue, red])] == [
        (red.id, 1),
        (blue.id, 2),
    ]


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    files = PictureFiles(tmp_path)
    with pytest.raises(TypeError, match="must be a path, bytes or a PIL image; got int"):
        files.path(7)  # type: ignore[arg-type]
    with pytest.raises(UnreadablePicture):
        files.picture(b"words")
