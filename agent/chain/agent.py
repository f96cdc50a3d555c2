"""A LangChain agent that leads the conversation: our prompt, our tools, a lasting memory.

Example:
    with checkpoints(folder / "agent.db") as saver:
        agent = make_agent(model, session, checkpointer=saver)
        for step in steps(agent, "a dog on a beach", thread="trip"):
            print(step.kind, step.name, step.text)
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from langchain.agents import create_agent
from langchain.agents.middleware import ModelCallLimitMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver

from agent.chain.tools import tools_of
from agent.session import Session
from prompts.load import load

MOST_CALLS = 20  # of the model, for one thing that the user says


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the agent did.

    Attributes:
        kind: it called a tool, a tool answered, or it spoke to the user.
        name: of the tool; empty for words to the user.
        text: the arguments as they came, the tool's answer, or the words.
    """

    kind: Literal["call", "result", "reply"]
    name: str
    text: str


def checkpoints(path: Path) -> AbstractContextManager[SqliteSaver]:
    """Open the file that agents remember their conversations in; it is made when missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return SqliteSaver.from_conn_string(str(path))


def make_agent(
    model: BaseChatModel, session: Session, *, checkpointer: BaseCheckpointSaver[Any] | None
) -> Any:
    """Return a LangGraph agent whose only tools work on this session, one call after the other.

    A model that goes on calling tools is stopped after `MOST_CALLS`, and the user is told.
    """
    prompt = "".join(str(piece) for piece in load("agent/system").render())
    agent: Any = create_agent(
        model,
        tools=tools_of(session),
        system_prompt=prompt,
        middleware=[ModelCallLimitMiddleware(run_limit=MOST_CALLS, exit_behavior="end")],
        checkpointer=checkpointer,
    )
    return agent.with_config(max_concurrency=1)


def steps(agent: Any, said: str, *, thread: str) -> Iterator[Step]:
    """Say something to the agent, and yield its steps as they happen."""
    spoken = {"messages": [{"role": "user", "content": said}]}
    config = {"configurable": {"thread_id": thread}}
    for update in agent.stream(spoken, config, stream_mode="updates"):
        for change in update.values():
            for message in (change or {}).get("messages", ()):
                yield from _steps_of(message)


def _steps_of(message: BaseMessage) -> Iterator[Step]:
    if isinstance(message, ToolMessage):
        yield Step("result", str(message.name), message.text)
    elif isinstance(message, AIMessage):
        for call in message.tool_calls:
            yield Step("call", call["name"], str(call["args"]))
        if message.text:
            yield Step("reply", "", message.text)
