"""The loop of a conversation in a terminal: listen, ask, show."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.text import Text

from agent.conversation import answers
from agent.conversation.journal import SessionError
from agent.conversation.session import Session
from agent.conversation.understood import Understood
from agent.turns.undo_history import changed
from agent.understanding.acts import Reading, Unclear
from agent.understanding.edits import differences
from app.output.printable import printable
from app.terminal.command_errors import is_plain, one_line
from app.terminal.screen import Screen

PROMPT = "dialens> "
CORRECTION = "     ok?> "
ASKED = "Enter searches; /drop 2 and /change 1 to a blue car correct; /q goes back"
STOPPED = "\nstopped; say how to go on"
LEAVE = {"/quit", "/exit", "/q", "quit", "exit", "bye"}


def converse(
    session: Session,
    screen: Screen,
    *,
    history: Path,
    answer: Callable[[str], None] | None = None,
    confirm: bool = False,
) -> None:
    """Answer until the person leaves: Ctrl-D or /quit; without a keyboard, until the input ends.

    A search that failed is told, and the talk goes on; without a keyboard, its error is raised at
    the end. Ctrl-C stops a turn, which then did not happen; at the prompt it leaves.

    Args:
        session: what is asked.
        screen: where turns are shown.
        history: the file with what was typed earlier.
        answer: takes and shows each utterance in the session's stead.
        confirm: whether a person at the keyboard is asked before each search.
    """
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    failed: Exception | None = None
    with _remembered(history, keep=interactive):
        for said in _lines(_prompt(PROMPT, screen) if interactive else ""):
            if said.lower() in LEAVE:
                break
            if said == "/constraints":
                screen.understood(session.current.constraints)
                continue
            if not interactive:
                screen.console.print(f"\n> {said}", style="bold", markup=False)
            try:
                if answer:
                    answer(said)
                elif understood := _understood(
                    said, session, screen, confirm=confirm and interactive
                ):
                    failed = _taken(understood, session, screen) or failed
            except KeyboardInterrupt:
                if not interactive:
                    raise
                screen.console.print(STOPPED, style="yellow")
    if failed and not interactive:  # a script learns of it by the code that this ends with
        raise failed


def _taken(understood: Understood, session: Session, screen: Screen) -> Exception | None:
    """Take what was heard; return what the search failed with, after which the talk goes on."""
    try:
        turn = session.take(understood)
    except SessionError:
        raise
    except Exception as error:
        if not is_plain(error):
            raise
        screen.console.print(Text(printable(one_line(error)), style="yellow"))
        return error
    if not understood.searches and (turn.hits or understood.edits):
        screen.understood(session.current.constraints, changed(turn, session.turns))
    screen.turn(turn)
    return None


def _understood(said: str, session: Session, screen: Screen, *, confirm: bool) -> Understood | None:
    """Show what was understood, and let it be corrected before the search; None: not searched."""
    understood = session.hear(said)
    offered: tuple[Reading, ...] = ()
    while understood.searches:
        now = session.current.constraints
        screen.understood(understood.constraints, differences(now, understood.edits))
        if not confirm:
            return understood
        screen.console.print(ASKED, style="dim")
        try:
            said = input(_prompt(CORRECTION, screen)).strip()
        except EOFError:
            return None
        if not said:
            return understood
        if said.lower() in LEAVE or said.lower() in ("undo", "/undo"):
            return None
        corrected = session.hear(said, after=understood, offered=offered)
        offered = ()
        if isinstance(unclear := corrected.acts[-1], Unclear):
            offered = unclear.readings
            screen.console.print(answers.unclear(unclear.message, offered), markup=False)
        elif corrected.unmet[len(understood.unmet) :]:
            screen.console.print(corrected.unmet[-1], markup=False)
        else:
            understood = corrected
    return understood


def _prompt(words: str, screen: Screen) -> str:
    """Return them in colour, where colours are; marks keep readline's count right."""
    if screen.console.no_color or screen.console.color_system is None:
        return words
    return f"\001\033[1;36m\002{words}\001\033[0m\002"


def _lines(prompt: str) -> Iterator[str]:
    while True:
        try:
            said = input(prompt)
        except EOFError:
            if prompt:
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
