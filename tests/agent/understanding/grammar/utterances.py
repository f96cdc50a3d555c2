"""Hand-written utterances with what they mean, in two halves.

`utterances_test.jsonl` was written and committed before the interpreter existed; the interpreter
was written against `utterances_dev.jsonl`. Each line holds `said`, the expected `acts` in any
order, and the context where it is not the usual one: nine pictures shown (`shown`), something asked
for already (`query`, in these words: `wanted`), on 15 May 2024 (`today`). What the tagger reads
otherwise than the grammar did carries `changed`, the reason. Texts are compared without regard to
case, and an `Unclear` without its message.
"""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from agent.conversation.serialise import serialise
from agent.understanding.acts import Act
from agent.understanding.constraint_list import Wanted
from agent.understanding.interpretation import Context
from agent.understanding.interpreters.tagging_interpreter import interpret

HERE = Path(__file__).parent


def utterances(half: str) -> list[dict[str, Any]]:
    lines = (HERE / f"utterances_{half}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def meant(utterance: Mapping[str, Any]) -> list[str]:
    """The expected acts in comparable form."""
    return sorted(json.dumps(act, sort_keys=True).casefold() for act in utterance["acts"])


def heard(utterance: Mapping[str, Any]) -> list[str]:
    """The interpreter's acts in comparable form."""
    context = Context(
        shown=utterance.get("shown", 9),
        asked=utterance.get("query", True),
        state=tuple(map(Wanted, utterance.get("wanted", ()))),
        today=date.fromisoformat(utterance.get("today", "2024-05-15")),
    )
    acts = interpret(utterance["said"], context).acts
    return sorted(json.dumps(_flat(act), sort_keys=True).casefold() for act in acts)


def _flat(act: Act) -> dict[str, Any]:
    plain: dict[str, Any] = serialise(act)
    plain.pop("message", None)
    plain.pop("readings", None)
    adds: dict[str, Any] = plain.pop("adds", {})
    return plain | adds
