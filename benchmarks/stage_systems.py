"""The rows of the stages benchmark: which stages a system has, and how it is opened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.cache.verdicts import open_verdicts
from agent.mllm.mllm import Usage
from agent.resources import Resources
from agent.rewrite.eiirwqr import Eiirwqr, RelevanceFeedback, simulated_marks, user_marks
from agent.rewrite.rewriter import Covering
from agent.stages.config import Stages
from agent.stages.pipeline import Pipeline
from agent.stages.pipeline_builder import open_pipeline
from benchmarks.oracles import Half, PerfectReranker, PerfectRewriter, picture_only, words_only
from benchmarks.stage_questions import Asked
from retrievers.hit import Hit
from retrievers.query import Query

SHORTLIST = 8
Opened = tuple[Pipeline, Sequence[Usage]]


@dataclass(frozen=True, slots=True)
class System:
    """A row.

    Attributes:
        name: as the table has it, in Markdown.
        stages: keyword arguments of `Stages`.
        special: how it is opened if not by these alone, one of `SPECIAL`.
    """

    name: str
    stages: Mapping[str, Any] = field(default_factory=dict)
    special: str = ""

    def open(self, asked: Asked, stages: Stages) -> Opened:
        if self.special:
            return SPECIAL[self.special](asked, stages)
        resources = Resources(stages, asked.searcher.collection)
        resources.verdicts = open_verdicts()  # none is had for nothing
        return open_pipeline(
            stages, asked.searcher.collection, asked.searcher, resources=resources
        ), resources.usages()


def words(asked: Asked, stages: Stages) -> Opened:
    return Pipeline(Half(asked.searcher, words_only), shortlist=SHORTLIST), ()


def picture(asked: Asked, stages: Stages) -> Opened:
    return Pipeline(Half(asked.searcher, picture_only), shortlist=SHORTLIST), ()


def perfect_order(asked: Asked, stages: Stages) -> Opened:
    reranker = PerfectReranker(asked.meant)
    return Pipeline(asked.searcher, reranker=reranker, shortlist=SHORTLIST), ()


def perfect_words(asked: Asked, stages: Stages) -> Opened:
    rewriter = PerfectRewriter(asked.captions)
    return Pipeline(asked.searcher, rewriter=rewriter, shortlist=SHORTLIST), ()


def marked(asked: Asked, stages: Stages) -> Opened:
    return _with_feedback(asked, stages, user_marks)


def simulated(asked: Asked, stages: Stages) -> Opened:
    targets = {one.turns: {one.target} for one in asked.questions}

    def marks(query: Query, shown: Sequence[Hit]) -> Sequence[Hit]:
        return simulated_marks(targets[query.wanted])(query, shown)

    return _with_feedback(asked, stages, marks)


def _with_feedback(asked: Asked, stages: Stages, feedback: RelevanceFeedback) -> Opened:
    resources = Resources(stages, asked.searcher.collection)
    prompt = resources.prompt("eiirwqr/rewrite")
    rewriter = Eiirwqr(resources.llm, resources.captions, prompt=prompt, feedback=feedback)
    chosen = Covering(rewriter) if stages.covering else rewriter
    return Pipeline(asked.searcher, rewriter=chosen, shortlist=SHORTLIST), resources.usages()


SPECIAL: dict[str, Callable[[Asked, Stages], Opened]] = {
    "words": words,
    "picture": picture,
    "perfect order": perfect_order,
    "perfect words": perfect_words,
    "marked": marked,
    "simulated": simulated,
}

FIRST = System("first stage")
RERANKERS = tuple(
    System(f"`{name}`", {"reranker": name})
    for name in ("pick", "listwise", "pairwise", "yesno", "propositions")
)
CEILING = System("*oracle: the shortlist in perfect order*", special="perfect order")
CAPTION = System("*oracle: the target's own caption*", special="perfect words")
FREE = {"covering": False}
REWRITERS = (
    System("`plugir`", {"rewriter": "plugir"}),
    System("`plugir`, unchecked", {"rewriter": "plugir", **FREE}),
    System("`eiirwqr`", {"rewriter": "eiirwqr"}),
    System("`eiirwqr`, unchecked", {"rewriter": "eiirwqr", **FREE}),
    System(
        "`eiirwqr`, 2 turns, unchecked",
        {"rewriter": "eiirwqr", "rewriter_options": {"turns": 2}, **FREE},
    ),
    System(
        "*oracle: `eiirwqr`, simulated marks, unchecked*",
        {"rewriter": "eiirwqr", **FREE},
        "simulated",
    ),
)
MARKS = (
    System("`eiirwqr`, unchecked", {"rewriter": "eiirwqr", **FREE}),
    System("`eiirwqr`, user's marks", {"rewriter": "eiirwqr"}, "marked"),
    System("`eiirwqr`, user's marks, unchecked", {"rewriter": "eiirwqr", **FREE}, "marked"),
)
WATERFALL = (
    System("+ `plugir`", {"rewriter": "plugir"}),
    System("+ `plugir` + `pairwise`", {"rewriter": "plugir", "reranker": "pairwise"}),
    System("+ `plugir` + `yesno`", {"rewriter": "plugir", "reranker": "yesno"}),
)
COMPOSED = (
    System("words and picture, the default"),
    System("words only", special="words"),
    System("picture only", special="picture"),
    System("`cirevl`", {"rewriter": "cirevl"}),
    System("`cirevl`, unchecked", {"rewriter": "cirevl", **FREE}),
    CAPTION,
)
