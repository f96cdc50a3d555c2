"""Finding picture files: which, in what order, and what is said of the rest."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrievers.pictures import UnreadablePicture, find_pictures
from retrievers.pictures.folders.globs import compile_globs
from tests.hostile import build


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x" * len(name))


def found(folder: Path, **options: object) -> list[str]:
    return [file.below for file in find_pictures(folder, **options)]  # type: ignore[arg-type]


def test_files_come_by_name_and_then_folders(tmp_path: Path) -> None:
    make(tmp_path, "b/2.png", "b/a/1.png", "a/9.jpg", "z.JPG", "c.heic", "notes.txt", "jpg")
    assert found(tmp_path) == ["c.heic", "z.JPG", "a/9.jpg", "b/2.png", "b/a/1.png"]


def test_size_and_time_are_those_of_the_file(tmp_path: Path) -> None:
    make(tmp_path, "a.png")
    (file,) = find_pictures(tmp_path)
    assert file.path == tmp_path / "a.png"
    assert (file.size, file.mtime_ns) == (5, (tmp_path / "a.png").stat().st_mtime_ns)


def test_hidden_names_trash_and_thumbnails_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    left_out = [".git/a.png", ".thumbnails/b.png", "@eaDir/c.png", "x/node_modules/d.png"]
    make(tmp_path, "x/good.png", "x/._good.png", "$RECYCLE.BIN/e.png", *left_out)
    assert found(tmp_path) == ["x/good.png"]
    assert len(found(tmp_path, hidden=True)) == 7


def test_a_hidden_root_is_searched(tmp_path: Path) -> None:
    make(tmp_path, ".photos/a.png")
    assert found(tmp_path / ".photos") == ["a.png"]


@pytest.mark.parametrize(
    ("include", "exclude", "names"),
    [
        (["*.PNG"], [], ["a.png", "2019/b.png", "2019/trips/c.png"]),
        (["2019"], [], ["2019/b.png", "2019/trips/c.png", "2019/trips/d.jpg"]),
        (["TRIPS/"], [], ["2019/trips/c.png", "2019/trips/d.jpg"]),
        (["2019/*.png"], [], ["2019/b.png"]),
        (["/*.png"], [], ["a.png"]),
        (["**/*.jpg"], [], ["e.jpg", "2019/trips/d.jpg"]),
        (["2019/**"], ["trips"], ["2019/b.png"]),
        ([], ["2019"], ["a.png", "e.jpg"]),
        ([], ["**/trips/*.jpg"], ["a.png", "e.jpg", "2019/b.png", "2019/trips/c.png"]),
        (["[ab].*"], [], ["a.png", "2019/b.png"]),
        (["[!ab].*"], [], ["e.jpg", "2019/trips/c.png", "2019/trips/d.jpg"]),
        (["?.jpg", "a.*"], ["d*"], ["a.png", "e.jpg"]),
    ],
)
def test_globs(tmp_path: Path, include: list[str], exclude: list[str], names: list[str]) -> None:
    make(tmp_path, "a.png", "e.jpg", "2019/b.png", "2019/trips/c.png", "2019/trips/d.jpg")
    assert found(tmp_path, include=include, exclude=exclude) == names


@pytest.mark.parametrize(
    ("glob", "message"),
    [("", "must name something, such as .*; got ''"), ("/", "got '/'")],
)
def test_a_glob_that_cannot_match_is_refused(tmp_path: Path, glob: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_pictures(tmp_path, include=[glob])


@given(st.text(st.characters(exclude_characters="/*?[\0"), min_size=1))
def test_a_plain_name_is_a_glob_that_matches_itself(name: str) -> None:
    pattern = compile_globs([name])
    assert pattern is not None
    if name != "./":
        assert pattern.fullmatch(f"some/{name}")
        assert pattern.fullmatch(f"{name}/inside.png")


def test_linked_folders_are_entered_once_and_loops_end(tmp_path: Path) -> None:
    make(tmp_path, "root/real/a.png", "outside/b.png")
    root = tmp_path / "root"
    (root / "real" / "up").symlink_to(root)
    (root / "real" / "above").symlink_to(tmp_path)
    (root / "again").symlink_to("real")
    (root / "afar").symlink_to(tmp_path / "outside")
    (root / "itself").symlink_to("itself")
    every = find_pictures(root, follow_links=True)
    assert [file.below for file in every] == ["real/a.png", "afar/b.png"]
    assert found(root) == ["real/a.png"]


def test_no_link_leads_out_of_the_root_unless_that_is_asked(tmp_path: Path) -> None:
    make(
        tmp_path,
        "root/a.png",
        "root/deep/b.png",
        "outside/c.png",
        "outside/a.png.xmp",
        "root2/d.png",
    )
    root, told = tmp_path / "root", list[UnreadablePicture]()
    (root / "inner.png").symlink_to("deep/b.png")
    (root / "file.png").symlink_to("../outside/c.png")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "a.png.xmp").symlink_to(tmp_path / "outside" / "a.png.xmp")
    (root / "neighbour.png").symlink_to(tmp_path / "root2" / "d.png")  # a longer name is no inside
    (root / "chain").symlink_to("deep/chain")
    (root / "deep" / "chain").symlink_to("../../outside")
    files = list(find_pictures(root, on_failure=told.append))
    assert [file.below for file in files] == ["a.png", "inner.png", "deep/b.png"]
    assert not any(file.beside for file in files)
    assert {one.path.name for one in told} == {"file.png", "folder", "neighbour.png", "chain"}
    assert all("--follow-links" in one.reason for one in told)
    asked = find_pictures(root, follow_links=True)
    assert any(file.beside for file in asked if file.below == "a.png")


def test_an_unreadable_thing_with_a_pictures_suffix_is_reported(tmp_path: Path) -> None:
    failures: list[UnreadablePicture] = []
    expected = build(tmp_path)
    files = list(find_pictures(tmp_path, on_failure=failures.append))
    met = {file.path for file in files} | {failure.path for failure in failures}
    assert met == {item.path for item in expected if item.is_met}
    reasons = {failure.path.name: failure.reason for failure in failures}
    assert reasons["pipe.jpg"] == "not a regular file but a named pipe"
    assert reasons["loop.jpg"] == "a symbolic link that leads back to itself"


def test_undecodable_names_are_shown_with_replacement_characters(tmp_path: Path) -> None:
    build(tmp_path)
    below = [file.below for file in find_pictures(tmp_path)]
    assert "caf\ufffd-\ufffd.jpg" in below
    assert all(name.encode() for name in below)


@pytest.mark.parametrize(
    ("name", "message"), [("gone", "there is no such folder"), ("file", "not a folder")]
)
def test_a_root_that_cannot_be_listed_is_an_error(tmp_path: Path, name: str, message: str) -> None:
    make(tmp_path, "file")
    with pytest.raises(UnreadablePicture, match=f"{name}: {message}"):
        find_pictures(tmp_path / name)
