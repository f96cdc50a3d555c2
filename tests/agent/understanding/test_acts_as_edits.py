"""What acts do to the constraint list; what each is read from is the interpreter's affair."""

from datetime import date
from pathlib import Path

import pytest

from agent.understanding.acts import (
    Act,
    Answer,
    Change,
    Drop,
    Feedback,
    Filter,
    Forget,
    Keep,
    Lift,
    Liftable,
    Negate,
    NewSearch,
    Refine,
    Replace,
    Resemble,
    StartOver,
    Widen,
)
from agent.understanding.acts_as_edits import after, edits_of, unmet
from agent.understanding.condition_edits import narrowed
from agent.understanding.constraint_list import (
    Condition,
    Constraint,
    Constraints,
    Disliked,
    Example,
    Excluded,
    Liked,
    Refused,
    Wanted,
    conditions_of,
    query_of,
)
from agent.understanding.constraint_words import restated, words_of
from agent.understanding.edits import Add, ReplaceAll
from agent.understanding.edits import Change as ChangeEdit
from agent.understanding.edits import Drop as DropEdit
from retrievers.query import Filters, Query

Y18, Y19, Y20, Y22 = (date(year, 1, 1) for year in (2018, 2019, 2020, 2022))
IN_2018, IN_2019 = Filters(after=Y18, before=Y19), Filters(after=Y19, before=Y20)
PORTRAIT, SQUARE = Filters(orientation="portrait"), Filters(orientation="square")
LANDSCAPE = Filters(orientation="landscape")


def meant(*acts: Act, of: tuple[Constraint | Filters, ...] = ()) -> list[str]:
    """Say each constraint after acts, `of` being the list before them."""
    return [words_of(one) for one in after(acts, listed(*of), ("x", "y"))]


def listed(*given: Constraint | Filters) -> Constraints:
    return tuple(Condition(one) if isinstance(one, Filters) else one for one in given)


@pytest.mark.parametrize(
    ("old", "adds", "left"),
    [
        (Filters(after=Y18), Filters(before=Y20), Filters(after=Y18, before=Y20)),
        (Filters(after=Y20), Filters(before=Y18), Filters(before=Y18)),
        (Filters(after=Y18), Filters(after=Y20, before=Y22), Filters(after=Y20, before=Y22)),
        (Filters(paths=("a",)), Filters(paths=("b",)), Filters(paths=("a", "b"))),
        (PORTRAIT, SQUARE, SQUARE),
        (Filters(one_of=((IN_2018, IN_2019),)), Filters(after=Y20, before=Y22),
         Filters(after=Y20, before=Y22)),
        (Filters(one_of=((IN_2018, IN_2019),)), Filters(before=Y19),
         Filters(before=Y19, one_of=((IN_2018, IN_2019),))),
        (IN_2018, Filters(one_of=((IN_2018, IN_2019),)), Filters(one_of=((IN_2018, IN_2019),))),
        (Filters(paths=("Trips",)), Filters(not_paths=("trips",)), Filters(not_paths=("trips",))),
        (Filters(unless=(PORTRAIT,)), PORTRAIT, PORTRAIT),
        (PORTRAIT, Filters(unless=(PORTRAIT,)), Filters(unless=(PORTRAIT,))),
        (Filters(after=Y18, before=Y20), Filters(unless=(Filters(after=Y18),)),
         Filters(before=Y20, unless=(Filters(after=Y18),))),
        (IN_2018, Filters(lacks=("date",)), Filters(lacks=("date",))),
        (Filters(lacks=("tags",)), Filters(tags=("fun",)), Filters(tags=("fun",))),
        (Filters(min_rating=3), Filters(max_rating=2), Filters(max_rating=2)),
        (Filters(min_pixels=2, max_pixels=9), Filters(min_pixels=3),
         Filters(min_pixels=3, max_pixels=9)),
    ],
)  # fmt: skip
def test_conditions_join_unless_no_day_would_be_left(
    old: Filters, adds: Filters, left: Filters
) -> None:
    assert narrowed(old, adds) == left


def test_a_new_condition_stands_where_the_one_before_stood() -> None:
    of = (IN_2018, Wanted("a dog"))
    assert edits_of(Filter(IN_2019), listed(*of), ()) == (ChangeEdit(1, Condition(IN_2019)),)


def test_a_phrase_refused_later_is_wanted_no_more_and_the_other_way_round() -> None:
    of = (Wanted("a beach"), Wanted("with boats"))
    assert meant(Negate("boat"), of=of) == ["a beach", "not boat"]
    assert meant(Negate("boat"), Refine("some boats"), of=of) == ["a beach", "some boats"]


def test_a_part_of_a_phrase_that_is_refused_is_wanted_no_more() -> None:
    assert meant(Negate("beach"), of=(Wanted("dogs on a beach"),)) == ["dogs", "not beach"]
    assert meant(Negate("car"), of=(Wanted("a car park"),)) == ["a car park", "not car"]


def test_a_refusal_that_is_said_again_keeps_its_place() -> None:
    of = (Refused("people"), Wanted("a dog"))
    assert meant(Negate("people"), of=of) == ["not people", "a dog"]


def test_instead_replaces_what_was_said_last() -> None:
    of = (Wanted("a house"), Wanted("in the rain"))
    assert meant(Refine("with snow", instead=True), of=of) == ["a house", "with snow"]


def test_a_new_search_forgets_everything() -> None:
    of = listed(Wanted("cat"), Liked(("x",)), Filters(camera="Nikon"))
    assert edits_of(NewSearch("dog"), of, ()) == (ReplaceAll((Wanted("dog"),)),)
    assert meant(StartOver(), of=of) == []


def test_the_last_verdict_on_a_picture_holds() -> None:
    bad = after([Feedback(unlike=(1,))], (), ("x", "y"))
    assert query_of(bad) == Query(unlike=("x",), excluded=frozenset({"x"}))
    good = after([Feedback(like=(1,))], bad, ("x", "y"))
    assert query_of(good) == Query(like=("x",))
    assert after([Feedback(like=(1,))], (Excluded(("x",)),), ("x",)) == (Liked(("x",)),)


def test_pictures_of_one_verdict_are_one_constraint() -> None:
    of = after([Feedback(like=(1,)), Refine("a dog")], (), ("x", "y"))
    assert after([Answer("y")], of, ()) == (Liked(("x", "y")), Wanted("a dog"))
    assert after([Feedback(like=(2,), unlike=(1,))], of, ("x", "y")) == (
        Wanted("a dog"),
        Liked(("y",)),
        Disliked(("x",)),
    )


def test_an_example_comes_instead_of_pictures_or_of_the_last_words() -> None:
    cat = Path("cat.jpg")
    of = (Wanted("a sofa"), Liked(("x",)), Example(Path("a.jpg")))
    assert meant(Resemble(cat, instead=True), of=of) == ["a sofa", "like cat.jpg"]
    assert meant(Resemble(cat, instead=True), of=of[:1]) == ["like cat.jpg"]
    assert meant(Resemble(cat), Resemble(cat), of=of[:1]) == ["a sofa", "like cat.jpg"]


@pytest.mark.parametrize(
    ("what", "left"),
    [("date", ["taken with Nikon", "tagged fun"]), ("all", []), ("size", None), ("tags", None)],
)
def test_conditions_are_lifted_by_kind(what: Liftable, left: list[str] | None) -> None:
    of = (IN_2018, Filters(unless=(IN_2019,)), Filters(camera="Nikon"), Filters(tags=("fun",)))
    every = meant(of=of)
    if left is None:
        left = [one for one in every if what == "size" or "tagged" not in one]
    assert meant(Lift(what), of=of) == left


def test_a_new_place_is_instead_of_the_one_before_and_a_refused_one_is_beside() -> None:
    rome, porto = Filters(places=("Rome",)), Filters(places=("Porto",))
    assert meant(Filter(porto), of=(rome,)) == ["taken in Porto"]
    assert meant(Widen(porto), of=(rome,)) == ["taken in Rome or taken in Porto"]
    spain = Filters(not_places=("Spain",))
    assert meant(Filter(spain), of=(rome,)) == ["taken in Rome", "not taken in Spain"]
    assert meant(Filter(Filters(not_places=("rome",))), of=(rome,)) == ["not taken in rome"]
    assert meant(Filter(Filters(places=("spain",))), of=(spain,)) == ["taken in spain"]
    assert meant(Lift("place"), of=(rome, spain)) == []


SUNDAYS, WINTERS = Filters(weekdays=(7,)), Filters(month_days=(((12, 1), (2, 28)),))
MORNINGS = Filters(hours=((6, 12),))


def test_times_that_come_again_stand_beside_a_date_and_give_way_to_their_like() -> None:
    of = (IN_2018, SUNDAYS, WINTERS, MORNINGS)
    now = meant(Filter(Filters(weekdays=(1, 2), hours=((18, 21),))), of=of)
    assert now == [
        "taken 2018-01-01 to 2018-12-31",
        "on Monday or Tuesday",
        "1 December to 28 February of any year",
        "between 18:00 and 21:00",
    ]
    assert meant(Filter(Filters(unless=(SUNDAYS,))), of=(SUNDAYS,)) == ["not on Sunday"]
    assert meant(Filter(SUNDAYS), of=(Filters(unless=(SUNDAYS,)),)) == ["on Sunday"]
    assert meant(Widen(MORNINGS), of=(Filters(hours=((18, 21),)),)) == [
        "between 18:00 and 21:00 or between 6:00 and 12:00"
    ]


def test_with_the_date_goes_what_comes_again_too() -> None:
    of = (IN_2018, SUNDAYS, WINTERS, MORNINGS, Filters(camera="Nikon"))
    assert meant(Lift("weekday"), of=of) == meant(of=(IN_2018, *of[2:]))
    assert meant(Lift("date"), of=of) == ["taken with Nikon"]
    assert meant(Forget("the weekend"), of=of) == meant(of=(IN_2018, *of[2:]))


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(weekdays=(7, 6)), "on Saturday or Sunday"),
        (Filters(weekdays=(1, 2, 3, 4, 5)), "on Monday to Friday"),
        (Filters(weekdays=(1, 5, 6, 7)), "on Monday or Friday to Sunday"),
        (Filters(hours=((22, 5.5), (11.75, 13))),
         "between 22:00 and 5:30 or between 11:45 and 13:00"),
        (Filters(month_days=(((7, 4), (7, 4)),)), "4 July of any year"),
    ],
)  # fmt: skip
def test_times_that_come_again_are_said(filters: Filters, words: str) -> None:
    assert meant(of=(filters,)) == [words]


def test_a_constraint_is_dropped_or_changed_by_its_number() -> None:
    of = (Wanted("a red car"), Refused("people"), Wanted("at night"), IN_2018)
    assert meant(Change(1, "a blue car"), of=of)[0] == "a blue car"
    assert meant(Change(2, "cats"), of=of)[1] == "not cats"
    assert meant(Change(4, "in snow"), of=of)[3] == "in snow"
    assert meant(Drop((1, 3, 3)), of=of) == ["not people", "taken 2018-01-01 to 2018-12-31"]
    assert edits_of(Drop((1, 2)), listed(*of), ()) == (DropEdit(2), DropEdit(1))


def test_a_number_that_no_constraint_has_is_refused() -> None:
    with pytest.raises(ValueError, match=r"constraint must be in 1\.\.1; got 2"):
        edits_of(Drop((2,)), (Wanted("a"),), ())


RED_CAR, MAN = Wanted("a red car"), Wanted("a man with a hat")


@pytest.mark.parametrize(
    ("of", "new", "old", "left"),
    [
        ((RED_CAR,), "blue", "red", ["a blue car"]),
        ((RED_CAR,), "old", "Red", ["an old car"]),
        ((RED_CAR,), "a van", "the cars", ["a red van"]),
        ((RED_CAR,), "a van", "bicycle", ["a van"]),
        ((RED_CAR, Wanted("at night")), "in fog", "", ["a red car", "in fog"]),
        ((), "a van", "", ["a van"]),
        ((RED_CAR,), " ", "red", ["a car"]),
        ((Wanted("plan A image of an old red house"),), "old", "red",
         ["plan A image of an old old house"]),
        ((Refused("dogs"), RED_CAR), "cats", "dog", ["not cats", "a red car"]),
        ((Wanted("a dog"), Refused("dogs")), "wolf", "dog", ["a wolf", "not dogs"]),
        ((RED_CAR, Refused("blue car")), "blue", "red", ["a blue car"]),
        ((Wanted("a cat"), Wanted("a dog")), "cat", "dog", ["a cat"]),
        ((Filters(camera="Canon"), RED_CAR), "Nikon", "canon", ["taken with Nikon", "a red car"]),
        ((Filters(camera="Canon"),), "Nikon", "the camera", ["taken with Nikon"]),
        ((Filters(tags=("fun",)),), "work", "fun", ["tagged work"]),
        ((Filters(paths=("trips",)),), "home", "the folder", ["in home"]),
        ((PORTRAIT,), "landscapes", "portrait", ["landscape"]),
        ((IN_2018,), "2019", "2018", ["taken 2019-01-01 to 2019-12-31"]),
        ((IN_2018,), "a dog", "2018", ["a dog"]),
    ],
)  # fmt: skip
def test_words_take_the_place_of_words(
    of: tuple[Constraint | Filters, ...], new: str, old: str, left: list[str]
) -> None:
    assert meant(Replace(new, old), of=of) == left


@pytest.mark.parametrize(
    ("of", "words", "left"),
    [
        ((RED_CAR, MAN), "the car", ["a man with a hat"]),
        ((MAN,), "the hats", ["a man"]),
        ((MAN,), "that man with the hat thing", []),
        ((Wanted("beach"), RED_CAR), "the sandy beach", ["a red car"]),
        ((Wanted("people"), Refused("people")), "the people", ["people"]),
        ((Refused("dogs or cats"),), "cats", ["not dogs"]),
        ((Refused("people in the background"),), "people", []),
        ((RED_CAR, IN_2018), "the date", ["a red car"]),
        ((RED_CAR, IN_2018), "2018", ["a red car"]),
        ((RED_CAR, IN_2018, Filters(camera="Canon EOS")), "canon", meant(of=(RED_CAR, IN_2018))),
        ((RED_CAR, IN_2018, PORTRAIT), "the filters", ["a red car"]),
        ((Filters(after=date(2019, 7, 1), before=date(2019, 8, 1)), PORTRAIT), "july",
         ["portrait"]),
        ((Filters(paths=("trips/alps",)), PORTRAIT), "the alps folder", ["portrait"]),
        ((Filters(min_rating=4), Filters(tags=("fun",))), "the stars", ["tagged fun"]),
        ((Filters(tags=("fun",)), Filters(min_pixels=5)), "fun tag", ["at least 5e-06 MP"]),
        ((Liked(("x",)), RED_CAR), "the likes", ["a red car"]),
        ((Example(Path("sofa.jpg")), RED_CAR), "my picture", ["a red car"]),
    ],
)  # fmt: skip
def test_what_words_name_is_forgotten(
    of: tuple[Constraint | Filters, ...], words: str, left: list[str]
) -> None:
    assert not unmet(Forget(words), listed(*of))
    assert meant(Forget(words), of=of) == left


def test_what_words_do_not_name_is_dropped_or_nothing_if_they_name_nothing() -> None:
    of = (
        Wanted("the beach"),
        Wanted("a man with a hat"),
        Refused("people"),
        Liked(("x",)),
        IN_2018,
    )
    assert meant(Keep(("the beach",)), of=of) == ["the beach"]
    assert meant(Keep(("hat", "no people", "2018")), of=of) == [
        "a man with a hat", "not people", "taken 2018-01-01 to 2018-12-31"
    ]  # fmt: skip
    assert meant(Keep(("a cow",)), of=of) == meant(of=of)
    told = "Nothing that is asked for is called 'a cow'."
    assert unmet(Keep(("a cow",)), listed(*of)) == unmet(Forget("a cow"), listed(*of)) == told


@pytest.mark.parametrize(
    ("of", "adds", "left"),
    [
        ((LANDSCAPE,), PORTRAIT, ["landscape or portrait"]),
        ((Filters(one_of=((LANDSCAPE, PORTRAIT),)), RED_CAR), SQUARE, ["a red car"]),
        ((IN_2018, RED_CAR), IN_2019,
         ["taken 2018-01-01 to 2018-12-31 or taken 2019-01-01 to 2019-12-31", "a red car"]),
        ((IN_2018,), IN_2018, ["taken 2018-01-01 to 2018-12-31"]),
        ((Filters(tags=("a",)), Filters(tags=("b",))), Filters(tags=("c",)),
         ["tagged a and tagged b or tagged c"]),
        ((Filters(unless=(PORTRAIT,)), RED_CAR), PORTRAIT, ["a red car"]),
        ((Filters(camera="Canon"),), Filters(lacks=("camera",)),
         ["taken with Canon or camera unknown"]),
        ((Filters(min_pixels=12_000_000),), Filters(min_pixels=6_000_000),
         ["at least 12 MP or at least 6 MP"]),
    ],
)  # fmt: skip
def test_what_meets_another_condition_is_let_in_too(
    of: tuple[Constraint | Filters, ...], adds: Filters, left: list[str]
) -> None:
    assert not unmet(Widen(adds), listed(*of))
    assert meant(Widen(adds), of=of) == left


def test_nothing_is_widened_where_no_such_condition_holds() -> None:
    of = (RED_CAR, PORTRAIT)
    assert meant(Widen(IN_2018), of=of) == meant(of=of)
    told = "There is no such condition to widen by 'taken 2018-01-01 to 2018-12-31'."
    assert unmet(Widen(IN_2018), listed(*of)) == told


def test_a_list_is_said_in_one_line() -> None:
    acts = (Filter(Filters(after=Y18, before=Y20, min_pixels=12_000_000)), Refine("a dog"))
    line = "a dog; taken 2018-01-01 to 2019-12-31; at least 12 MP; not people"
    assert restated(after([*acts, Negate("people")], (), ())) == line
    assert restated(()) == "anything"
    assert edits_of(acts[1], (), ()) == (Add(Wanted("a dog")),)
    assert conditions_of(Filters()) == ()
