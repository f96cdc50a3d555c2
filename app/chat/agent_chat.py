"""A conversation that a language model leads in a terminal: its calls, its pictures, its words."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from rich.text import Text

from agent.conversation.session import Session
from agent.mllm.open_mllm import served
from agent.resources import Resources
from agent.toolbox.agent import Step, checkpoints, make_agent, steps
from agent.toolbox.chat_model import open_chat
from agent.turns.undo_history import changed
from app.chat.chat_loop import STOPPED
from app.output.printable import printable
from app.terminal.command_errors import one_line
from app.terminal.screen import Screen


@contextmanager
def converse_with_agent(
    session: Session, screen: Screen, resources: Resources, *, memory: Path
) -> Iterator[Callable[[str], None]]:
    """Give what answers the user for as long as the block lasts.

    Args:
        session: what the agent's tools work on; its name is the agent's thread.
        screen: where steps are shown.
        resources: name the model and the prompt.
        memory: the file that the agent remembers its conversation in.

    Raises:
        MllmError: the model is none that can lead.
        PromptError: the prompt is malformed.
    """
    model = open_chat(resources.stages.llm, resources.stages.llm_options)
    with checkpoints(memory) as saver:
        agent = make_agent(
            model, session, checkpointer=saver, prompt=resources.prompt("agent/system")
        )
        yield lambda said: answer(
            agent, session, screen, said, name=served(resources.stages.llm)[0]
        )


def answer(agent: Any, session: Session, screen: Screen, said: str, *, name: str) -> None:
    """Show the agent's steps; Ctrl-C stops them and not the conversation."""
    try:
        with _stoppable():
            for step in steps(agent, said, thread=session.journal.path.stem):
                _show(step, session, screen)
    except KeyboardInterrupt:
        screen.console.print(STOPPED, style="yellow")
    except Exception as error:  # a conversation outlives its model
        reason = printable(f"lost: agent {name}: {one_line(error)}")
        screen.console.print(Text(reason, style="yellow"))


@contextmanager
def _stoppable() -> Iterator[None]:
    """Say what Ctrl-C does: LangGraph waits for a tool that runs, unless it is told twice."""

    def stop(number: int, frame: FrameType | None) -> None:
        sys.stderr.write("\nstopping after this step; Ctrl-C again: now\n")
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _show(step: Step, session: Session, screen: Screen) -> None:
    if step.kind == "reply":
        _say(screen, step.text)
    elif step.kind == "call":
        _note(screen, f"> {step.name} {step.text}")
    elif step.turn:
        turn = session.turns[step.turn - 1]
        screen.understood(turn.constraints, changed(turn, session.turns))
        screen.turn(turn)
    elif asked := _question(step):
        _say(screen, asked)
    else:
        _note(screen, f"  {step.text}")


def _question(step: Step) -> str:
    """Return what the agent asks the user, with the answers that it proposes."""
    if step.name != "ask_user":
        return ""
    try:
        asked = json.loads(step.text)
    except ValueError:  # the tool refused its arguments
        return ""
    return "\n".join([str(asked["question"]), *(f"  - {one}" for one in asked["answers"])])


def _say(screen: Screen, words: str) -> None:
    for line in words.splitlines():
        screen.console.print(Text(printable(line)))


def _note(screen: Screen, text: str) -> None:
    note = Text(printable(text), style="dim", no_wrap=True, overflow="ellipsis")
    screen.console.print(note)
