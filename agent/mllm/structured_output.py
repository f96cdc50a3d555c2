"""How a server is told to hold an answer to a closed set, and which of these ways it heeds.

A server ignores fields that it does not know, so that a wrong dialect goes unnoticed: answers are
merely not held to anything. `probed` finds out by asking for what no model says unasked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.mllm.closed_choice import grammar

Dialect = Literal["vllm", "llama.cpp", "openai"]
UNLIKELY = ("zebra 17", "quartz 40")


@dataclass(frozen=True, slots=True)
class OutputDialect:
    """One dialect.

    Attributes:
        top: how many log-probabilities of the first token the server tells at most.
        fields: what is added to a request so that its answer is one of those given.
    """

    top: int
    fields: Callable[[Sequence[str]], dict[str, Any]]


WAYS: dict[Dialect, OutputDialect] = {
    "vllm": OutputDialect(20, lambda answers: {"structured_outputs": {"choice": list(answers)}}),
    "llama.cpp": OutputDialect(512, lambda answers: {"grammar": grammar(answers)}),
    "openai": OutputDialect(20, lambda answers: {}),
}


def probed(says: Callable[[dict[str, Any]], str | None]) -> Dialect:
    """Return the first dialect whose constraint the server keeps to; `openai` constrains nothing.

    Args:
        says: returns the server's answer to a greeting sent with these fields; None: it refused
            them.
    """
    for dialect, way in WAYS.items():
        if (fields := way.fields(UNLIKELY)) and (says(fields) or "").strip() in UNLIKELY:
            return dialect
    return "openai"
