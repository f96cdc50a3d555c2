"""Small pictures: upright, anonymous, and drawn only where the terminal can."""

import base64
import re
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image
from rich.console import Console

from app.output.small_pictures import data_uri, encoded, sheet, shrunk
from app.terminal.thumbnails import draw, protocol_of
from retrievers.hit import Hit, Picture
from retrievers.pictures import UnreadablePicture
from tests.hostile import photo, saved, turned


def hit(path: Path, rank: int = 1) -> Hit:
    digest = sha256(path.read_bytes()).hexdigest() if path.is_file() else "0" * 64
    picture = Picture(f"{rank:016}", digest, (path,), width=120, height=80, bytes=9)
    return Hit(picture, 0.5, rank)


@pytest.fixture
def sideways(tmp_path: Path) -> Path:
    exif = turned(6)
    exif[0x010F], exif.get_ifd(0x8825)[1] = "SecretCam", "N"
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(photo(600, 300), "JPEG", exif=exif, comment=b"secret"))
    return path


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_a_thumbnail_is_upright_small_and_says_nothing_of_its_origin(
    sideways: Path, kind: str
) -> None:
    data = encoded(shrunk(sideways, 100), kind)
    with Image.open(BytesIO(data)) as image:
        assert image.size == (50, 100)
        pixel = image.convert("RGB").getpixel((45, 5))
        assert isinstance(pixel, tuple)
        red, green, _ = pixel
        assert red > 180 > 90 > green
        assert not image.getexif()
        assert not {"exif", "comment", "xmp"} & set(image.info)
    assert b"ecret" not in data


def test_a_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(saved(photo(30, 20), "PNG"))
    assert shrunk(tmp_path / "a.png", 100).size == (30, 20)


def test_a_data_uri_holds_a_webp(sideways: Path) -> None:
    kind, data = data_uri(sideways, 64).split(",")
    assert kind == "data:image/webp;base64"
    assert base64.b64decode(data)[8:12] == b"WEBP"


def test_a_missing_picture_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePicture, match="there is no such file"):
        data_uri(tmp_path / "gone.jpg", 64)


def test_a_sheet_has_a_cell_for_every_picture() -> None:
    cells = [(str(number), photo(90, 60)) for number in range(1, 6)]
    assert sheet(cells, 3, (100, 80)).size == (300, 160)
    assert sheet(cells[:2], 3, (100, 80)).size == (200, 80)


@pytest.mark.parametrize(
    ("environment", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM_PROGRAM": "vscode"}, None),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, None),
        ({}, None),
    ],
)
def test_a_terminal_is_trusted_with_pictures_only_if_it_says_who_it_is(
    environment: dict[str, str], protocol: str | None
) -> None:
    assert protocol_of(environment) == protocol


def drawn(hits: list[Hit], how: str, *, terminal: bool = True) -> str:
    file = StringIO()
    colours: Literal["truecolor"] | None = "truecolor" if terminal else None
    draw(Console(file=file, force_terminal=terminal, color_system=colours, width=80), hits, how)
    return file.getvalue()


def test_nothing_is_drawn_in_a_pipe(sideways: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    monkeypatch.delenv("TERM_PROGRAM", raising=False)
    monkeypatch.delenv("LC_TERMINAL", raising=False)
    assert drawn([hit(sideways)], "auto", terminal=False) == ""
    assert drawn([hit(sideways)], "auto").startswith("\x1b_Ga=T")
    assert drawn([hit(sideways)], "none") == ""


def test_kitty_gets_a_png_in_chunks_of_which_the_last_is_marked(sideways: Path) -> None:
    text = drawn([hit(sideways, rank) for rank in range(1, 6)], "kitty")
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text)
    assert [head[-3:] for head, _ in chunks[:-1]] == ["m=1"] * (len(chunks) - 1)
    assert chunks[-1][0].endswith("m=0")
    assert all(len(data) <= 4096 for _, data in chunks)
    with Image.open(BytesIO(base64.b64decode("".join(data for _, data in chunks)))) as image:
        assert image.size == (3 * 240, 2 * 180)


def test_iterm_gets_one_png_and_its_length(sideways: Path) -> None:
    text = drawn([hit(sideways)], "iterm")
    found = re.fullmatch(r"\x1b\]1337;File=inline=1;size=(\d+);width=24;.*:(.*)\a\n", text)
    assert found is not None
    assert len(base64.b64decode(found[2])) == int(found[1])


def test_blocks_have_two_pixels_a_character_and_a_label(sideways: Path) -> None:
    lines = drawn([hit(sideways), hit(sideways, 2)], "blocks").splitlines()
    assert "▀" in lines[0]
    assert "38;2;" in lines[0]
    assert "1 a.jpg" in lines[-1]
    assert "2 a.jpg" in lines[-1]


def test_a_picture_that_is_gone_is_left_out(sideways: Path, tmp_path: Path) -> None:
    assert drawn([hit(tmp_path / "gone.jpg")], "kitty") == ""
    assert drawn([hit(tmp_path / "gone.jpg"), hit(sideways, 2)], "iterm")


def test_an_unknown_way_is_refused(sideways: Path) -> None:
    with pytest.raises(ValueError, match="got 'sixel'"):
        drawn([hit(sideways)], "sixel")
