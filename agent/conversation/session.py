"""A conversation about one collection: interpret, search, remember, go back.

Each turn leaves an immutable list of constraints; `undo` makes an earlier one current again, and
what was said since stays in the file as a branch. A turn is on disk before `ask` returns.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Self

from agent.clarify.asker import Asker, asked_back
from agent.conversation import answers
from agent.conversation.collection_facts import CollectionFacts
from agent.conversation.journal import Journal
from agent.conversation.replies import Replies
from agent.conversation.saved_lists import TranscriptWriter
from agent.conversation.turn_progress import page_again, turn_so_far
from agent.conversation.understood import Understood, chosen, understand
from agent.stages.pipeline import Found, Pipeline
from agent.turns.turn import BLANK, Turn, judgement
from agent.turns.undo_history import first_page, handed_in_last, hit_of, turn_at
from agent.understanding.acts import (
    Act,
    First,
    Reading,
    Show,
    ShowMore,
    Undo,
)
from agent.understanding.constraint_list import Constraints
from agent.understanding.constraint_words import restated, words_of
from agent.understanding.interpretation import Context, Interpretation, Interpreter
from agent.understanding.interpreters.tagging_interpreter import interpret
from retrievers.hit import Hit, Retriever
from retrievers.query import Query
from retrievers.text.lettering import cleaned

EARLIER = 3
"""Turns before the last words that an interpreter is told of."""


@dataclass
class Session:
    """Ask, and the turns grow; nothing that was said is ever removed.

    Attributes:
        journal: the file that the turns are in.
        retriever: finds pictures; a `Pipeline` says what each of its stages did.
        page: how many pictures a turn shows.
        writers: turn a conversation into a document, by form; Markdown is built in.
        now: the clock.
        asker: asks back after a search, if it can be answered.
        watch: is shown the turn each time that a stage has found a better order.
        interpreter: reads what is said.
        facts: are looked up in the collection.
        same_machine: whether who asks can open a path; else the door gives addresses of what is
            saved and exported.
    """

    journal: Journal
    retriever: Retriever
    page: int = 9
    writers: Mapping[str, TranscriptWriter] | None = None
    now: Callable[[], datetime] = datetime.now
    asker: Asker | None = None
    watch: Callable[[Turn], None] = lambda turn: None
    interpreter: Interpreter = interpret
    facts: CollectionFacts = field(default_factory=CollectionFacts)
    same_machine: bool = True

    @classmethod
    def start(
        cls,
        name: str,
        retriever: Retriever,
        *,
        folder: Path,
        collection: str = "",
        page: int = 9,
        writers: Mapping[str, TranscriptWriter] | None = None,
        kept_from: int = 0,
    ) -> Self:
        """Begin a new session in `<folder>/<name>.jsonl`; the file comes with turn `kept_from`.

        Raises:
            SessionError: there is one of that name.
            ValueError: the name can't be a file name.
        """
        journal = Journal.create(folder, name, {"collection": collection}, kept_from=kept_from)
        return cls(journal, retriever, page=page, writers=writers)

    @classmethod
    def resume(
        cls,
        name: str,
        retriever: Retriever,
        *,
        folder: Path,
        page: int = 9,
        writers: Mapping[str, TranscriptWriter] | None = None,
    ) -> Self:
        """Go on with a session from its file; a turn that a kill cut short is not in it.

        Raises:
            SessionError: there is none, or its file is damaged.
            ValueError: the name can't be a file name.
        """
        return cls(Journal.read(folder, name), retriever, page=page, writers=writers)

    @property
    def _pipeline(self) -> Pipeline:
        given = self.retriever
        return given if isinstance(given, Pipeline) else Pipeline(given)

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(self.journal.turns)

    @property
    def current(self) -> Turn:
        """The turn whose query and pictures hold now; `BLANK` before the first."""
        return turn_at(self.turns[-1].head, self.turns) if self.turns else BLANK

    @property
    def query(self) -> Query:
        return self.current.query

    def ask(self, said: str, *, handed_in: Sequence[Path] = ()) -> Turn:
        """Hear one utterance, and pictures that come with it, and take it at once.

        Raises:
            SessionError: the turn can't be written; it then did not happen.
        """
        return self.take(self.hear(said, handed_in=handed_in))

    def hear(
        self,
        said: str,
        *,
        after: Understood | None = None,
        offered: Sequence[Reading] = (),
        handed_in: Sequence[Path] = (),
    ) -> Understood:
        """Interpret one utterance, and search for nothing yet.

        Args:
            said: the person's words.
            after: what was understood before and not taken; `said` corrects it.
            offered: readings that `said` may choose from; without `after`, also the last turn's.
            handed_in: pictures that come with the words, which "like this" then means.
        """
        started, said = perf_counter(), cleaned(said)
        if self.turns and not after:
            offered = (*offered, *self.turns[-1].readings)
        context = self.context(after.constraints if after else None)
        if reading := chosen(said, offered):
            read = Interpretation(reading.acts, reading.words)
        else:
            read = self.interpreter(said, context, handed_in)
        acts = (*(after.acts if after else ()), *read.acts)
        understood = self._understand(f"{after.said}; {said}" if after else said, acts)
        told = (*(after.lost if after else ()), *filter(None, [read.lost]))
        return replace(understood, lost=told, seconds={"interpret": perf_counter() - started})

    def _understand(self, said: str, acts: Sequence[Act]) -> Understood:
        now = self.current
        return understand(said, acts, self.turns, now.shown, before=now.constraints)

    def act(self, *acts: Act, said: str = "", lost: Sequence[str] = ()) -> Turn:
        """Take acts that a button or a program chose; `said` is what the transcript shows."""
        return self.take(replace(self._understand(cleaned(said), acts), lost=tuple(lost)))

    def read_as(self, number: int, *, said: str = "") -> Turn:
        """Take one of the readings that the last turn offers, by its number from 1.

        Raises:
            ValueError: no reading has that number.
        """
        offered = self.turns[-1].readings if self.turns else ()
        if not 1 <= number <= len(offered):
            raise ValueError(f"reading must be in 1..{len(offered)}; got {number!r}")
        reading = offered[number - 1]
        return self.act(*reading.acts, said=said or reading.words)

    def undo(self, to: int | None = None) -> Turn:
        """Go back one step, or to what held after turn `to`; 0 is the blank start."""
        return self.act(Undo(to=to), said="undo" if to is None else f"go back to turn {to}")

    def more(self, count: int | None = None) -> Turn:
        """Show the next best pictures."""
        return self.act(ShowMore(count), said="show more")

    def why(self, position: int) -> str:
        """Say why the picture of that number was found.

        Raises:
            ValueError: no picture has that number.
        """
        return answers.why(self.hit(position), position, self.current.constraints)

    def hit(self, position: int) -> Hit:
        """Return the picture of that number; ValueError if no picture has it."""
        if not 1 <= position <= len(self.current.shown):
            raise ValueError(f"position must be in 1..{len(self.current.shown)}; got {position!r}")
        return hit_of(self.current.shown[position - 1], self.current, self.turns)

    def context(self, constraints: Constraints | None = None) -> Context:
        """What the next utterance may refer to; `constraints` are asked for, not yet searched."""
        current = self.current
        state = current.constraints if constraints is None else constraints
        offered = current.question.alternatives if current.question else ()
        return Context(
            shown=len(current.shown),
            first=current.hits[0].rank if current.hits else 1,
            asked=bool(state),
            today=self.now().date(),
            state=state,
            constraints=tuple(map(words_of, state)),
            alternatives=tuple(one.picture.id for one in offered),
            handed_in=handed_in_last(self.turns),
            folders=self.facts.folders,
            places=self.facts.places,
            earlier=tuple(turn.said for turn in self.turns[-EARLIER:]),
        )

    def take(self, understood: Understood) -> Turn:
        """Do what was understood.

        Raises:
            Exception: what the first stage failed with; the turn then did not happen.
            SessionError: the turn can't be written; it then did not happen.
        """
        before = self.current
        turn = Turn(
            number=len(self.turns) + 1,
            said=understood.said,
            at=self.now().replace(microsecond=0),
            acts=understood.acts,
            understood=restated(understood.constraints),
            constraints=understood.constraints,
            edits=understood.edits,
            parent=understood.base.number,
            seconds=understood.seconds,
            lost=understood.lost,
            judgement=judgement(understood.acts, before),
        )
        replies = Replies(self.journal, before, self.facts, self.writers, self.same_machine)
        turn = replies.replied(self._shown(turn, understood, before), understood.unmet)
        turn = asked_back(turn, self.turns, self.asker, budget=self._pipeline.budget)
        self.journal.append(turn)
        return turn

    def _shown(self, turn: Turn, understood: Understood, before: Turn) -> Turn:
        base = understood.base
        more = [act.count or self.page for act in turn.acts if isinstance(act, ShowMore)]
        counts = [act.count for act in turn.acts if isinstance(act, Show)]
        if counts or understood.asks:
            return self._found(turn, (counts or [max(more, default=self.page)])[-1], skip=())
        if more and not turn.query.is_empty:
            turn = self._found(turn, more[-1], skip=base.shown)
        elif any(isinstance(act, First) for act in turn.acts):
            turn = page_again(turn, first_page(base, self.turns), base)
        if turn.hits:
            return turn
        moved = base.number != before.number
        return replace(turn, head=base.number, shown=base.shown, hits=base.hits if moved else ())

    def _found(self, turn: Turn, k: int, *, skip: tuple[str, ...]) -> Turn:
        best = turn_so_far(turn, Found(turn.query, turn.query, []), k, skip)
        if turn.query.is_empty and not any(isinstance(act, Show) for act in turn.acts):
            return best
        for found in self._pipeline.improving(turn.query, k + len(skip)):
            best = turn_so_far(turn, found.sound(), k, skip, self.turns)
            self.watch(best)
        return best
