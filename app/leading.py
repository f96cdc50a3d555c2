"""A conversation that a language model leads in a terminal: its calls, its pictures, its words."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.text import Text

from agent.chain.agent import Step, checkpoints, make_agent, steps
from agent.chain.model import open_chat
from agent.session import Session
from agent.stages import Parts
from app.door import one_line
from app.printable import printable
from app.screen import Screen


@contextmanager
def led(
    session: Session, screen: Screen, parts: Parts, *, memory: Path
) -> Iterator[Callable[[str], None]]:
    """Give what answers the user for as long as the block lasts.

    Args:
        session: what the agent's tools work on; its name is the agent's thread.
        screen: where steps are shown.
        parts: name the model and the prompt.
        memory: the file that the agent remembers its conversation in.

    Raises:
        MllmError: the model is none that can lead.
        PromptError: the prompt is malformed.
    """
    model = open_chat(parts.stages.llm, parts.stages.llm_options)
    with checkpoints(memory) as saver:
        agent = make_agent(model, session, checkpointer=saver, prompt=parts.prompt("agent/system"))
        yield lambda said: answer(agent, session, screen, said)


def answer(agent: Any, session: Session, screen: Screen, said: str) -> None:
    """Show the agent's steps; Ctrl-C stops them and not the conversation."""
    try:
        for step in steps(agent, said, thread=session.journal.path.stem):
            _show(step, session, screen)
    except KeyboardInterrupt:
        screen.console.print("\nstopped; say how to go on", style="yellow")
    except Exception as error:  # a conversation outlives its model
        screen.console.print(Text(f"lost: agent: {printable(one_line(error))}", style="yellow"))


def _show(step: Step, session: Session, screen: Screen) -> None:
    if step.kind == "reply":
        _say(screen, step.text)
    elif step.kind == "call":
        _note(screen, f"> {step.name} {step.text}")
    elif step.turn:
        screen.turn(session.turns[step.turn - 1])
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
