"""The demo's photographs come out of packages that are only lying there."""

import subprocess
import sys
from pathlib import Path

from PIL import Image

from app.demo.demo_photos import gather, is_photograph
from tests.hostile import photo, saved


def install(site: Path, name: str, data: bytes) -> None:
    (site / name).parent.mkdir(parents=True, exist_ok=True)
    (site / name).write_bytes(data)


def test_the_photographs_of_the_packages_are_there() -> None:
    """The packages that tests run with need not have any, so each is asked for by its file."""
    from importlib.util import find_spec

    wanted = {
        "skimage": {"astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg"},
        "sklearn": {"china.jpg", "flower.jpg"},
        "gradio": {"lion.jpg"},
        "matplotlib": {"grace_hopper.jpg"},
    }
    code = (
        "import sys; from pathlib import Path; from tempfile import mkdtemp\n"
        "from app.demo.demo_photos import gather\n"
        "names = [path.name for path in gather(Path(mkdtemp()) / 'photos')]\n"
        f"assert not {set(wanted)!r} & set(sys.modules), 'a package was imported'\n"
        "sys.stdout.write(' '.join(names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = set(done.stdout.split())
    for package, names in wanted.items():
        assert names <= found or find_spec(package) is None
    assert not found & {"logo.png", "text.png", "page.png", "cheetah1-copy.jpg"}


def test_packages_in_a_target_folder_are_found_and_named_as_the_source(tmp_path: Path) -> None:
    site, target = tmp_path / "site", tmp_path / "demo" / "photos"
    install(site, "imgaug/quokka.jpg", saved(photo(400, 300), "JPEG"))
    install(site, "imgaug/same.jpg", saved(photo(400, 300), "JPEG"))
    install(site, "ultralytics/assets/quokka.jpg", saved(photo(400, 300, seed=1), "JPEG"))
    install(site, "ultralytics/assets/icon.png", saved(photo(64, 64), "PNG"))
    install(site, "elsewhere/other.jpg", saved(photo(500, 300), "JPEG"))
    copies = gather(target, [site])
    assert {"quokka.jpg", "quokka-2.jpg"} <= {path.name for path in copies}
    assert not {"same.jpg", "icon.png", "other.jpg"} & {path.name for path in copies}
    assert (target / "quokka.jpg").read_bytes() == (site / "imgaug/quokka.jpg").read_bytes()
    sources = (tmp_path / "demo" / "photos.sources.tsv").read_text().splitlines()
    assert {"quokka.jpg\timgaug", "quokka-2.jpg\tultralytics"} <= set(sources)
    assert gather(target, [site]) == copies


def test_what_is_small_plain_or_broken_is_no_photograph(tmp_path: Path) -> None:
    install(tmp_path, "good.jpg", saved(photo(300, 200), "JPEG"))
    install(tmp_path, "small.jpg", saved(photo(300, 199), "JPEG"))
    install(tmp_path, "plain.png", saved(Image.new("RGB", (300, 300), "teal"), "PNG"))
    install(tmp_path, "my-logo.png", saved(photo(300, 300), "PNG"))
    install(tmp_path, "broken.jpg", b"no")
    assert [path.name for path in sorted(tmp_path.iterdir()) if is_photograph(path)] == ["good.jpg"]
