"""Open a collection and a session for a conversation, hold it, and say where it is kept."""

import shlex
import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from agent.conversation.collection_facts import facts_of
from agent.conversation.journal import session_path
from agent.conversation.session import Session
from agent.mllm.mllm import MllmError
from agent.profile import profile as profile_named
from agent.resources import Resources
from agent.stages.config import Stages
from agent.stages.first_stage import first_stage
from agent.stages.pipeline_builder import open_asker, open_interpreter, open_pipeline
from app.chat.chat_loop import converse
from app.library import conversations
from app.library.library import OpenCollection
from app.library.query_options import opened_collection
from app.output.printable import counted, printable
from app.pages.page import conversation_page
from app.terminal.screen import Screen
from app.terminal.terminal import terminal
from retrievers.files.home import dialens_home

WRITERS = {"html": conversation_page}


def chat(
    collection: str | None,
    *,
    session: str | None,
    profile: str | None,
    page: int,
    thumbnails: str,
    stages: Stages,
    agent: bool = False,
    confirm: bool = False,
) -> None:
    """Hold one conversation in this terminal; on request, a language model leads it.

    Raises:
        MllmError: the model that is to lead cannot, or its extra is not installed.
    """
    lead = _led() if agent else None
    device = profile_named(profile).device if profile else None
    if session and session_path(conversations.folder(), session).exists():
        collection = collection or conversations.collection_of(session)
    with opened_collection(collection, device=device) as open_collection:
        held = begin(open_collection, session, page=page, stages=stages)
        console = terminal()
        screen = Screen(
            console=console, roots=open_collection.collection.roots(), thumbnails=thumbnails
        )
        greet(console, open_collection, held)
        memory = conversations.memory(held.journal.path.stem)
        try:
            with ExitStack() as opened:
                resources = Resources(stages, open_collection.collection)
                answer = lead and opened.enter_context(lead(held, screen, resources, memory=memory))
                history = dialens_home() / "history"
                converse(held, screen, history=history, answer=answer, confirm=confirm)
        finally:
            farewell(console, held, agent=agent)


def _led() -> Callable[..., AbstractContextManager[Callable[[str], None]]]:
    try:
        from app.chat.agent_chat import converse_with_agent
    except ModuleNotFoundError as error:
        reason = f"{error.name} is not installed; pip install 'dialens[agent]'"
        raise MllmError(f"--agent: {reason}") from error
    return converse_with_agent


def begin(
    opened: OpenCollection, name: str | None, *, page: int, stages: Stages | None = None
) -> Session:
    """Resume the session of that name, or start it; without a name, start one with a new name.

    Raises:
        SessionError: its file is damaged.
        ValueError: the name cannot be a file's, or the session is about another collection.
    """
    stages, searcher = stages or Stages(), opened.searcher()
    resources = Resources(stages, opened.collection)
    first = first_stage(searcher, stages)
    retriever = open_pipeline(stages, opened.collection, first, resources=resources)
    asker = open_asker(stages, searcher, resources=resources)
    interpreter = open_interpreter(stages, opened.collection, resources=resources)
    session = conversations.begin(
        name, opened.collection.name, retriever, page=page, writers=WRITERS
    )
    facts = facts_of(opened.collection)
    return replace(session, asker=asker, interpreter=interpreter, facts=facts)


def greet(console: Console, opened: OpenCollection, session: Session) -> None:
    """Say what is open, and what was asked for last."""
    console.print(
        f"{counted(len(opened.collection), 'picture')} in {opened.collection.name!r}. "
        "Say what you look for; 'help' says what else; Ctrl-D leaves.",
        style="dim",
    )
    if session.turns:
        console.print(f"Going on: {printable(session.current.understood)}", style="dim")


def farewell(console: Console, session: Session, *, agent: bool = False) -> None:
    """Say where the conversation is kept; one in which nothing was looked for is not."""
    name = session.journal.path.stem
    if conversations.memory(name).exists():
        session.journal.keep()  # a model may have talked without a search
    if session.journal.is_kept and (session.turns or conversations.memory(name).exists()):
        how = " --agent" if agent else ""
        console.print(f"Kept: {called()} chat{how} --session {shlex.quote(name)}", style="dim")
    elif session.journal.is_kept:
        conversations.remove(name)


def called() -> str:
    """Return how this program is called from here, for hints that can be copied."""
    command = Path(sys.argv[0])
    on_path = shutil.which("dialens")
    return str(command) if command.name == "dialens" and on_path != str(command) else "dialens"
