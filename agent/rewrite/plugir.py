"""PlugIR's context reformulation (ACL 2024, section 3.1): the turns become one caption."""

from collections.abc import Sequence
from dataclasses import replace

from agent.mllm.mllm import Mllm, user_message
from agent.resources import Resources
from agent.rewrite.rewriter import Rewriter, one_line
from prompts.load import Prompt, load
from retrievers.hit import Hit
from retrievers.query import Query


class Plugir:
    """Rewrite two phrases or more into one; a single phrase is a caption already.

    Args:
        mllm: rewrites; it need not see.
        prompt: `plugir/reformulate`, or one with the same inputs.
        method: what it is called: a trained model needs neither PlugIR's words nor its example.
    """

    turns = 1
    reads_hits = False

    def __init__(self, mllm: Mllm, *, prompt: Prompt | None = None, method: str = "plugir") -> None:
        self.mllm, self.method = mllm, method
        self.prompt = prompt or load("plugir/reformulate")

    @property
    def name(self) -> str:
        return f"{self.method}@{self.mllm.name}+{self.prompt.hash}"

    def rewrite(self, original: Query, last: Query, hits: Sequence[Hit]) -> Query:
        if len(original.wanted) < 2:
            return last
        message = user_message(self.prompt, turns=list(original.wanted))
        reply = self.mllm.generate([message], max_tokens=64)
        return replace(last, wanted=(one_line(reply, self.prompt.name, "one sentence"),))


def open_plugir(resources: Resources) -> Rewriter:
    """Open it as `agent.stages.stage_table` asks."""
    return Plugir(resources.llm, prompt=resources.prompt("plugir/reformulate"))


def open_trained(resources: Resources) -> Rewriter:
    """Open a model that was trained to rewrite, as `agent.stages.stage_table` asks."""
    return Plugir(resources.llm, prompt=resources.prompt("rewriter/query"), method="trained")
