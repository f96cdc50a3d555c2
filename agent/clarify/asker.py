"""Who asks back after a search: a protocol, and the one that offers pictures to point at.

Pointing needs no language model. With one, the question is put into words as PlugIR does
(`agent.clarify.plugir_question`); without, it is always the same, and the pictures say what is
meant.
"""

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Protocol

from agent.clarify.plugir_question import FALLBACK, Questioner, representatives
from agent.resources import Resources
from agent.stage_failure import lost
from agent.turns.clarifying_question import Alternative, ClarifyingQuestion
from agent.turns.turn import Turn
from agent.turns.undo_history import spoken
from retrievers.query import Query
from retrievers.search.searcher import Searcher

SHORTLIST = 60  # pictures that a question is to split
OFFERED = 4


class Asker(Protocol):
    def ask(self, turns: Sequence[str], query: Query) -> ClarifyingQuestion | None:
        """Return a question about what a query finds; None if there is nothing to ask.

        Args:
            turns: what was said so far, questions and answers alike.
            query: what is searched for now.

        Raises:
            MllmError: a model cannot be reached.
            UnreadablePicture: the file of a picture is gone.
        """
        ...


class ShortlistAsker:
    """Ask which kind of the pictures at the top is meant.

    Args:
        searcher: the first stage.
        questioner: puts the question into words; none: "Which of these is closest?".
        shortlist: how many pictures the question is to split.
        offered: how many pictures are offered as answers without a questioner.
    """

    def __init__(
        self,
        searcher: Searcher,
        *,
        questioner: Questioner | None = None,
        shortlist: int = SHORTLIST,
        offered: int = OFFERED,
    ) -> None:
        self.searcher, self.questioner = searcher, questioner
        self.shortlist, self.offered = shortlist, offered

    def ask(self, turns: Sequence[str], query: Query) -> ClarifyingQuestion | None:
        hits = self.searcher.search(query, self.shortlist)
        pictures = [hit.picture for hit in hits if hit.picture.id not in query.like]
        if len(pictures) <= self.offered:
            return None
        ids = [picture.id for picture in pictures]
        vectors = self.searcher.collection.vectors_of(ids, self.searcher.pictures_by)
        if self.questioner:
            return self.questioner.ask(turns, pictures, vectors)
        chosen = [pictures[at] for at in representatives(vectors, self.offered)]
        if len(chosen) < 2:
            return None
        return ClarifyingQuestion(
            FALLBACK, tuple(Alternative(one.caption or "", one) for one in chosen)
        )


def open_pictures(resources: Resources, searcher: Searcher) -> Asker:
    """Open the one that only points, as `agent.stages.stage_table` asks."""
    return ShortlistAsker(searcher)


def open_plugir(resources: Resources, searcher: Searcher) -> Asker:
    """Open the one that puts the question into words, likewise."""
    questioner = Questioner(
        resources.llm,
        resources.captions.of,
        searcher.encoder,
        propose=resources.prompt("plugir/ask"),
        judge=resources.prompt("plugir/answerable"),
    )
    return ShortlistAsker(searcher, questioner=questioner)


def asked_back(
    turn: Turn, turns: Sequence[Turn], asker: Asker | None, *, budget: float | None
) -> Turn:
    """Return a turn with the question that splits what it found best; one that fails is named.

    Nothing is asked once the turn has taken `budget` seconds.
    """
    if asker is None or turn.question or turn.head != turn.number or not turn.hits:
        return turn
    if budget is not None and sum(turn.seconds.values()) >= budget:
        return turn
    started = perf_counter()
    try:
        question = asker.ask(spoken(turn, turns), turn.query)
    except Exception as error:  # a conversation outlives its stages
        return replace(turn, lost=(*turn.lost, lost("question", error)))
    seconds = {**turn.seconds, "question": perf_counter() - started}
    return replace(turn, question=question, seconds=seconds)
