from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrievers.collection.collection import Collection
from retrievers.hit import Hit, Picture
from retrievers.query import Filters, Ordering, Query
from retrievers.search.ordering import AT_ONCE, depth, in_order
from retrievers.search.searcher import Searcher
from tests.encoders import ColourEncoder
from tests.retrievers.galleries import gallery

DATES = st.none() | st.integers(1900, 2020).map(lambda year: datetime(year, 5, 1))
ORDERS = st.sampled_from(["best", "newest", "oldest"])


def hit(number: int, taken: datetime | None) -> Hit:
    picture = Picture(f"{number * 7919 % 997:03}", "", (Path("/a"),), 1, 1, 1, taken=taken)
    return Hit(picture, 1 / (number + 1), number + 1)


HITS = st.lists(DATES, max_size=250).map(lambda dates: [hit(*one) for one in enumerate(dates)])


@given(HITS, st.sampled_from(["newest", "oldest"]))
def test_each_hundred_of_the_best_is_by_date_and_none_is_lost(
    hits: list[Hit], order: Ordering
) -> None:
    listed = in_order(hits, order)
    assert [one.rank for one in listed] == list(range(1, len(hits) + 1))
    for at in range(0, len(hits), AT_ONCE):
        some = listed[at : at + AT_ONCE]
        best = {one.picture.id for one in hits[at : at + AT_ONCE]}
        assert {one.picture.id for one in some} == best
        years = [one.picture.taken.year for one in some if one.picture.taken]
        assert years == sorted(years, reverse=order == "newest")
        assert all(one.picture.taken is None for one in some[len(years) :])


@given(HITS)
def test_the_best_stay_as_they_are(hits: list[Hit]) -> None:
    assert in_order(hits, "best") == hits


@given(st.integers(1, 1000), ORDERS)
def test_no_more_are_fetched_than_are_put_in_order(k: int, order: Ordering) -> None:
    assert k <= depth(order, k) < k + AT_ONCE
    assert order == "best" or depth(order, k) % AT_ONCE == 0


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    collection = gallery(tmp_path_factory.mktemp("gallery"), n=230)
    yield collection
    collection.close()


QUERIES = [Query(wanted=("red",)), Query(wanted=("sea",)), Query(unwanted=("red",)), Query()]


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("query", QUERIES)
def test_a_search_lists_what_it_finds_by_date_page_by_page(
    collection: Collection, query: Query, order: Ordering
) -> None:
    searcher = Searcher(collection, ColourEncoder())
    asked = Query(wanted=query.wanted, unwanted=query.unwanted, order=order)
    page = [one.picture.id for one in searcher.search(asked, 9)]
    more = searcher.search(asked, 90)
    assert [one.picture.id for one in more][:9] == page
    years = [one.picture.taken.year for one in more if one.picture.taken]
    assert years == sorted(years, reverse=order == "newest") and len(years) > 60
    if asked.compares:
        best = {one.picture.id for one in searcher.search(query, AT_ONCE)}
        assert {one.picture.id for one in more} <= best


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_without_words_all_that_meet_the_conditions_are_listed_by_date(
    collection: Collection, order: Ordering
) -> None:
    asked = Query(filters=Filters(tags=("sea",)), order=order)
    hits = Searcher(collection, ColourEncoder()).search(asked, 200)
    years = [one.picture.taken.year for one in hits if one.picture.taken]
    every = collection.db.execute("SELECT count(*) FROM tags WHERE tag = 'sea'").fetchone()[0]
    assert len(hits) == every and years == sorted(years, reverse=order == "newest")
    assert all(one.picture.taken is None for one in hits[len(years) :])
