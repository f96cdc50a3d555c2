"""EIIRwQR (arXiv:2404.18746): search, caption what was found, let an LLM rewrite, search again.

Which of the hits are described is the feedback: none (all of the first few), the user's own marks,
or marks simulated from the ground truth, which is an oracle and only for experiments.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from agent.captioning.captions import Captions
from agent.mllm.mllm import Mllm, user_message
from agent.resources import Resources
from agent.rewrite.rewriter import Rewriter, one_line
from prompts.load import Prompt, load
from retrievers.hit import Hit
from retrievers.query import Query

SHOWN = 5  # hits that count as shown

RelevanceFeedback = Callable[[Query, Sequence[Hit]], Sequence[Hit]]
"""Given what was asked and the hits shown, the hits that are described to the LLM."""


def no_feedback(original: Query, shown: Sequence[Hit]) -> Sequence[Hit]:
    """Describe every picture shown."""
    return shown


def user_marks(original: Query, shown: Sequence[Hit]) -> Sequence[Hit]:
    """Describe the pictures shown that the user liked."""
    return [hit for hit in shown if hit.picture.id in original.like]


def simulated_marks(relevant: Collection[str]) -> RelevanceFeedback:
    """Describe the pictures shown that are relevant: an oracle, for experiments only."""

    def marks(original: Query, shown: Sequence[Hit]) -> Sequence[Hit]:
        return [hit for hit in shown if hit.picture.id in relevant]

    return marks


class Eiirwqr:
    """Rewrite from the captions of what was found.

    Args:
        mllm: rewrites; it need not see.
        captions: describes pictures.
        turns: how often; each costs a search, captions of new pictures, and one call.
        shown: how many hits count as shown, and may be described.
        feedback: which of them are described.
        unseen: whether later searches return only pictures not shown before.
        prompt: `eiirwqr/rewrite`, or one with the same inputs.
    """

    reads_hits = True

    def __init__(
        self,
        mllm: Mllm,
        captions: Captions,
        *,
        turns: int = 1,
        shown: int = SHOWN,
        feedback: RelevanceFeedback = no_feedback,
        unseen: bool = False,
        prompt: Prompt | None = None,
    ) -> None:
        if turns < 1 or shown < 1:
            raise ValueError(f"turns and shown must be at least 1; got {turns} and {shown}")
        self.mllm, self.captions = mllm, captions
        self.turns, self.shown, self.feedback, self.unseen = turns, shown, feedback, unseen
        self.prompt = prompt or load("eiirwqr/rewrite")

    @property
    def name(self) -> str:
        return f"eiirwqr{self.turns}@{self.mllm.name}+{self.captions.name}+{self.prompt.hash}"

    def rewrite(self, original: Query, last: Query, hits: Sequence[Hit]) -> Query:
        shown = hits[: self.shown]
        query = last
        if original.wanted and (described := self.feedback(original, shown)):
            message = user_message(
                self.prompt,
                query=", ".join(original.wanted),
                captions=self.captions.of([hit.picture for hit in described]),
                previous=", ".join(last.wanted),
            )
            reply = self.mllm.generate([message], max_tokens=64)
            query = replace(last, wanted=(one_line(reply, self.prompt.name, "one sentence"),))
        if self.unseen:
            seen = {hit.picture.id for hit in shown}
            query = replace(query, excluded=query.excluded | seen)
        return query


def open_eiirwqr(
    resources: Resources, *, turns: int = 1, shown: int = SHOWN, unseen: bool = False
) -> Rewriter:
    """Open it as `agent.stages.stage_table` asks."""
    prompt = resources.prompt("eiirwqr/rewrite")
    return Eiirwqr(
        resources.llm, resources.captions, turns=turns, shown=shown, unseen=unseen, prompt=prompt
    )
