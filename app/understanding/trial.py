"""A conversation without a collection: sentences follow one another, nothing is searched."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from agent.understanding.acts import Act, Redo, ShowMore, Unclear, Undo
from agent.understanding.interpretation import Interpreter
from eval.understanding.filter_names import named
from eval.understanding.outcome import Outcome, after, context_of
from eval.understanding.utterances import Utterance
from retrievers.query import Query
from retrievers.text.lettering import words

LAST = 3  # sentences that an interpreter is told of


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
    """

    interpreter: Interpreter
    today: date
    page: int = 9
    states: list[Query] = field(default_factory=lambda: [Query()])
    at: int = 0
    shown: int = 0
    earlier: list[str] = field(default_factory=list)

    @property
    def query(self) -> Query:
        """What is asked for."""
        return self.states[self.at]

    def hear(self, said: str) -> tuple[Utterance, Outcome]:
        """Read a sentence, and take what it means."""
        utterance = Utterance(
            said=said,
            query=self.query,
            filters=named(self.query.filters),
            shown=self.shown,
            first=max(self.shown - self.page, 0) + 1,
        )
        context = context_of(utterance, self.today, tuple(self.earlier[-LAST:]))
        read = self.interpreter(said, context)
        self.earlier.append(said)
        acts = self._gone_back(read.acts)
        query = after(acts, replace(utterance, query=self.query))
        if query != self.query:
            self.states = [*self.states[: self.at + 1], query]
            self.at += 1
            self.shown = 0 if query.is_empty else self.page
        self.shown += sum(act.count or self.page for act in acts if isinstance(act, ShowMore))
        return utterance, Outcome(self.query, acts, read.lost)

    def _gone_back(self, acts: Sequence[Act]) -> tuple[Act, ...]:
        """Go where acts lead back or forth; one that leads nowhere is told as such."""
        told: list[Act] = []
        for act in acts:
            to = self._place(act)
            if to is None:
                told.append(act)
            elif 0 <= to < len(self.states) and to != self.at:
                self.at = to
                told.append(act)
            else:
                told.append(Unclear("There is nothing to go back to."))
        return tuple(told)

    def _place(self, act: Act) -> int | None:
        match act:
            case Redo():
                return self.at + 1
            case Undo(_, int(to), _):
                return to
            case Undo(_, _, str(name)):
                asked = {*words(name)}
                said = [{*words(" ".join(one.wanted))} for one in self.states[: self.at]]
                return next((n for n in reversed(range(len(said))) if asked & said[n]), -1)
            case Undo(steps):
                return max(self.at - steps, 0)
        return None
