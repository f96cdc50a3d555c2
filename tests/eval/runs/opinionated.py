"""A model behind an HTTP endpoint that has an opinion on everything, at once and for nothing."""

import json
from hashlib import sha256
from typing import Any

from tests.agent.mllm.loopback import Answer, Misbehaving, completion


class Opinionated(Misbehaving):
    """A model whose answer depends on every word and pixel of the request, and on nothing else."""

    def next(self, body: dict[str, Any], key: str) -> Answer:
        text = json.dumps(body["messages"])
        answers = ("yes", "no") if "yes" in text else ("A", "B", "B > A")
        return completion(answers[sha256(text.encode()).digest()[0] % len(answers)])
