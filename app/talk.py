"""The loop of a conversation in a terminal: listen, ask, show."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.session import Session
from app.screen import Screen

PROMPT = "\001\033[1;36m\002dialens> \001\033[0m\002"  # the marks keep readline's count right
LEAVE = {"/quit", "/exit", "/q", "quit", "exit", "bye"}


def talk(
    session: Session, screen: Screen, *, history: Path, answer: Callable[[str], None] | None = None
) -> None:
    """Answer until the person leaves: Ctrl-D or /quit; without a keyboard, until the input ends.

    Args:
        session: what is asked.
        screen: where turns are shown.
        history: the file with what was typed earlier.
        answer: takes and shows each utterance in the session's stead.
    """
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    with _remembered(history, keep=interactive):
        for said in _lines(interactive):
            if said.lower() in LEAVE:
                return
            if not interactive:
                screen.console.print(f"\n> {said}", style="bold", markup=False)
            if answer:
                answer(said)
            else:
                screen.turn(session.ask(said.removeprefix("/")))


def _lines(interactive: bool) -> Iterator[str]:
    while True:
        try:
            said = input(PROMPT if interactive else "")
        except EOFError:
            if interactive:
                sys.stdout.write("\n")
            return
        if said.strip():
            yield said.strip()


@contextmanager
def _remembered(history: Path, *, keep: bool) -> Iterator[None]:
    """Let the arrow keys bring back what was typed in earlier conversations."""
    if not keep:
        yield
        return
    try:
        import readline
    except ImportError:  # a Python built without it
        yield
        return
    if history.exists():
        readline.read_history_file(history)
    readline.set_history_length(1000)
    try:
        yield
    finally:
        history.parent.mkdir(parents=True, exist_ok=True)
        readline.write_history_file(history)
