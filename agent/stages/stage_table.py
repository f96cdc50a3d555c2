"""The one table of what can stand behind the first stage; docs/stages.md says what each one does.

A new method is a file, with a class and a function that opens it, and a row here: names, prompts,
options, help texts and the checks of a stages file follow from them. CONTRIBUTING.md adds one.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Literal

SHORTLIST = 50  # pictures

StageKind = Literal["rewriter", "reranker", "ask", "understand"]
"""The key of a stages file that names it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A row.

    Attributes:
        kind: the key of a stages file that takes it.
        name: the value of that key.
        opener: `module:function`, imported when it is opened. It is given `agent.resources.Parts`,
            to ask back the `Searcher` as well; its keyword-only arguments are the options that a
            stages file may hold, and no others are taken.
        prompts: that it uses, by the names that a stages file may put its own in place of.
        shortlist: how many pictures a reranker is given if a stages file does not say.
        sure: how far from 0 a reranker's score is a sure verdict on a picture by itself; none: its
            scores can be compared within one query only.
        llm: whether the LLM writes for it.
    """

    kind: StageKind
    name: str
    opener: str
    prompts: tuple[str, ...] = ()
    _: KW_ONLY
    shortlist: int = SHORTLIST
    sure: float | None = None
    llm: bool = False


STAGES: tuple[Stage, ...] = (
    Stage(
        "rewriter",
        "cirevl",
        "agent.rewrite.cirevl:open_cirevl",
        ("cirevl/edit", "caption/describe"),
        llm=True,
    ),
    Stage(
        "rewriter",
        "eiirwqr",
        "agent.rewrite.eiirwqr:open_eiirwqr",
        ("eiirwqr/rewrite", "caption/describe"),
        llm=True,
    ),
    Stage(
        "rewriter",
        "plugir",
        "agent.rewrite.plugir:open_plugir",
        ("plugir/reformulate",),
        llm=True,
    ),
    Stage(
        "rewriter", "trained", "agent.rewrite.plugir:open_trained", ("rewriter/query",), llm=True
    ),
    Stage(
        "reranker",
        "blip2",
        "agent.rerank.blip2:open_blip2",
        shortlist=128,  # arXiv:2301.12597, section 4.4
    ),
    Stage("reranker", "cross-encoder", "agent.rerank.cross_encoder:open_cross_encoder"),
    Stage(
        "reranker",
        "yesno",
        "agent.rerank.mllm_choices:open_yesno",
        ("pick/yesno",),
        sure=2.2,  # odds of 9 to 1
    ),
    Stage("reranker", "pick", "agent.rerank.mllm_choices:open_pick", ("pick/best",)),
    Stage("reranker", "listwise", "agent.rerank.mllm_choices:open_listwise", ("pick/listwise",)),
    Stage("reranker", "pairwise", "agent.rerank.mllm_choices:open_pairwise", ("pick/pairwise",)),
    Stage(
        "reranker",
        "propositions",
        "agent.rerank.propositions:open_propositions",
        ("propositions/split", "propositions/verify"),
        sure=0.3,  # what it lets move a picture
        llm=True,
    ),
    Stage("ask", "pictures", "agent.clarify.asker:open_pictures"),
    Stage(
        "ask",
        "plugir",
        "agent.clarify.asker:open_plugir",
        ("plugir/ask", "plugir/answerable"),
        llm=True,
    ),
    Stage(
        "understand",
        "llm",
        "agent.understanding.llm.llm_interpreter:open_llm_interpreter",
        ("understand/edits",),
        llm=True,
    ),
)


def stages_of(kind: StageKind) -> Mapping[str, Stage]:
    """Return the stages of a kind by name, in the table's order."""
    return {one.name: one for one in STAGES if one.kind == kind}
