"""The commands as a person or a script meets them, on real files and the offline encoder."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from app.cli import app

COLOURS = {"red": (220, 20, 20), "green": (20, 200, 40), "blue": (30, 40, 220)}


def run(*command: str, code: int = 0, said: str | None = None) -> tuple[str, str]:
    """Run `dialens COMMAND` and return what went to standard output and error."""
    done = CliRunner().invoke(app, list(command), input=said, prog_name="dialens")
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout, done.stderr


def run_json(*command: str) -> Any:
    return json.loads(run(*command, "--json")[0])


def paint(path: Path, colour: tuple[int, int, int], size: tuple[int, int]) -> None:
    """Save a noisy picture of one colour, so that every file has its own content."""
    noise = np.random.default_rng(len(path.name) + size[0]).integers(-15, 15, (*size[::-1], 3))
    pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "Holiday"
    for name, colour in COLOURS.items():
        paint(folder / f"{name}.png", colour, (120, 90))
        paint(folder / "tall" / f"{name}_tall.png", colour, (60, 140))
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    return folder


@pytest.fixture(scope="module")
def indexed(photos: Path, new_home: Callable[[], Path]) -> tuple[Path, str]:
    """A home with one collection, and what making it said."""
    home = new_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        return home, run("index", str(photos))[0]


@pytest.fixture
def home(indexed: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALENS_HOME", str(indexed[0]))
    return indexed[0]


@pytest.fixture
def empty(new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))


def test_index_names_the_collection_after_the_folder_and_lists_what_failed(
    indexed: tuple[Path, str],
) -> None:
    said = indexed[1]
    assert said.startswith("Holiday: 6 new in ")
    assert "1 could not be read:\n  broken.jpg: " in said


def test_index_measures_what_a_doubt_is_held_against_and_a_search_does_not(
    tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_home()
    monkeypatch.setenv("DIALENS_HOME", str(home))
    for at in range(30):
        paint(tmp_path / "Many" / f"{at}.png", (8 * at, 20, 200), (40 + at, 40))
    run("index", str(tmp_path / "Many"))
    kept = home / "collections" / "Many" / "absence.npz"
    measured = kept.read_bytes(), kept.stat().st_mtime_ns
    run("search", "a", "boat")
    assert (kept.read_bytes(), kept.stat().st_mtime_ns) == measured


@pytest.mark.usefixtures("home")
def test_index_again_reads_nothing(photos: Path) -> None:
    report = run_json("index", str(photos))
    assert (report["encoded"], report["unchanged"], report["gone"]) == (0, 7, 0)


@pytest.mark.usefixtures("home")
def test_search_shows_a_table_with_paths_below_the_folder() -> None:
    out, _ = run("search", "something red", "-k", "3", "--why")
    assert out.splitlines()[0].split() == ["#", "score", "file", "size", "why"]
    assert len(out.splitlines()) >= 4
    assert "/Holiday/" not in out


@pytest.mark.usefixtures("home")
def test_search_as_json_says_everything_about_its_hits(photos: Path) -> None:
    found = run_json("search", "red", "-k", "2")
    assert found["collection"] == "Holiday"
    assert found["query"] == {"wanted": ["red"]}
    assert [hit["rank"] for hit in found["hits"]] == [1, 2]
    hit = found["hits"][0]
    assert Path(hit["path"]).is_relative_to(photos)
    assert hit["why"]["words"] == ["red"]
    assert {"id", "sha256", "width", "height", "bytes", "taken", "camera", "gps"} <= set(hit)


@pytest.mark.usefixtures("home")
def test_filters_keep_only_what_meets_them() -> None:
    tall = run_json("search", "red", "--orientation", "portrait")["hits"]
    assert [Path(hit["path"]).parent.name for hit in tall] == ["tall"] * 3
    below = run_json("search", "--path", "tall/**", "--not-path", "*green*")["hits"]
    assert {Path(hit["path"]).stem for hit in below} == {"red_tall", "blue_tall"}
    assert run_json("search", "red", "--after", "2019")["hits"] == []
    assert run_json("search", "red", "--min-mp", "1")["hits"] == []


@pytest.mark.usefixtures("home")
def test_more_like_a_picture_of_the_collection_by_path_or_id(photos: Path) -> None:
    red = photos / "red.png"
    first = run_json("search", "--like", str(red), "-k", "1")["hits"][0]
    assert Path(first["path"]) == red
    again = run_json("search", "--like", first["id"], "--exclude-id", first["id"], "-k", "6")
    assert len(again["hits"]) == 5
    assert first["id"] not in {hit["id"] for hit in again["hits"]}


@pytest.mark.usefixtures("home")
def test_a_picture_from_elsewhere_is_an_example(tmp_path: Path, photos: Path) -> None:
    shutil.copy(photos / "blue.png", tmp_path / "mine.png")
    first = run_json("search", "--image", str(tmp_path / "mine.png"), "-k", "1")["hits"][0]
    assert Path(first["path"]).name == "blue.png"


@pytest.mark.usefixtures("home")
def test_paths_for_pipes_end_with_a_line_break_or_nul(photos: Path) -> None:
    lines, _ = run("search", "red", "-k", "2", "--paths-only")
    assert len(lines.splitlines()) == 2
    ended, _ = run("search", "red", "-k", "2", "-0")
    assert ended.count("\0") == 2
    assert all(Path(path).is_relative_to(photos) for path in ended.split("\0")[:2])


@pytest.mark.usefixtures("home")
def test_search_writes_a_page(tmp_path: Path) -> None:
    _, err = run("search", "red", "--html", str(tmp_path / "found.html"))
    assert err.strip() == str(tmp_path / "found.html")
    assert "red.png" in (tmp_path / "found.html").read_text("utf-8")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("search",), 'say what to look for, such as: dialens search "a boat at dusk"'),
        (("search", "x", "-c", "Work"), "no collection 'Work'; there are Holiday"),
        (("search", "x", "--after", "some day"), "a date must look like 2019, 2019-06 or"),
        (("search", "x", "--like", "nothing.jpg"), "--like: 'nothing.jpg' is no picture of"),
        (("search", "x", "--image", "nothing.jpg"), "--image: no file 'nothing.jpg'"),
        (("search", "x", "--json", "-0"), "--json and --paths-only exclude each other"),
        (("index", "nowhere"), "no folder 'nowhere'; name the folder that holds the pictures"),
        (("index", __file__), "test_commands.py' is a file, no folder; name the folder that holds"),
        (("serve", "--folder", __file__), "test_commands.py' is a file, no folder"),
        (("serve", "--token-file", "none"), "--token-file none: No such file or directory; it"),
        (("serve", "--token-file", "/"), "--token-file /: Is a directory; it holds a line NAME"),
        (("rm", "Holiday"), "deleting 'Holiday' needs --yes where nobody can be asked"),
        (("chat", "--profile", "huge"), "no profile 'huge'; there are auto, offline"),
        (("sessions", "show", "none"), "none"),
    ],
)
def test_an_error_is_one_line_that_names_the_remedy(command: list[str], message: str) -> None:
    out, err = run(*command, code=1)
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith("dialens: ")
    assert message in err


@pytest.mark.usefixtures("empty")
def test_without_a_collection_the_way_to_one_is_shown() -> None:
    assert "make one with: dialens index FOLDER" in run("search", "x", code=1)[1]
    assert "make one with: dialens index FOLDER" in run("status")[1]


@pytest.mark.parametrize(
    "command", [("search", "--sideways"), ("index",), ("fly",), ("search", "x", "-k", "0")]
)
def test_wrong_usage_ends_with_2(command: list[str]) -> None:
    run(*command, code=2)


@pytest.mark.usefixtures("home")
def test_a_second_folder_of_the_same_name_is_not_mixed_in_silently(tmp_path: Path) -> None:
    paint(tmp_path / "Holiday" / "x.png", (9, 9, 9), (30, 30))
    _, err = run("index", str(tmp_path / "Holiday"), code=1)
    assert "collection 'Holiday' holds another folder" in err


@pytest.mark.usefixtures("home")
def test_status_counts_pictures_and_lists_failures() -> None:
    (one,) = run_json("status")
    assert (one["name"], one["pictures"], one["files"]) == ("Holiday", 6, 6)
    assert [Path(failure["path"]).name for failure in one["failed"]] == ["broken.jpg"]
    assert "1 file could not be read" in run("status")[0]
    assert "broken.jpg: " in run("status", "Holiday", "--failed")[0]


@pytest.mark.usefixtures("empty")
def test_rm_deletes_the_collection_and_leaves_the_pictures(tmp_path: Path) -> None:
    paint(tmp_path / "few" / "x.png", (200, 9, 9), (30, 30))
    run("index", str(tmp_path / "few"))
    run("rm", "few", "--yes")
    assert run_json("status") == []
    assert (tmp_path / "few" / "x.png").exists()


@pytest.mark.usefixtures("home")
def test_a_conversation_through_a_pipe_is_kept_and_can_be_continued_listed_and_removed() -> None:
    out, _ = run("chat", "--session", "test", said="red\nonly portraits\n")
    assert "> red" in out
    assert "red_tall.png" in out
    assert "Kept: dialens chat --session test" in out
    again, _ = run("chat", "--session", "test", said="undo\n")
    assert "Going on: " in again
    (kept,) = [one for one in run_json("sessions", "list") if one["name"] == "test"]
    assert (kept["collection"], kept["turns"]) == ("Holiday", 3)
    assert "only portraits" in run("sessions", "show", "test")[0]
    assert len(run_json("sessions", "show", "test")["turns"]) == 3
    run("sessions", "rm", "test")
    assert "test" not in {one["name"] for one in run_json("sessions", "list")}


@pytest.mark.usefixtures("home")
def test_a_conversation_without_a_word_leaves_nothing_behind() -> None:
    run("chat", "--session", "silent", said="")
    assert "silent" not in {one["name"] for one in run_json("sessions", "list")}


@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
@pytest.mark.usefixtures("empty")
def test_a_file_name_with_control_codes_cannot_paint_the_terminal(tmp_path: Path) -> None:
    paint(tmp_path / "odd" / "a\x1b[31mred\nline.png", (200, 9, 9), (30, 30))
    run("index", str(tmp_path / "odd"))
    out, _ = run("search", "red")
    assert "\\x1b[31mred\\nline.png" in out
    assert "\x1b" not in out


def test_profiles_are_listed_for_people_and_scripts() -> None:
    assert {one["name"] for one in run_json("profiles")} >= {"offline", "laptop", "gpu", "server"}
    assert "MobileCLIP2" in run("profiles")[0]


@pytest.mark.usefixtures("home")
def test_a_search_loads_neither_torch_nor_transformers() -> None:
    code = (
        "import sys; from app.commands.search import search; search(['red'], k=1, paths_only=True);"
        "print([m for m in ('torch', 'transformers', 'open_clip') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    path, heavy = done.stdout.splitlines()
    assert Path(path).suffix == ".png"
    assert heavy == "[]"


@pytest.mark.usefixtures("home")
def test_an_unchanged_folder_loads_no_encoder(photos: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from app.library.indexing import index;"
        f"_, done = index(Path({str(photos)!r}), name=None, include=None, exclude=None,"
        " models=None, retry_failed=False);"
        "print(done.unchanged, 'retrievers.offline.encoder' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["7", "False"]
