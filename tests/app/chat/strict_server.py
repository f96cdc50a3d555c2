"""A chat server that answers as told, and refuses histories as strict servers do."""

import json
from typing import Any

from tests.agent.mllm.loopback import Answer, Misbehaving, completion


def calling(name: str, **arguments: Any) -> Answer:
    """Build a completion in which the model calls a tool; ids repeat, as on some servers."""
    status, body = completion("")
    assert isinstance(body, dict)
    called = {"name": name, "arguments": json.dumps(arguments)}
    message = body["choices"][0]["message"]
    message["tool_calls"] = [{"id": "call_0", "type": "function", "function": called}]
    body["choices"][0]["finish_reason"] = "tool_calls"
    return status, body


class Strict(Misbehaving):
    """Refuses a call without an answer, an answer without a call, and two requests in a row."""

    def next(self, body: dict[str, Any], key: str) -> Answer | None:
        if reason := fault(body["messages"]):
            return 400, {"error": {"message": reason}}
        return super().next(body, key)


def fault(messages: list[dict[str, Any]]) -> str:
    """Return what is wrong with a history; empty if nothing is."""
    waiting: list[str] = []
    before = ""
    for message in messages:
        role = message["role"]
        if role == "tool":
            if message["tool_call_id"] not in waiting:
                return "an answer without a call"
            waiting.remove(message["tool_call_id"])
        elif waiting:
            return f"calls without answers: {waiting}"
        elif role == before == "user":
            return "two requests in a row"
        waiting += [call["id"] for call in message.get("tool_calls") or []]
        before = role
    return f"calls without answers: {waiting}" if waiting else ""
