"""Whether a reading is right, partly right or wrong: what holds after the utterance is compared.

wrong, which is harmful: a refused thing is searched for or the reverse; an earlier wish is
forgotten, or one that was taken back is kept; a condition, verdict or act that nobody asked for, or
of another value; what is no description is searched for while nothing asked for was done.
partly: something asked for is missing, or words that nobody meant are added.
right: everything else.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from agent.understanding.constraint_list import query_of
from eval.understanding.condition_values import same
from eval.understanding.utterances import Utterance
from eval.understanding.wording import Wording, stems
from retrievers.query import Query

Level = Literal["right", "partly", "wrong"]
LEVELS: tuple[Level, ...] = ("right", "partly", "wrong")


@dataclass(frozen=True, slots=True)
class Grade:
    """The verdict on one reading, by the right one that it is closest to.

    Attributes:
        level: the verdict.
        harms: what makes it wrong.
        losses: what makes it partly right.
    """

    level: Level
    harms: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()


def grade(utterance: Utterance, read: Mapping[str, Any]) -> Grade:
    """Grade what one utterance came to, as `eval.understanding.outcome.plain` has it.

    Raises:
        ValueError: the utterance has no right reading to hold it against.
    """
    if not utterance.ok and not utterance.soft:
        raise ValueError(f"{utterance.id}: {utterance.said!r} has no right reading")
    held = [_held(utterance, wish, read) for wish in utterance.ok]
    held += [_tolerated(_held(utterance, wish, read)) for wish in utterance.soft]
    return min(held, key=lambda one: (LEVELS.index(one.level), len(one.harms), len(one.losses)))


def _tolerated(found: Grade) -> Grade:
    return found if found.level != "right" else Grade("partly", (), ("tolerated, not right",))


def _held(utterance: Utterance, wish: Mapping[str, Any], read: Mapping[str, Any]) -> Grade:
    comparison = _Comparison(utterance, wish, read)
    comparison.compare()
    harms, losses = tuple(comparison.harms), tuple(comparison.losses)
    return Grade("wrong" if harms else "partly" if losses else "right", harms, losses)


@dataclass
class _Comparison:
    """One reading against one right reading; `compare` fills harms and losses."""

    utterance: Utterance
    wish: Mapping[str, Any]
    read: Mapping[str, Any]
    harms: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    achieved: bool = False

    def compare(self) -> None:
        self._words()
        self._filters()
        self._verdicts()
        self._acts()
        self._noise()

    @cached_property
    def state(self) -> Mapping[str, Any]:
        return dict(self.read["state"])

    @cached_property
    def before(self) -> Query:
        """What was asked for before."""
        return query_of(self.utterance.constraints)

    @cached_property
    def held(self) -> tuple[set[str], set[str]]:
        """The words wanted and refused before."""
        return stems(self.before.wanted), stems(self.before.unwanted)

    @cached_property
    def right(self) -> tuple[Wording, Wording]:
        """The words wanted and refused in the right reading."""
        return (
            Wording(self.wish.get("wanted", self.before.wanted)),
            Wording(self.wish.get("unwanted", self.before.unwanted)),
        )

    @cached_property
    def got(self) -> tuple[set[str], set[str]]:
        """The words wanted and refused in the reading."""
        return stems(self.state.get("wanted", ())), stems(self.state.get("unwanted", ()))

    @property
    def conditions(self) -> dict[str, Any]:
        """The conditions of the right reading."""
        found: Mapping[str, Any] = self.wish.get("filters", self.utterance.filters)
        return dict(found)

    def _words(self) -> None:
        (wanted, refused), (was, was_refused), (got, got_refused) = self.right, self.held, self.got
        for choice in wanted.needed:
            if not choice & got:
                forgot = choice & was
                word = min(forgot or choice)
                (self.harms if forgot else self.losses).append(f"{word!r} is not looked for")
        self.losses += [
            f"{min(choice)!r} is not refused"
            for choice in refused.needed
            if not choice & got_refused
        ]
        for word in sorted(got - wanted.every):
            if any(word in choice for choice in refused.needed):
                self.harms.append(f"looks for {word!r}, which is refused")
            elif word in was:
                self.harms.append(f"still looks for {word!r}")
        for word in sorted(got_refused - refused.every):
            if any(word in choice for choice in wanted.needed):
                self.harms.append(f"refuses {word!r}, which is wanted")
            elif word in was_refused:
                self.losses.append(f"still refuses {word!r}")
        self.achieved |= _any_new(wanted, got, was) or _any_new(refused, got_refused, was_refused)

    def _filters(self) -> None:
        before, right = self.utterance.filters, self.conditions
        got = {name: one for name, one in self.state.get("filters", {}).items() if one or one == 0}
        for name, value in got.items():
            kept = name in before and same(name, value, before[name])
            if name not in right:
                unasked = f"{name} {value!r} was not asked for"
                (self.losses if kept else self.harms).append(unasked)
            elif same(name, value, right[name]):
                self.achieved |= not kept
            else:
                told = f"{name} is {value!r}, not {right[name]!r}"
                (self.losses if kept else self.harms).append(told)
        for name in right:
            if name not in got:
                (self.harms if name in before else self.losses).append(f"{name} is missing")
        self.achieved |= any(name not in right and name not in got for name in before)

    def _verdicts(self) -> None:
        for kind in ("like", "unlike"):
            asked, given = set(self.wish.get(kind, ())), set(self.state.get(kind, ()))
            self.harms += [f"{kind}s {number}, unasked" for number in sorted(given - asked)]
            self.losses += [f"{kind} {number} is missing" for number in sorted(asked - given)]
            self.achieved |= bool(asked & given)

    def _acts(self) -> None:
        did = [_asking_back(one) for one in self.read.get("does", ())]
        left = list(did)
        for name, *arguments in self.wish.get("does", ()):
            near = [one for one in left if one[0] == name]
            fit = next((one for one in near if _fits(arguments, one[1:])), None)
            if not near:
                self.losses.append(f"no {name}")
                continue
            if fit is None:
                self.harms.append(f"{near[0]}, not {[name, *arguments]}")
            elif name == "Save" and arguments[:1] == [None] and len(arguments) > 1 and fit[1]:
                self.losses.append(f"saved as {fit[1]!r}")
            left.remove(fit or near[0])
            self.achieved = True
        for one in left:
            self._unasked(one, alone=len(did) == 1)

    def _unasked(self, act: Sequence[Any], *, alone: bool) -> None:
        """Judge an act of the reading that the right one does not have."""
        name, told = act[0], f"{act} was not asked for"
        if name in ("Unclear", "Help"):
            self.losses.append(told)
        elif name == "ShowMore" and act[1:] == [None] and (self.achieved or not alone):
            return  # beside a new ranking nobody sees it
        elif name != "StartOver" or self.harms or self.losses:
            self.harms.append(told)

    def _noise(self) -> None:
        """Judge words that nobody meant: harmful where they are all that came of it."""
        (wanted, refused), (was, was_refused), (got, got_refused) = self.right, self.held, self.got
        before = self.utterance.filters
        expected = _any_expected(wanted, was) or _any_expected(refused, was_refused)
        expected |= any(before.get(name) != value for name, value in self.conditions.items())
        empty = [one for one in self.state.get("wanted", ()) if not stems([one])]
        self.losses += [f"looks for {one!r}" for one in empty]
        if noise := got - wanted.every.union(*refused.needed) - was:
            harmless = self.achieved or expected
            (self.losses if harmless else self.harms).append(f"looks for {_list(noise)}")
        if noise := got_refused - refused.every.union(*wanted.needed) - was_refused:
            harmless = _any_new(refused, got_refused, was_refused)
            (self.losses if harmless else self.harms).append(f"refuses {_list(noise)}")


def _any_new(right: Wording, got: Collection[str], was: Collection[str]) -> bool:
    return any(choice & set(got) and not choice & set(was) for choice in right.needed)


def _any_expected(right: Wording, was: Collection[str]) -> bool:
    return any(not choice & set(was) for choice in right.needed)


def _list(found: Iterable[str]) -> str:
    return repr(" ".join(sorted(found)))


def _asking_back(act: Sequence[Any]) -> list[Any]:
    """Return an answer to a question as what asks back: neither touches the search."""
    return ["Unclear", *act[1:]] if act[0] == "Answer" else list(act)


def _fits(wanted: Sequence[Any], given: Sequence[Any]) -> bool:
    return all(
        one is None
        or one == other
        or (isinstance(other, str) and str(one).casefold() == other.casefold())
        for one, other in zip(wanted, given, strict=False)
    )
