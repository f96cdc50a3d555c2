"""Who names the thing asked for again and adds to it, describes it: nothing is refused."""

from datetime import date
from itertools import product

import pytest

from agent.understanding.acts import Drop, Forget, Negate, NewSearch, Refine
from agent.understanding.constraint_list import Wanted
from agent.understanding.interpretation import Context
from agent.understanding.interpreters.tagging_interpreter import interpret

HELD = ("cat", "boat", "car", "child", "tree", "flower", "house", "bicycle", "horse", "lamp")
GOES_ON = ("on a sofa", "at night", "playing", "near a lake", "seen from above", "with a red hat")


def acts(said: str, held: str) -> tuple[object, ...]:
    context = Context(
        shown=10,
        asked=True,
        today=date(2025, 10, 15),
        state=(Wanted(held),),
        constraints=(held,),
    )
    return interpret(said, context).acts


@pytest.mark.parametrize(("noun", "more"), list(product(HELD, GOES_ON)))
@pytest.mark.parametrize("form", ["{}s {}", "a {} {}", "{} {}"])
def test_a_thing_said_again_with_more_is_not_refused(noun: str, more: str, form: str) -> None:
    found = acts(form.format(noun, more), f"a {noun}")
    assert not any(isinstance(act, Negate | Forget | Drop) for act in found), found


def test_most_are_taken_as_descriptions() -> None:
    every = list(product(HELD, GOES_ON))
    asked_back = [
        f"{noun}s {more}"
        for noun, more in every
        if not any(isinstance(act, Refine) for act in acts(f"{noun}s {more}", f"a {noun}"))
    ]
    assert len(asked_back) <= 0.2 * len(every), asked_back


@pytest.mark.parametrize("said", ["no cats", "cats are boring", "forget the cat", "enough of cats"])
def test_words_that_refuse_still_refuse(said: str) -> None:
    found = acts(said, "a cat")
    assert not any(isinstance(act, NewSearch) for act in found)
    assert any(isinstance(act, Negate | Forget | Drop) for act in found), found
