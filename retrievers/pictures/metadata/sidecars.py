"""Files beside a picture that speak of it: `IMG.xmp`, `IMG.jpg.xmp`, Takeout's JSON, Picasa's ini.

Takeout calls it `IMG.jpg.json` or `IMG.jpg.supplemental-metadata.json`, cuts that name to 51
characters, puts the number of `IMG(1).jpg` before its `.json`, and has none for edited copies. What
it says of `IMG.HEIC` is all that is known of an `IMG.jpg` that was made of it, and believed last.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from retrievers.pictures.files.file_bytes import read_bytes
from retrievers.pictures.files.unreadable import UnreadablePicture
from retrievers.pictures.metadata import picasa, takeout, xmp
from retrievers.pictures.metadata.facts import Facts
from retrievers.text.lettering import folded

OnFailure = Callable[[UnreadablePicture], None]
ENDINGS = (".xmp", ".json", *picasa.NAMES)
MOST_BYTES = xmp.MOST_BYTES
_CUT = 46  # characters of the name before .json
_MORE = ".supplemental-metadata"
_NUMBER = re.compile(r"(.*)(\(\d{1,4}\))", re.DOTALL)
_EDITED = (
    *("edited", "bearbeitet", "modifié", "modifie", "editado", "editada", "modificato", "bewerkt"),
    *("edytowane", "redigerad", "redigeret", "redigert", "muokattu", "upraveno", "szerkesztett"),
    *("изменено", "düzenlendi", "編集済み", "已编辑", "已修改", "수정됨", "effects", "collage"),
)

_MADE_OF = (".heic", ".heif", ".dng", ".cr2", ".cr3", ".nef", ".arw")  # what JPEGs are made of
_ANOTHER = re.compile(rf"(?:{'|'.join(map(re.escape, _MADE_OF))})[.(]")


class Sidecars:
    """The files of a folder that may speak of its pictures, by name."""

    def __init__(self, names: Iterable[str]) -> None:
        speaking = [name for name in names if name.lower().endswith(ENDINGS)]
        self._xmp = {folded(name[:-4]): name for name in speaking if name[-1] in "pP"}
        self._json = {folded(name[:-5]): name for name in speaking if name[-1] in "nN"}
        self._of_all = [name for name in speaking if name.lower() in picasa.NAMES]
        self._titles = sorted(self._json)

    def of(self, picture: str) -> list[str]:
        """Return the names of the files that speak of a picture, the most telling first."""
        if not (self._xmp or self._json):
            return list(self._of_all)
        name = folded(picture)
        stem, dot, ending = name.rpartition(".")
        found = [self._xmp[one] for one in (name, stem) if one in self._xmp]
        own = [one for kind in (dot + ending, *_MADE_OF) for one in self._takeout(stem, kind)]
        found += [self._json[one] for one in own[:1]]
        return found + self._of_all

    def _takeout(self, stem: str, ending: str) -> Iterator[str]:
        for own in _originals(stem):
            yield from self._titled(own + ending, "")
            if number := _NUMBER.fullmatch(own):
                yield from self._titled(number[1] + ending, number[2])
        yield from (own for own in _originals(stem) if own in self._json)

    def _titled(self, name: str, count: str) -> Iterator[str]:
        """Yield the titles of a picture's name, whole, with an addition, or cut."""
        if name + count in self._json:
            yield name + count
        start, longest = name[:_CUT], name + _MORE
        for title in self._titles[bisect_left(self._titles, start) :]:
            if not title.startswith(start):
                return
            number = _NUMBER.fullmatch(title)
            said, at = number.groups() if number else (title, "")
            is_whole = said.startswith(f"{name}.") or len(said) >= _CUT
            if at == count and is_whole and longest.startswith(said):
                yield title


def read_beside(
    paths: Iterable[Path], *, of: str = "", on_failure: OnFailure = lambda failure: None
) -> list[Facts]:
    """Return what each of the files beside a picture says.

    Args:
        paths: of those files.
        of: the picture's name.
        on_failure: told of those that cannot be read.
    """
    return [_read_sidecar(path, of, on_failure) for path in paths]


def is_believed_last(path: Path, picture: str) -> bool:
    """Whether it speaks of all the pictures of its folder, or of what the picture was made of."""
    name, own = folded(path.name), folded(picture)
    return _is_of_all(path) or (
        name.endswith(".json") and bool(_ANOTHER.search(name)) and not own.endswith(_MADE_OF)
    )


def _is_of_all(path: Path) -> bool:
    return path.name.lower() in picasa.NAMES


def _read_sidecar(path: Path, of: str, on_failure: OnFailure) -> Facts:
    def broken(reason: str) -> None:
        plain = " ".join(reason.split())
        on_failure(UnreadablePicture(path, f"what it says of a picture cannot be read: {plain}"))

    is_json = path.name.lower().endswith(".json")
    try:
        data = read_bytes(path, most=MOST_BYTES).data
    except UnreadablePicture as error:
        if not is_json:  # JSON that is empty, or too large, may be another program's
            on_failure(error)
        return Facts()
    if is_json:
        return takeout.facts_of_takeout(data, on_broken=broken)
    if _is_of_all(path):
        return picasa.facts_of_picasa(data, of, on_broken=broken)
    return xmp.facts_of_xmp(data, "xmp_sidecar", on_broken=broken)


def _originals(stem: str) -> Iterator[str]:
    """Yield the name, and if it is an edited copy, what it is a copy of."""
    yield stem
    number = _NUMBER.fullmatch(stem)
    bare, count = (number[1], number[2]) if number else (stem, "")
    own, dash, edited = bare.rpartition("-")
    if dash and edited in _EDITED:
        yield own + count
    elif len(bare) >= _CUT and any(word.startswith(edited) for word in _EDITED):
        yield (own if dash else bare) + count  # "-edited" was cut, too
