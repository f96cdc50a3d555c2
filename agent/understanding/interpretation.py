"""What an interpreter is given and what it gives back."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from agent.understanding.acts import Act
from agent.understanding.constraint_list import Constraints


def no_places(name: str) -> None:
    """Know of no place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an utterance may refer to.

    Attributes:
        shown: how many pictures a number can refer to.
        first: the number of the first picture on the screen; above 1 after "show more".
        asked: whether something is being searched for already.
        today: the day that "yesterday" and "last summer" count from.
        state: what is asked for, to be corrected by number or by words.
        constraints: the same, each in its words.
        alternatives: ids of the pictures that a question offers as answers a, b, c and so on.
        handed_in: the picture that came last with words or without.
        columns: how many pictures stand in a row; 0 where the door doesn't say.
        folders: says which folders there are, as paths below their root.
        places: says which places of a name there are where pictures were taken, each so that it
            can be told from the others; None where nothing is known of such a place, or of where
            any picture was taken.
        earlier: what was said in the last turns, oldest first.
    """

    shown: int
    first: int = 1
    asked: bool
    today: date
    state: Constraints = ()
    constraints: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    handed_in: Path | None = None
    columns: int = 0
    folders: Callable[[], Iterable[str]] = tuple
    places: Callable[[str], Sequence[str] | None] = no_places
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What one utterance means.

    Attributes:
        acts: in the order they take effect.
        understood: the same in one line.
        lost: why the interpreter that was asked for did not read it, if another had to.
    """

    acts: tuple[Act, ...]
    understood: str
    lost: str = ""


class Interpreter(Protocol):
    def __call__(
        self, said: str, context: Context, handed_in: Sequence[Path] = ()
    ) -> Interpretation:
        """Return what was meant; any text is read, and numbers are within what is shown.

        Args:
            said: the words; they may be none if pictures come with them.
            context: what they may refer to.
            handed_in: pictures that come with the words.
        """
        ...
