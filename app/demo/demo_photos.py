"""Real photographs for a first try: those that well-known packages carry as sample data.

The packages are looked for as folders and never imported, so `pip install --no-deps --target DIR`
is enough.
"""

import shutil
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from PIL.Image import Image

from retrievers.pictures import UnreadablePicture, find_pictures, read_picture

FOLDERS = {
    "scikit-image": ("skimage/data",),
    "scikit-learn": ("sklearn/datasets/images",),
    "matplotlib": ("matplotlib/mpl-data/sample_data",),
    "gradio": ("gradio/media_assets/images", "gradio/test_data"),
    "imgaug": ("imgaug",),
    "ultralytics": ("ultralytics/assets",),
}
"""Where each package keeps its pictures, below the folder that packages are installed in."""

NO_PHOTOGRAPHS = (
    *("*logo*", "*chessboard*", "*depth_map*", "screenshot*", "rectangles*"),
    *("color.png", "text.png", "page.png", "phantom.png", "horse.png"),
)
STAMPS = Path("/usr/share/tuxpaint/stamps")
SMALLEST_SIDE = 200
PLAINEST = 0.6  # of a photograph's area, the most that has one colour


def gather(target: Path, extra_roots: Sequence[Path] = ()) -> list[Path]:
    """Copy the photographs into `target` under their own names, each content once.

    Beside `target`, `<name>.sources.tsv` says which package each came from.

    Args:
        target: the folder to fill; it is made if need be, and files of the same name are replaced.
        extra_roots: folders that packages were installed into, looked at before the installed ones.

    Returns:
        The copies, sorted by name; none if none of the packages is there.
    """
    target.mkdir(parents=True, exist_ok=True)
    copies: dict[str, str] = {}
    seen: set[str] = set()
    for package, path in _candidates(extra_roots):
        digest = sha256(path.read_bytes()).hexdigest()
        if digest in seen or not is_photograph(path):
            continue
        seen.add(digest)
        name = _free_name(path.name, copies)
        shutil.copyfile(path, target / name)
        copies[name] = package
    lines = [f"{name}\t{package}\n" for name, package in sorted(copies.items())]
    (target.parent / f"{target.name}.sources.tsv").write_text("".join(lines), encoding="utf-8")
    return [target / name for name in sorted(copies)]


def stamps_folder() -> Path | None:
    """Return the folder of Debian's `tuxpaint-stamps-default`: some 400 cut-out pictures."""
    return STAMPS if STAMPS.is_dir() else None


def is_photograph(path: Path) -> bool:
    """Whether a file is likely a photograph: large enough, and not mostly of one colour."""
    if any(fnmatch(path.name.lower(), pattern) for pattern in NO_PHOTOGRAPHS):
        return False
    try:
        read = read_picture(path, min_side=64)
    except UnreadablePicture:
        return False
    return min(read.width, read.height) >= SMALLEST_SIDE and _plainness(read.image) < PLAINEST


def _plainness(image: Image) -> float:
    """Return the share of the area that has the most common of 32,768 colours."""
    small = image.resize((64, 64)).point([value & 0xF8 for value in range(256)] * 3)
    return max(count for count, _ in small.getcolors(64 * 64) or [(64 * 64, 0)]) / (64 * 64)


def _candidates(extra_roots: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    for package, folders in FOLDERS.items():
        for root in (*extra_roots, *_installed_in(folders[0].split("/")[0])):
            for folder in folders:
                if (root / folder).is_dir():
                    files = find_pictures(root / folder, exclude=["tests", "baseline_images"])
                    yield from ((package, file.path) for file in files)


def _installed_in(module: str) -> list[Path]:
    """Return the folder that a package is installed in, without importing it."""
    found = find_spec(module)
    places = (found.submodule_search_locations or []) if found else []
    return [Path(place).parent for place in places]


def _free_name(name: str, taken: dict[str, str]) -> str:
    path, number = Path(name), 2
    while name in taken:
        name, number = f"{path.stem}-{number}{path.suffix}", number + 1
    return name
