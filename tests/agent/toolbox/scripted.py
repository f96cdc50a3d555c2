"""A chat model that follows a script, and obeys whatever orders reach it outside a fence."""

import re
from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

_FENCED = re.compile(r"<data>[^\n]*?</data>")
_MARK = re.compile(r"<\|.*?\|>|</?s>|\[/?INST\]|<</?SYS>>|<(start|end)_of_turn>")
ORDER = re.compile(
    r"\b(ignore|forget|disregard|show|exclude|delete|undo|system|user|assistant|human|call|must"
    r"|photo|action|instruction|answer)\b",
    re.IGNORECASE,
)


def called(name: str, **arguments: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"{name}-1"}])


class ScriptedChat(BaseChatModel):
    """Say the script's messages in order; a call in it is one step of the conversation."""

    script: list[AIMessage]
    at: int = 0

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> "ScriptedChat":
        return self

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **options: Any
    ) -> ChatResult:
        said = self.script[min(self.at, len(self.script) - 1)]
        self.at += 1
        return ChatResult(
            generations=[ChatGeneration(message=said.model_copy(update={"id": None}))]
        )


class ObedientChat(ScriptedChat):
    """Exclude picture 1 as soon as a tool's answer holds an order outside of a fence.

    A chat template's mark counts wherever it stands, for a tokenizer knows no fences.
    """

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **options: Any
    ) -> ChatResult:
        read = messages[-1].text if isinstance(messages[-1], ToolMessage) else ""
        if ORDER.search(_FENCED.sub("", read)) or _MARK.search(read):
            obeyed = called("exclude", numbers=[1])
            return ChatResult(generations=[ChatGeneration(message=obeyed)])
        return super()._generate(messages, stop, run_manager, **options)
