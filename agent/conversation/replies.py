"""What a turn answers in words, act by act, and what it writes for the user meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agent.conversation import answers, record_answers, saved_lists
from agent.conversation.collection_facts import CollectionFacts
from agent.conversation.journal import Journal
from agent.conversation.saved_lists import TranscriptWriter
from agent.stage_failure import lost
from agent.turns.turn import Turn, Written
from agent.turns.undo_history import hit_of, turn_at
from agent.understanding.acts import (
    Act,
    Ask,
    Export,
    First,
    Help,
    Redo,
    Save,
    ShowMore,
    Unclear,
    Undo,
    Why,
)
from retrievers.hit import Hit
from retrievers.text.display import counted

NOTHING_YET = "Nothing is being searched for yet."
_Reply = tuple[str, tuple[Written, ...]]


@dataclass(frozen=True, slots=True)
class Replies:
    """Answer the acts of a turn that is otherwise done.

    Attributes:
        journal: of the conversation; lists and documents lie beside its file.
        before: what held before the turn: numbers are of the pictures that it shows.
        facts: of the collection.
        writers: of documents, by form.
        same_machine: whether who asks can open a path; else the door gives an address.
    """

    journal: Journal
    before: Turn
    facts: CollectionFacts
    writers: Mapping[str, TranscriptWriter] | None = None
    same_machine: bool = True

    def replied(self, turn: Turn, first: Sequence[str] = ()) -> Turn:
        """Return the turn with its answers, after some lines; what fails is named in it."""
        told = [*first]
        for act in turn.acts:
            try:
                line, written = self._reply(act, turn)
                told.append(line)
                turn = replace(turn, written=(*turn.written, *written))
            except Exception as error:  # a session outlives what it is asked to do
                failed = lost(type(act).__name__.lower(), error)
                turn = replace(turn, lost=(*turn.lost, failed))
        return replace(turn, reply="\n".join(filter(None, told)))

    def _reply(self, act: Act, turn: Turn) -> _Reply:
        match act:
            case Why(position):
                missing = self._missing([position])
                asked = self.before.constraints
                return missing or answers.why(self._hit(position), position, asked), ()
            case Ask():
                return self._answer(act, turn), ()
            case Save():
                return self._saved(act)
            case Export(form):
                return self._exported(form)
            case _:
                return self._remark(act, turn), ()

    def _remark(self, act: Act, turn: Turn) -> str:
        match act:
            case Undo() | Redo() if turn.head == self.before.head:
                return answers.nowhere(act)
            case ShowMore() if not turn.hits and not turn.lost:
                return "That is all." if self.before.shown else NOTHING_YET
            case First() if not turn.hits:
                return "This is the first page." if self.before.shown else NOTHING_YET
            case Unclear(message, readings):
                return answers.unclear(message, readings)
            case Help():
                return answers.HELP
            case _:
                return ""

    def _answer(self, act: Ask, turn: Turn) -> str:
        now = turn if turn.head == turn.number else turn_at(turn.head, self.journal.turns)
        if act.what == "count":
            query = now.query
            total = self.facts.count(query.filters, query.excluded)
            return record_answers.how_many(now.constraints, len(now.shown), total)
        if missing := self._missing(act.positions):
            return missing
        asked = [(number, self._hit(number)) for number in act.positions]
        asked = asked or [(hit.rank, hit) for hit in now.hits]
        if len(asked) > 1 and not act.positions:
            return record_answers.which(act.what, [number for number, _ in asked])
        roots, name = self.facts.roots(), self.journal.facts.get("collection", "")
        lines = [
            record_answers.about(act.what, number, hit.picture, roots, name)
            for number, hit in asked[: record_answers.MOST]
        ]
        if len(asked) > len(lines):
            lines.append(f"That is for {len(lines)} of {len(asked)}; ask for the others again.")
        return "\n".join(lines) or "No picture is on the screen."

    def _saved(self, act: Save) -> _Reply:
        if missing := self._missing(act.positions):
            return missing, ()
        hits = [self._hit(number) for number in act.positions] or self.before.hits
        if not hits:
            return "There is no picture on the screen to save.", ()
        name, file = saved_lists.list_name(act.name), self.journal.path
        lists = counted(saved_lists.save(name, hits, file), "picture")
        told = str(saved_lists.list_file(name, file)) if self.same_machine else repr(name)
        return f"Saved: {told} lists {lists}.", (Written("list", name),)

    def _exported(self, form: str | None) -> _Reply:
        known = saved_lists.forms(self.writers)
        form = form or next(iter(known))
        if form not in known:
            return f"There is no export as {form!r}; there is {' and '.join(known)}.", ()
        told = f"Exported as {form}."
        if self.same_machine:
            turns, file = self.journal.turns, self.journal.path
            told = f"Exported to {saved_lists.export(turns, form, known[form], file)}"
        return told, (Written("document", form),)

    def _hit(self, number: int) -> Hit:
        return hit_of(self.before.shown[number - 1], self.before, self.journal.turns)

    def _missing(self, numbers: Sequence[int]) -> str:
        """Say which number no picture has; empty if all are shown."""
        there = len(self.before.shown)
        wrong = next((one for one in numbers if not 1 <= one <= there), None)
        return answers.no_picture(wrong, there) if wrong is not None else ""
