"""Propositions: the request as statements, each verified (ImageScope, WWW 2025; WISER 2026).

Adding a verifier's verdict to the first stage's score is known to hurt (WISER: 17.28 -> 13.53 mAP@5
on CIRCO), so the verifier moves a picture only as far as it is sure: a statement counts by how far
its probability is from one half, and a picture of which it is not sure keeps its place.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp

from agent.cache.verdicts import Verdicts
from agent.mllm.mllm import Mllm, ReplyError, Schema, user_message
from agent.rerank.mllm_choices import Pixels
from agent.rerank.reranker import Reranker, reordered
from agent.resources import Resources
from prompts.load import Prompt, load
from retrievers.hit import Hit, Picture
from retrievers.search.fusion import gated
from retrievers.text.lettering import whole

MOST = 6  # statements
DEPTH = 20  # hits that are verified; as in ImageScope
GATE = 0.3  # a score nearer to 0 moves nothing
_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "statements": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 120},
            "minItems": 1,
            "maxItems": MOST,
        }
    },
    "required": ["statements"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verifier found in one picture: each statement with its probability of being true."""

    statements: tuple[tuple[str, float], ...]

    @property
    def score(self) -> float:
        """The mean lean of the statements: -1 all surely false, 0 unsure, 1 all surely true."""
        return sum(_sure(p) for _, p in self.statements) / max(1, len(self.statements))

    @property
    def held(self) -> tuple[str, ...]:
        return tuple(statement for statement, p in self.statements if p > 0.5)

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(statement for statement, p in self.statements if p < 0.5)


class Propositions:
    """Verify the first `depth` hits, statement by statement, and move those it is sure of.

    Args:
        llm: splits the request; it need not see.
        mllm: verifies.
        pixels: shows.
        verdicts: remembers.
        depth: how many hits are verified; ImageScope takes 20.
        gate: a score below this distance from 0 moves nothing.
        split: `propositions/split`, or one with the same inputs.
        verify: `propositions/verify`, likewise.
    """

    def __init__(
        self,
        llm: Mllm,
        mllm: Mllm,
        pixels: Pixels,
        *,
        verdicts: Verdicts | None = None,
        depth: int = DEPTH,
        gate: float = GATE,
        split: Prompt | None = None,
        verify: Prompt | None = None,
    ) -> None:
        self.llm, self.mllm, self.pixels, self.verdicts = llm, mllm, pixels, verdicts
        self.depth, self.gate = depth, gate
        self.split = split or load("propositions/split")
        self.verify = verify or load("propositions/verify")

    @property
    def name(self) -> str:
        return f"propositions@{self.mllm.name}+{self.split.hash}+{self.verify.hash}"

    def orders(self, said: str, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
        statements = self.statements(said)
        scores, order = dict[str, float](), list(hits)
        for at, hit in enumerate(hits[: self.depth]):
            verified = self.verified(statements, hit.picture)
            why = replace(hit.why, held=verified.held, failed=verified.failed)
            order[at] = replace(hit, why=why)
            scores |= gated({hit.picture.id: verified.score}, self.gate)
            yield reordered(order, scores, self.name)

    def statements(self, said: str) -> tuple[str, ...]:
        """Split a request into what can be checked by looking.

        Raises:
            ReplyError: the model's reply holds no statements.
        """
        message = user_message(self.split, query=said)
        return read_statements(self.llm.generate([message], max_tokens=160, schema=_SCHEMA))

    def verified(self, statements: Sequence[str], picture: Picture) -> Verified:
        """Ask the verifier about each statement, or remember what it said."""
        return Verified(tuple((one, self._probability(one, picture)) for one in statements))

    def _probability(self, statement: str, picture: Picture) -> float:
        judge = f"verify@{self.mllm.name}+{self.verify.hash}"
        if self.verdicts and (
            known := self.verdicts.known(judge, statement, pictures=[picture.id])
        ):
            return known[picture.id]
        message = user_message(self.verify, [self.pixels(picture)], statement=statement)
        probability = exp(self.mllm.choose([message], ["yes", "no"])[0])
        if self.verdicts:
            self.verdicts.remember(judge, statement, answers={picture.id: probability})
        return probability


def open_propositions(resources: Resources, *, depth: int = DEPTH, gate: float = GATE) -> Reranker:
    """Open it as `agent.stages.stage_table` asks."""
    return Propositions(
        resources.llm,
        resources.mllm,
        resources.pixels,
        verdicts=resources.verdicts,
        depth=depth,
        gate=gate,
        split=resources.prompt("propositions/split"),
        verify=resources.prompt("propositions/verify"),
    )


def read_statements(reply: str) -> tuple[str, ...]:
    """Read the statements of a JSON reply, each once, six at most.

    Raises:
        ReplyError: the reply holds no JSON object with a list of strings `statements`.
    """
    begin, end = reply.find("{"), reply.rfind("}")
    try:
        held = whole(json.loads(reply[begin : end + 1]))["statements"]
        kept = dict.fromkeys(one.strip() for one in held if one.strip())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReplyError("propositions/split", "a JSON list of statements", reply) from error
    if not kept:
        raise ReplyError("propositions/split", "at least one statement", reply)
    return tuple(kept)[:MOST]


def _sure(probability: float) -> float:
    """Map a probability to -1..1, with little in the middle."""
    lean = 2 * probability - 1
    return lean * abs(lean)
