"""A file that is no more what was indexed is not served, whatever it is, through any door."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from PIL import Image

from tests.app.server.running import draw, running
from tests.app.test_commands import run as dialens

SECRET = b"not to be served 7f3a"
Swap = Callable[[Path, Path], object]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    draw(tmp_path / "Photos")
    return tmp_path / "Photos"


@pytest.fixture
def home(new_home: Callable[[], Path], photos: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = new_home()
    monkeypatch.setenv("DIALENS_HOME", str(home))
    dialens("index", str(photos))
    return home


@pytest.fixture
def client(home: Path) -> Iterator[httpx.Client]:
    with running(home) as server, server.client() as client:
        yield client


def pictures(client: httpx.Client) -> dict[str, str]:
    """Return the address of each picture of the collection by its name."""
    listed = client.get("/api/collections/Photos/pictures", params={"limit": 50}).json()
    return {
        one["name"]: f"/api/collections/Photos/pictures/{one['id']}" for one in listed["pictures"]
    }


def linked(path: Path, secret: Path) -> None:
    path.unlink()
    path.symlink_to(secret)


def proc(path: Path, secret: Path) -> None:
    linked(path, Path("/proc/self/environ"))


def other_bytes(path: Path, secret: Path) -> None:
    path.write_bytes(SECRET.ljust(path.stat().st_size, b"."))


def other_picture(path: Path, secret: Path) -> None:
    Image.new("RGB", (240, 180), (1, 2, 3)).save(path)


def pipe(path: Path, secret: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def hard_linked(path: Path, secret: Path) -> None:
    path.unlink()
    path.hardlink_to(secret)


def folder_linked(path: Path, secret: Path) -> None:
    """Its folder leads elsewhere, where the very same picture lies."""
    shutil.copytree(path.parent, secret.parent / "elsewhere")
    shutil.rmtree(path.parent)
    path.parent.symlink_to(secret.parent / "elsewhere")


@pytest.mark.parametrize("swap", [linked, folder_linked], ids=lambda one: one.__name__)
def test_a_picture_seen_before_is_not_served_once_it_is_swapped(
    client: httpx.Client, photos: Path, tmp_path: Path, swap: Swap
) -> None:
    (secret := tmp_path / "secret").write_bytes(SECRET)
    at = pictures(client)["red_circle.jpg"]
    assert client.get(f"{at}/file").content == (photos / "circle/red_circle.jpg").read_bytes()
    assert client.get(f"{at}/image").status_code == 200
    swap(photos / "circle/red_circle.jpg", secret)
    for kind in ("file", "image", "image?side=640"):
        told = client.get(f"{at}/{kind}")
        assert told.status_code == 404
        assert "is gone, or holds another picture" in told.text and str(photos) not in told.text


def test_what_a_swapped_picture_is_does_not_matter(
    client: httpx.Client, photos: Path, tmp_path: Path
) -> None:
    (secret := tmp_path / "secret").write_bytes(SECRET)
    secret.chmod(0o600)
    at = pictures(client)
    swaps: tuple[Swap, ...] = (linked, proc, other_bytes, other_picture, pipe, hard_linked)
    for name, swap in zip(sorted(at), swaps, strict=False):
        (path,) = photos.glob(f"*/{name}")
        swap(path, secret)
        for kind in ("file", "image"):
            told = client.get(f"{at[name]}/{kind}")
            assert (told.status_code, swap.__name__) == (404, swap.__name__)
            assert SECRET not in told.content
    assert client.get(f"{sorted(at.items())[-1][1]}/file").status_code == 200


def test_a_page_of_the_command_line_shows_no_swapped_picture(
    home: Path, photos: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (240, 180), (1, 2, 3)).save(tmp_path / "private.jpg")
    linked(photos / "circle/red_circle.jpg", tmp_path / "private.jpg")
    page = tmp_path / "page.html"
    dialens("search", "--path", "**/red_*", "--html", str(page))
    assert page.read_text().count("data:image/webp") == 3
    assert "leads out of the folders of its collection" in page.read_text()


def test_the_cache_of_images_forgets_what_is_deleted_or_changed(
    client: httpx.Client, photos: Path
) -> None:
    at, path = pictures(client)["blue_square.jpg"], photos / "square/blue_square.jpg"
    data = path.read_bytes()
    assert client.get(f"{at}/image").status_code == 200
    path.unlink()
    assert client.get(f"{at}/image").status_code == 404
    path.write_bytes(data)
    assert client.get(f"{at}/image").status_code == 200
    status = path.stat()
    path.write_bytes(SECRET.ljust(len(data)))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert client.get(f"{at}/image").status_code == 404


def test_a_copied_collection_opens_no_file_of_this_machine(
    home: Path, tmp_path: Path, photos: Path
) -> None:
    """Its records may say any root, path and hash: only a picture that its maker had is served."""
    (notes := tmp_path / "notes.txt").write_bytes(SECRET)
    draw(tmp_path / "private")
    shutil.copytree(home / "collections/Photos", copied := home / "collections/Copied")
    with closing(sqlite3.connect(copied / "records.db")) as db, db:
        db.execute("UPDATE roots SET path = ?", (b"/",))
        rows = [row for (row,) in db.execute("SELECT DISTINCT row FROM files ORDER BY row")]
        for row, path in zip(rows, ("/etc/hostname", str(notes)), strict=False):
            db.execute("UPDATE files SET path = ? WHERE row = ?", (path.encode(), row))
            digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
            said = (f"{row:016x}", digest, Path(path).stat().st_size, row)
            db.execute("UPDATE pictures SET id = ?, sha256 = ?, bytes = ? WHERE row = ?", said)
    with running(home) as server, server.client() as client:
        for row in rows[:2]:
            for kind in ("file", "image"):
                at = f"/api/collections/Copied/pictures/{row:016x}/{kind}"
                assert client.get(at).status_code == 404
        told = client.post("/api/collections/Copied/index", json={})
        assert told.status_code == 403 and "was not indexed with this home" in told.text
        begun = client.post("/api/collections/Photos/index", json={}).json()
        assert _ended(client, begun["number"]) == "done"


def test_a_path_that_no_system_takes_is_a_picture_that_is_not_there(
    home: Path, photos: Path, tmp_path: Path
) -> None:
    odd = [b"/a\0b", b"/a\0b/c.png", b"/" + b"x" * 5000, b"/" + b"y/" * 3000 + b"z"]
    with closing(sqlite3.connect(home / "collections/Photos/records.db")) as db, db:
        found = db.execute("SELECT row, id FROM pictures ORDER BY row").fetchall()[: len(odd)]
        for (row, _), end in zip(found, odd, strict=True):
            path = os.fsencode(photos) + end
            db.execute("UPDATE files SET path = ? WHERE row = ?", (path, row))
    page = tmp_path / "page.html"
    dialens("search", "--path", "**", "-k", "50", "--html", str(page))
    assert page.read_text().count("data:image/webp") == 16 - len(odd)
    with running(home) as server, server.client() as client:
        for _, id_ in found:
            for kind in ("file", "image"):
                told = client.get(f"/api/collections/Photos/pictures/{id_}/{kind}")
                assert told.status_code == 404, told.text
        assert "Traceback" not in server.log.read_text()


def test_links_inside_the_folder_and_those_that_were_asked_for_are_served(
    home: Path, photos: Path, tmp_path: Path
) -> None:
    for at, name in enumerate(("nas/one.png", "two.png", "three.png")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (90, 60), (90, at, 7)).save(tmp_path / name)
    (photos / "nas").symlink_to(tmp_path / "nas")
    (photos / "two.png").symlink_to(tmp_path / "two.png")
    (tmp_path / "three.png").rename(photos / "circle/three.txt")
    (photos / "inside.png").symlink_to("circle/three.txt")
    said, _ = dialens("index", str(photos))
    assert said.count("a link out of the folder; `dialens index FOLDER --follow-links`") == 2
    with running(home, "--folder", str(photos)) as server, server.client() as client:
        found = pictures(client)
        assert "inside.png" in found and not {"one.png", "two.png"} & found.keys()
        begun = client.post("/api/collections/Photos/index", json={}).json()
        assert _ended(client, begun["number"]) == "done" and "one.png" not in pictures(client)
        assert client.get(f"{found['inside.png']}/file").status_code == 200
        dialens("index", str(photos), "--follow-links")
        for name in ("one.png", "two.png", "inside.png"):
            assert client.get(f"{pictures(client)[name]}/file").status_code == 200
    assert "link out" not in dialens("index", str(photos))[0]  # it is remembered


def _ended(client: httpx.Client, number: int) -> str:
    end = monotonic() + 60
    while monotonic() < end:
        state = str(client.get(f"/api/jobs/{number}").json()["state"])
        if state not in ("waiting", "running"):
            return state
        sleep(0.05)
    raise AssertionError(f"no end within a minute: {state}")
