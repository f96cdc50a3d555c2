"""Any constraints, edits and acts, for tests of what always holds."""

from datetime import date
from pathlib import Path

from hypothesis import strategies as st

from agent.understanding.acts import (
    Answer,
    Change,
    Drop,
    Feedback,
    Filter,
    Forget,
    Keep,
    Lift,
    Negate,
    NewSearch,
    Order,
    Refine,
    Replace,
    Resemble,
    StartOver,
    Widen,
)
from agent.understanding.constraint_list import (
    Condition,
    Disliked,
    Example,
    Excluded,
    Liked,
    Ordered,
    Refused,
    Wanted,
)
from agent.understanding.edits import Add, ReplaceAll
from agent.understanding.edits import Change as ChangeEdit
from agent.understanding.edits import Drop as DropEdit
from retrievers.query import Filters

SHOWN = ("1", "2", "3", "4")
_SAID = "a dog|the dogs|a red car|a man with a hat|on a beach|hats|at night|2018|fun|the date|東京"
WORDS = st.sampled_from(_SAID.split("|"))
DAYS = st.sampled_from([date(2018, 1, 1), date(2019, 1, 1), date(2020, 2, 29)])
SIMPLE = st.one_of(
    st.builds(lambda glob: Filters(paths=(glob,)), st.sampled_from("ab")),
    st.builds(lambda glob: Filters(not_paths=(glob,)), st.sampled_from("aB")),
    st.builds(lambda name: Filters(places=(name,)), st.sampled_from(["Rome", "near Leeds"])),
    st.builds(lambda name: Filters(not_places=(name,)), st.sampled_from(["rome", "Spain"])),
    st.builds(lambda day: Filters(after=day), DAYS),
    st.builds(lambda day: Filters(before=day), DAYS),
    st.just(Filters(after=date(2018, 1, 1), before=date(2019, 1, 1))),
    st.builds(lambda day: Filters(weekdays=(day,)), st.sampled_from([6, 7])),
    st.builds(lambda last: Filters(hours=((6, last),)), st.sampled_from([9, 12])),
    st.just(Filters(month_days=(((12, 1), (2, 28)),))),
    st.builds(lambda one: Filters(orientation=one), st.sampled_from(["portrait", "square"])),
    st.builds(lambda one: Filters(min_pixels=one), st.sampled_from([1, 2])),
    st.builds(lambda one: Filters(max_pixels=one), st.sampled_from([3, 4])),
    st.builds(lambda one: Filters(camera=one), st.sampled_from(["Nikon", "Canon"])),
    st.builds(lambda tag: Filters(tags=(tag,)), st.sampled_from(["fun", "a/b"])),
    st.builds(lambda low: Filters(min_rating=low, max_rating=5), st.sampled_from([2, 3])),
    st.builds(lambda fact: Filters(lacks=(fact,)), st.sampled_from(["date", "tags"])),
)
FILTERS = st.one_of(
    SIMPLE,
    st.builds(lambda one, other: Filters(one_of=((one, other),)), SIMPLE, SIMPLE),
    st.builds(lambda one: Filters(unless=(one,)), SIMPLE),
)
IDS = st.lists(st.sampled_from("12345"), min_size=1, max_size=3, unique=True).map(tuple)
CONDITIONS = FILTERS.map(Condition)
CONSTRAINTS = st.one_of(
    WORDS.map(Wanted),
    WORDS.map(Refused),
    IDS.map(Liked),
    IDS.map(Disliked),
    IDS.map(Excluded),
    st.sampled_from([Path("a.jpg"), Path("0123456789abcdef.webp")]).map(Example),
    CONDITIONS,
    st.sampled_from([Ordered("newest"), Ordered("oldest")]),
)
LISTS = st.lists(CONSTRAINTS, max_size=6).map(tuple)
PLACES = st.lists(st.integers(1, len(SHOWN)), max_size=2).map(tuple)


def edits(count: int) -> st.SearchStrategy[object]:
    """Return any edit of a list of so many constraints."""
    always = st.one_of(CONSTRAINTS.map(Add), LISTS.map(ReplaceAll))
    if not count:
        return always
    numbers = st.integers(1, count)
    return st.one_of(
        always, st.builds(DropEdit, numbers), st.builds(ChangeEdit, numbers, CONSTRAINTS)
    )


def acts(count: int) -> st.SearchStrategy[object]:
    """Return any act that asks for something, said of a list of so many constraints."""
    kinds = st.sampled_from(["date", "weekday", "size", "folder", "place", "tags", "all"])
    always = st.one_of(
        st.builds(NewSearch, WORDS),
        st.builds(Refine, WORDS, st.booleans()),
        st.builds(Negate, WORDS),
        st.builds(Replace, WORDS, st.just("") | WORDS),
        st.builds(Forget, WORDS),
        st.builds(Keep, st.lists(WORDS, min_size=1, max_size=2).map(tuple)),
        st.builds(Feedback, PLACES, PLACES),
        st.builds(Resemble, st.just(Path("b.jpg")), st.booleans()),
        st.builds(Filter, FILTERS),
        st.builds(Widen, FILTERS),
        st.builds(Lift, kinds),
        st.builds(Order, st.sampled_from(["best", "newest", "oldest"])),
        st.builds(Answer, st.none() | st.sampled_from(SHOWN)),
        st.builds(StartOver),
    )
    if not count:
        return always
    numbers = st.integers(1, count)
    drops = st.lists(numbers, min_size=1, max_size=3).map(tuple)
    return st.one_of(always, st.builds(Drop, drops), st.builds(Change, numbers, WORDS))
