"""Going back and forth in a conversation whose turns are never removed.

A turn's `head` names the turn whose state holds after it; the parents of that turn are the way back
to the blank start. An undo moves the head; saying something new from there begins a branch.
"""

from collections.abc import Sequence
from pathlib import Path

from agent.turns.turn import BLANK, Turn
from agent.understanding.acts import Act, Answer, Redo, Resemble, Undo
from agent.understanding.edits import Difference, differences
from retrievers.hit import Hit
from retrievers.text.lettering import words


def turn_at(number: int, turns: Sequence[Turn]) -> Turn:
    """Return the turn of that number; 0 is the blank start."""
    return turns[number - 1] if number else BLANK


def landing(acts: Sequence[Act], turns: Sequence[Turn]) -> Turn:
    """Return the turn whose state holds once the undos and redos among `acts` are done.

    A move that can't be made leaves the state where it is.
    """
    head = turns[-1].head if turns else 0
    for act in acts:
        if isinstance(act, Undo):
            head = _undone(act, turns, head)
        elif isinstance(act, Redo):
            head = _redone(turns, head)
    return turn_at(head, turns)


def before(turn: Turn, turns: Sequence[Turn]) -> Turn:
    """Return the turn whose state held when a turn began."""
    return turn_at(turns[turn.number - 2].head, turns) if turn.number > 1 else BLANK


def changed(turn: Turn, turns: Sequence[Turn]) -> tuple[Difference, ...]:
    """Return what a turn changed of what is asked for."""
    return differences(before(turn, turns).constraints, turn.edits)


def spoken(turn: Turn, turns: Sequence[Turn]) -> list[str]:
    """Return what was said on the way to a turn, questions and answers alike, oldest first.

    A letter that points at a picture says nothing in words, and is left out.
    """
    said = _in_words(turn)
    while turn.parent:
        turn = turn_at(turn.parent, turns)
        said += [turn.question.text] if turn.question else []
        said += _in_words(turn)
    return said[::-1]


def _in_words(turn: Turn) -> list[str]:
    return [] if any(isinstance(act, Answer) for act in turn.acts) else [turn.said]


def hit_of(picture: str, turn: Turn, turns: Sequence[Turn]) -> Hit:
    """Return the latest hit of a picture that a turn shows, or one that it pages on from.

    Raises:
        ValueError: it is not on the screen.
    """
    while turn.number:
        for hit in turn.hits:
            if hit.picture.id == picture:
                return hit
        turn = turn_at(turn.parent, turns)
    raise ValueError(f"picture {picture!r} is not on the screen")


def first_page(turn: Turn, turns: Sequence[Turn]) -> Turn:
    """Return the turn that began to show what a turn shows more of; itself, if it began."""
    while turn.hits and turn.hits[0].rank > 1:
        turn = turn_at(turn.parent, turns)
    return turn


def handed_in_last(turns: Sequence[Turn]) -> Path | None:
    """Return the picture from outside the collection that came last."""
    acts = (act for turn in reversed(turns) for act in reversed(turn.acts))
    return next((act.path for act in acts if isinstance(act, Resemble)), None)


def _undone(act: Undo, turns: Sequence[Turn], head: int) -> int:
    if act.named is not None:
        return _that_said(act.named, turns, head)
    if act.to is not None:
        return turns[act.to - 1].head if 1 <= act.to <= len(turns) else 0 if act.to == 0 else head
    for _ in range(act.steps):
        head = turn_at(head, turns).parent
    return head


def _redone(turns: Sequence[Turn], head: int) -> int:
    undone: list[int] = []
    before = 0
    for turn in turns:
        if turn.head == turn.number:
            undone = []
        elif any(isinstance(act, Undo) for act in turn.acts) and turn.head != before:
            undone.append(before)
        elif any(isinstance(act, Redo) for act in turn.acts) and turn.head != before:
            undone.pop()
        before = turn.head
    return undone[-1] if undone else head


def _that_said(name: str, turns: Sequence[Turn], head: int) -> int:
    """The last turn before the head whose words hold all words of `name`, whatever their number."""
    sought = _stems(name)
    for turn in reversed(turns[: max(head - 1, 0)]):
        if turn.head == turn.number and sought <= _stems(f"{turn.said} {turn.understood}"):
            return turn.number
    return head


def _stems(text: str) -> set[str]:
    return {word.removesuffix("s") for word in words(text)}
