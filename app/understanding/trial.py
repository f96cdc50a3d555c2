"""A conversation without a collection: sentences follow one another, nothing is searched."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from agent.conversation.understood import chosen
from agent.understanding.acts import Act, Reading, Redo, ShowMore, Unclear, Undo
from agent.understanding.constraint_list import Constraints, Wanted, query_of
from agent.understanding.edits import ReplaceAll
from agent.understanding.interpretation import Interpretation, Interpreter
from eval.understanding.filter_names import named
from eval.understanding.outcome import Outcome, context_of, outcome_of
from eval.understanding.utterances import Utterance
from retrievers.text.lettering import words

LAST = 3  # sentences that an interpreter is told of
NOWHERE = "There is nothing to go back to."


@dataclass
class Trial:
    """Hear sentences; what is asked for is carried on, and can be taken back.

    Attributes:
        interpreter: reads them.
        today: the day that "yesterday" counts from.
        page: how many pictures are taken to be on the screen once something is asked for.
        states: what was asked for after each sentence that changed it.
        at: which of them holds.
        shown: how many pictures numbers can refer to.
        earlier: what was said.
        readings: what the last sentence can mean, of which one can be chosen.
    """

    interpreter: Interpreter
    today: date
    page: int = 9
    states: list[Constraints] = field(default_factory=lambda: [()])
    at: int = 0
    shown: int = 0
    earlier: list[str] = field(default_factory=list)
    readings: tuple[Reading, ...] = ()

    @property
    def constraints(self) -> Constraints:
        """What is asked for."""
        return self.states[self.at]

    def hear(self, said: str) -> tuple[Utterance, Outcome]:
        """Read a sentence, and take what it means."""
        before = Utterance(
            said=said,
            constraints=self.constraints,
            filters=named(query_of(self.constraints).filters),
            shown=self.shown,
            first=max(self.shown - self.page, 0) + 1,
        )
        read = self._read(before)
        self.earlier.append(said)
        acts = self._gone_back(read.acts)
        moved = () if self.constraints == before.constraints else (ReplaceAll(self.constraints),)
        found = outcome_of(acts, replace(before, constraints=self.constraints))
        self._take(found)
        return before, replace(found, edits=(*moved, *found.edits), lost=read.lost)

    def _read(self, utterance: Utterance) -> Interpretation:
        if reading := chosen(utterance.said, self.readings):
            return Interpretation(reading.acts, reading.words)
        context = context_of(utterance, self.today, tuple(self.earlier[-LAST:]))
        return self.interpreter(utterance.said, context)

    def _take(self, found: Outcome) -> None:
        acts = found.acts
        self.readings = tuple(r for act in acts if isinstance(act, Unclear) for r in act.readings)
        if found.constraints != self.constraints:
            self.states = [*self.states[: self.at + 1], found.constraints]
            self.at += 1
            self.shown = self.page if found.constraints else 0
        self.shown += sum(act.count or self.page for act in acts if isinstance(act, ShowMore))

    def _gone_back(self, acts: Sequence[Act]) -> tuple[Act, ...]:
        """Go where acts lead back or forth; one that leads nowhere is told as such."""
        told: list[Act] = []
        for act in acts:
            to = self._place(act)
            if to is not None and to != self.at and 0 <= to < len(self.states):
                self.at = to
            elif to is not None:
                act = Unclear(NOWHERE)
            told.append(act)
        return tuple(told)

    def _place(self, act: Act) -> int | None:
        """Return the place of the state that an act goes back to; None: it goes nowhere."""
        match act:
            case Redo():
                return self.at + 1
            case Undo(_, int(to), _):
                return to
            case Undo(_, _, str(name)):
                past = reversed(range(self.at))
                return next((at for at in past if _says(self.states[at], name)), -1)
            case Undo(steps):
                return max(self.at - steps, 0)
        return None


def _says(constraints: Constraints, name: str) -> bool:
    said = " ".join(one.text for one in constraints if isinstance(one, Wanted))
    return bool({*words(name)} & {*words(said)})
