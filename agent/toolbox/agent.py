"""A LangChain agent that leads the conversation: our prompt, our tools, a lasting memory.

Example:
    with checkpoints(folder / "agent.db") as saver:
        agent = make_agent(model, session, checkpointer=saver)
        for step in steps(agent, "a dog on a beach", thread="trip"):
            print(step.kind, step.name, step.text)
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from langchain.agents import create_agent
from langchain.agents.middleware import ModelCallLimitMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import StateSnapshot

from agent.conversation.session import Session
from agent.toolbox.tools import tools_of
from prompts.load import Prompt, load
from retrievers.files.home import private
from retrievers.files.sqlite_file import OneLineConnection, open_sqlite

MOST_CALLS = 20  # of the model, for one thing that the user says
INTERRUPTED = "Interrupted; what was asked may or may not have been done."


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the agent did.

    Attributes:
        kind: it called a tool, a tool answered, or it spoke to the user.
        name: of the tool; empty for words to the user.
        text: the arguments as they came, the tool's answer, or the words.
        turn: of the session, if the tool's answer is one; else 0.
    """

    kind: Literal["call", "result", "reply"]
    name: str
    text: str
    turn: int = 0


@contextmanager
def checkpoints(path: Path) -> Iterator[SqliteSaver]:
    """Open the file that agents remember their conversations in; it is made when missing.

    Of what it holds only messages and plain values are made again, no other classes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(private(str(path), os.O_CREAT | os.O_RDWR))
    file = open_sqlite(path, OneLineConnection, _tables(), check_same_thread=False)
    with closing(file):
        yield SqliteSaver(file, serde=JsonPlusSerializer(allowed_msgpack_modules=None))


def _tables() -> str:
    """Return the statements that make the tables of such a file, as langgraph has them."""
    with closing(sqlite3.connect(":memory:")) as new:
        SqliteSaver(new).setup()
        return ";".join(
            sql for (sql,) in new.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")
        )


def make_agent(
    model: BaseChatModel,
    session: Session,
    *,
    checkpointer: BaseCheckpointSaver[Any] | None,
    prompt: Prompt | None = None,
) -> Any:
    """Return a LangGraph agent whose only tools work on this session, one call after the other.

    A model that goes on calling tools is stopped after `MOST_CALLS`, and the user is told.
    """
    prompt = prompt or load("agent/system")
    agent: Any = create_agent(
        model,
        tools=tools_of(session),
        system_prompt="".join(str(piece) for piece in prompt.render()),
        middleware=[ModelCallLimitMiddleware(run_limit=MOST_CALLS, exit_behavior="end")],
        checkpointer=checkpointer,
    )
    return agent.with_config(max_concurrency=1)


def steps(agent: Any, said: str, *, thread: str) -> Iterator[Step]:
    """Say something to the agent, and yield its steps as they happen.

    What an interruption of the last run left open is closed first. Each step is on disk before the
    next one begins, as the session's turns are.
    """
    config = {"configurable": {"thread_id": thread}}
    options: dict[str, Any] = {"stream_mode": "updates"}
    left: list[BaseMessage] = []
    if agent.checkpointer is not None:
        options["durability"] = "sync"
        left = _closing(agent.get_state(config))
    spoken = {"messages": [*left, HumanMessage(said)]}
    for update in agent.stream(spoken, config, **options):
        for change in update.values():
            for message in (change or {}).get("messages", ()):
                yield from _steps_of(message)


def _closing(state: StateSnapshot) -> list[BaseMessage]:
    """Return what makes a run that was killed or failed a whole conversation again.

    Servers refuse a tool call without an answer, and many chat templates two requests in a row.
    """
    if not state.next:
        return []
    said: list[BaseMessage] = state.values.get("messages", [])
    spoke = max((at for at, one in enumerate(said) if isinstance(one, AIMessage)), default=0)
    answered = {one.tool_call_id for one in said[spoke:] if isinstance(one, ToolMessage)}
    calls = [call for one in said[spoke:] if isinstance(one, AIMessage) for call in one.tool_calls]
    open_calls = [call for call in calls if call["id"] not in answered]
    return [
        *(ToolMessage(INTERRUPTED, tool_call_id=one["id"], name=one["name"]) for one in open_calls),
        AIMessage(INTERRUPTED),
    ]


def _steps_of(message: BaseMessage) -> Iterator[Step]:
    if isinstance(message, ToolMessage):
        turn = (message.artifact or {}).get("turn", 0)
        yield Step("result", str(message.name), message.text, turn)
    elif isinstance(message, AIMessage):
        for call in message.tool_calls:
            yield Step("call", call["name"], str(call["args"]))
        if message.text:
            yield Step("reply", "", message.text)
