"""`dialens eval my` as a person and a script meet it, with the offline encoder."""

import csv
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from app.cli import app
from app.demo.demo_photos import gather
from app.demo.demonstration import UNPACKED
from app.evaluation.own_captions import captions_in, embedded
from app.evaluation.own_score import Score, recommended
from app.profiles.available_profiles import is_here
from eval.significance import compare
from tests.retrievers.pictures.metadata.test_metadata import iptc, xmp

ROOT = Path(__file__).parents[3]
COLOURS = {
    "red": (220, 20, 20),
    "green": (20, 180, 40),
    "blue": (30, 40, 220),
    "yellow": (240, 220, 40),
    "black": (10, 10, 10),
    "white": (245, 245, 245),
}


@pytest.fixture(scope="module")
def home(new_home: Callable[[], Path]) -> Path:
    return new_home()


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "Walls"
    folder.mkdir()
    for at, colour in enumerate(COLOURS.values()):
        noise = np.random.default_rng(at).integers(-9, 9, (48, 64, 3))
        pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"IMG_{at}.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    (folder / "twice.png").write_bytes((folder / "IMG_0.png").read_bytes())
    return folder


def my(home: Path, *command: str, code: int = 0) -> tuple[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        patch.setenv("HF_HUB_CACHE", str(home / "none"))
        done = CliRunner().invoke(app, ["eval", "my", *command], prog_name="dialens")
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout, done.stderr


def test_without_labels_a_script_is_told_how_to_give_them(home: Path, photos: Path) -> None:
    _, said = my(home, str(photos), code=1)
    assert said.startswith("dialens: 0 pictures of ") and said.count("\n") == 1
    assert "--labels FILE" in said


def test_labels_decide_and_are_not_asked_for_again(
    home: Path, photos: Path, tmp_path: Path
) -> None:
    labels = tmp_path / "labels.csv"
    with labels.open("w", newline="") as file:
        rows = [(f"IMG_{at}.png", f"a {name} wall") for at, name in enumerate(COLOURS)]
        csv.writer(file).writerows([("file", "caption"), *rows])
    first = json.loads(my(home, str(photos), "--labels", str(labels), "--json")[0])
    assert first["captions"] == 6
    assert "6 captions, 6 pictures" in first["protocol"]  # no broken one, no copy
    assert [one["name"] for one in first["systems"] if one["command"]] == ["offline"]
    assert first["recommended"] == "offline"
    assert first["command"] == f"dialens index {photos} --profile offline"
    for one in first["systems"]:
        for mean, low, high in one["figures"].values():
            assert low <= mean <= high
    again, _ = my(home, str(photos), "--count", "6")
    assert "Recommended: offline." in again and "--profile offline" in again
    assert (home / "labels" / "Walls.jsonl").is_file()


def test_a_terminal_is_asked_and_quit_keeps_what_was_said(
    photos: Path, new_home: Callable[[], Path]
) -> None:
    home = new_home()
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "app.start", "eval", "my", str(photos)],
        cwd=ROOT,
        env={**os.environ, "DIALENS_HOME": str(home), "TERM": "xterm", "COLUMNS": "100"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = until(ours, b"[1/")
    os.write(ours, b"a plain wall\n")
    shown += until(ours, b"[2/")
    os.write(ours, b"skip\n")
    shown += until(ours, b"[2/")
    os.write(ours, b"quit\n")
    shown += until(ours, b"at least 5")
    assert done.wait(60) == 1
    os.close(ours)
    assert "▀".encode() in shown
    lines = (home / "labels" / "Walls.jsonl").read_text().splitlines()
    assert [json.loads(line)["caption"] for line in lines] == ["a plain wall", ""]


def until(ours: int, wanted: bytes) -> bytes:
    shown = b""
    while wanted not in shown:
        shown += os.read(ours, 65536)
    return shown


def test_descriptions_in_exif_xmp_and_beside_are_found(tmp_path: Path) -> None:
    image, exif = Image.new("RGB", (8, 8)), Image.Exif()
    exif[0x010E] = "a dog on a beach"
    image.save(tmp_path / "exif.jpg", exif=exif)
    said = '<rdf:Alt><rdf:li xml:lang="x">cats &amp; dogs</rdf:li></rdf:Alt>'
    packet = xmp(f"<dc:description>{said}</dc:description>")
    image.save(tmp_path / "xmp.jpg", xmp=packet)
    image.save(tmp_path / "wide.jpg", xmp=packet.decode().replace("cats", "кот").encode("utf-16"))
    (tmp_path / "iptc.jpg").write_bytes(iptc((2, 120, "Кот на крыше".encode("cp1251"))))
    image.save(tmp_path / "plain.jpg")
    (tmp_path / "plain.txt").write_text("a plain one\nmore")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    found = captions_in(sorted(tmp_path.glob("*.jpg")), tmp_path)
    assert {path.stem: said for path, said in found.items()} == {
        "exif": "a dog on a beach",
        "iptc": "Кот на крыше",
        "wide": "кот & dogs",
        "xmp": "cats & dogs",
        "plain": "a plain one",
    }
    assert embedded(tmp_path / "broken.jpg") == ""


def test_what_a_camera_writes_into_every_picture_is_no_caption(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "OLYMPUS DIGITAL CAMERA"
    paths = [tmp_path / f"{at}.jpg" for at in range(5)]
    for path in paths:
        Image.new("RGB", (8, 8)).save(path, exif=exif)
    assert captions_in(paths, tmp_path) == {}


def score(name: str, *, seconds: float, tied: bool, command: str = "x") -> Score:
    figures = {"R@10": (0.5, 0.4, 0.6)}
    behind = compare([1.0, 0.0], [0.0, 0.0])
    return Score(name, command, figures, seconds, behind, tied)


@pytest.mark.parametrize(
    ("scored", "name"),
    [
        ([score("a", seconds=1, tied=True), score("b", seconds=0.1, tied=False)], "a"),
        ([score("a", seconds=1, tied=True), score("b", seconds=0.1, tied=True)], "b"),
        ([score("a", seconds=0.2, tied=True), score("b", seconds=0.1, tied=True)], "a"),
        ([score("a", seconds=0, tied=True, command=""), score("b", seconds=1, tied=False)], "b"),
    ],
)
def test_the_best_is_recommended_or_a_quicker_one_that_cannot_be_told_from_it(
    scored: list[Score], name: str
) -> None:
    advice = recommended(scored, 30)
    assert advice.name == name
    rivals = [one for one in scored if one.tied and one.name != name]
    told = any("cannot tell" in line for line in advice.lines)
    assert told == (bool(rivals) and next(one.tied for one in scored if one.name == name))


def test_weights_are_here_if_a_folder_or_the_cache_holds_them(tmp_path: Path) -> None:
    assert is_here(f"open_clip:{tmp_path}", set())
    assert is_here("transformers:google/siglip2@main", {"google/siglip2"})
    assert not is_here("open_clip:ViT-B-16-SigLIP2-256/webli", {"google/siglip2"})
    assert not is_here("transformers:google/siglip2", set())


@pytest.mark.slow
def test_file_names_that_say_what_is_seen_help_on_the_demo_photographs(
    home: Path, tmp_path: Path
) -> None:
    gather(tmp_path / "photos", [UNPACKED])
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "astronaut.png,an astronaut\ncoffee.png,a cup of coffee\nchelsea.png,a cat\n"
        "rocket.jpg,a rocket\nlion.jpg,a lion\n"
    )
    held = json.loads(my(home, str(tmp_path / "photos"), "--labels", str(labels), "--json")[0])
    assert held["recommended"] == "offline"
    assert held["systems"][0]["figures"]["R@10"][0] == 1
