from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrievers.collection.collection import Collection
from retrievers.collection.filters.row_filters import meeting
from retrievers.hit import Picture
from retrievers.query import Filters, Orientation
from tests.retrievers.galleries import gallery


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    collection = gallery(tmp_path_factory.mktemp("gallery"))
    yield collection
    collection.close()


PATHS = ("trips", "home/*", "3.png", "TRIPS/?.PNG", "**/4.png", "home/**", "*", "[0-3].png", "no")
FILTERS = st.builds(
    Filters,
    paths=st.lists(st.sampled_from(PATHS), max_size=2).map(tuple),
    not_paths=st.lists(st.sampled_from(PATHS), max_size=1).map(tuple),
    after=st.sampled_from([None, date(2005, 1, 1), date(2013, 2, 2)]),
    before=st.sampled_from([None, date(2013, 2, 2), date(2030, 1, 1)]),
    orientation=st.sampled_from([None, "portrait", "landscape", "square"]),
    min_pixels=st.sampled_from([None, 0, 500, 10**30]),
    max_pixels=st.sampled_from([None, 900, 10**30]),
    camera=st.sampled_from([None, "iphone", "%", "_", "ženit ω", "\udce4'"]),
    tags=st.sampled_from([(), ("sea",), ("SEA", "boat"), ("\udce4",)]),
)


@given(filters=FILTERS)
def test_filters_equal_their_definition(collection: Collection, filters: Filters) -> None:
    mask = meeting(collection, filters)
    if mask is None:
        assert filters == Filters()
        return
    below = dict(collection.db.execute("SELECT row, below FROM files"))
    pictures = collection.pictures(range(40))
    met = [is_met(filters, picture, below[row]) for row, picture in enumerate(pictures)]
    assert mask.tolist() == met


def is_met(filters: Filters, picture: Picture, below: str) -> bool:
    day = picture.taken.date() if picture.taken else None
    pixels = picture.width * picture.height
    return all(
        [
            all(lies_in(glob, below.lower()) for glob in filters.paths),
            not any(lies_in(glob, below.lower()) for glob in filters.not_paths),
            filters.after is None or (day is not None and day >= filters.after),
            filters.before is None or (day is not None and day < filters.before),
            filters.orientation in (None, orientation_of(picture.width, picture.height)),
            filters.min_pixels is None or pixels >= filters.min_pixels,
            filters.max_pixels is None or pixels <= filters.max_pixels,
            filters.camera is None or filters.camera in (picture.camera or "").lower(),
            {tag.lower() for tag in filters.tags} <= {tag.lower() for tag in picture.tags},
        ]
    )


def lies_in(glob: str, below: str) -> bool:
    """The rule for the globs of this test: no deeper folder matters than those of the gallery."""
    parts, glob = below.split("/"), glob.lower()
    if "/" not in glob:
        return any(fnmatch(part, glob) for part in parts)
    if glob.startswith("**/"):
        return fnmatch(parts[-1], glob.removeprefix("**/"))
    if glob in ("home/*", "home/**"):
        return parts[0] == "home"
    return len(parts) == 2 and fnmatch(below, glob)


def orientation_of(width: int, height: int) -> Orientation:
    if abs(width - height) <= 0.02 * max(width, height):
        return "square"
    return "portrait" if height > width else "landscape"


def test_no_filters_ask_nothing(collection: Collection) -> None:
    assert meeting(collection, Filters()) is None


def test_a_bad_glob_is_refused(collection: Collection) -> None:
    with pytest.raises(ValueError, match="a glob must name something"):
        meeting(collection, Filters(paths=("/",)))


def test_values_are_no_sql(collection: Collection) -> None:
    mask = meeting(collection, Filters(camera="') OR 1=1 --", tags=("'; DROP TABLE tags; --",)))
    assert mask is not None and not np.any(mask)
    assert collection.db.execute("SELECT count(*) FROM tags").fetchone()[0] > 0
