"""From stages to a pipeline: each name becomes the object that does it."""

from collections.abc import Callable
from functools import partial

from agent.absence import SURE, Absence, Reading
from agent.asker import Asker, ShortlistAsker
from agent.parts import Parts
from agent.pipeline import Pipeline
from agent.question import Questioner
from agent.rerank.choices import Listwise, Pairwise, Pick, YesNo
from agent.rerank.fused import Fused
from agent.rerank.pointwise import PointwiseReranker
from agent.rerank.propositions import Propositions
from agent.rerank.reranker import Reranker
from agent.rewrite.cirevl import Cirevl
from agent.rewrite.eiirwqr import Eiirwqr
from agent.rewrite.plugir import Plugir
from agent.rewrite.rewriter import Covering, Rewriter
from agent.stages import Stages
from retrievers.collection.store import Store
from retrievers.collection.unmatched import unmatched
from retrievers.hit import Retriever
from retrievers.search import Searcher

SHORTLIST = 50
SHORTLISTS = {"blip2": 128}  # arXiv:2301.12597, section 4.4


def open_pipeline(
    stages: Stages, store: Store, retriever: Retriever, *, parts: Parts | None = None
) -> Pipeline:
    """Put the stages behind a retriever.

    Args:
        stages: which.
        store: the collection; verdicts and captions are kept beside it.
        retriever: the first stage.
        parts: what the stages are made of, if the caller wants to look at it.

    Raises:
        MllmError: a model cannot be opened.
        PromptError: a prompt is named that does not exist.
    """
    parts = parts or Parts(stages, store)
    rewriter = MAKERS[stages.rewriter](parts) if stages.rewriter else None
    reranker = JUDGES[stages.reranker](parts) if stages.reranker else None
    absence = _absence(stages, retriever, reranker)
    if reranker and stages.fusion != "replace":
        reranker = Fused(reranker, how=stages.fusion, weight=stages.fusion_weight)
    if rewriter and stages.covering:
        rewriter = Covering(rewriter)
    return Pipeline(
        retriever,
        rewriter=rewriter,
        reranker=reranker,
        shortlist=_shortlist(stages),
        budget=stages.budget,
        absence=absence,
        unmatched=partial(unmatched, store),
    )


def _absence(stages: Stages, retriever: Retriever, reranker: Reranker | None) -> Absence | None:
    """Doubt by distribution, and by verdicts if the model that gives them sees."""
    if not isinstance(retriever, Searcher) or not stages.doubt:
        return None
    sees = reranker and stages.reranker in SURE and stages.mllm != "offline"
    reading = Reading(reranker.name, SURE[stages.reranker]) if reranker and sees else None
    return Absence(retriever, reading=reading, doubted=stages.doubt)


def _shortlist(stages: Stages) -> int:
    if stages.shortlist is not None:
        return stages.shortlist
    return SHORTLISTS.get(stages.reranker, SHORTLIST)


def open_asker(stages: Stages, searcher: Searcher, *, parts: Parts | None = None) -> Asker | None:
    """Return what asks back after a search, if anything is to.

    Raises:
        MllmError: a model cannot be opened.
    """
    if not stages.ask:
        return None
    if stages.ask == "pictures":
        return ShortlistAsker(searcher)
    parts = parts or Parts(stages, searcher.store)
    questioner = Questioner(
        parts.llm,
        parts.captions.of,
        searcher.encoder,
        propose=parts.prompt("plugir/ask"),
        judge=parts.prompt("plugir/answerable"),
    )
    return ShortlistAsker(searcher, questioner=questioner)


def _blip2(parts: Parts) -> Reranker:
    from agent.rerank.blip2 import open_blip2

    beside = parts.store.folder
    judge = open_blip2(parts.pixels, beside, **parts.stages.reranker_options)
    return PointwiseReranker(judge, verdicts=parts.verdicts)


def _cross_encoder(parts: Parts) -> Reranker:
    from agent.rerank.cross_encoder import open_cross_encoder

    judge = open_cross_encoder(parts.pixels, **parts.stages.reranker_options)
    return PointwiseReranker(judge, verdicts=parts.verdicts)


def _yesno(parts: Parts) -> Reranker:
    judge = YesNo(parts.mllm, parts.pixels, prompt=parts.prompt("pick/yesno"))
    return PointwiseReranker(judge, verdicts=parts.verdicts, **parts.stages.reranker_options)


def _pick(parts: Parts) -> Reranker:
    prompt = parts.prompt("pick/best")
    return Pick(parts.mllm, parts.pixels, prompt=prompt, **parts.stages.reranker_options)


def _listwise(parts: Parts) -> Reranker:
    prompt = parts.prompt("pick/listwise")
    return Listwise(parts.mllm, parts.pixels, prompt=prompt, **parts.stages.reranker_options)


def _pairwise(parts: Parts) -> Reranker:
    prompt = parts.prompt("pick/pairwise")
    return Pairwise(parts.mllm, parts.pixels, prompt=prompt, **parts.stages.reranker_options)


def _propositions(parts: Parts) -> Reranker:
    return Propositions(
        parts.llm,
        parts.mllm,
        parts.pixels,
        verdicts=parts.verdicts,
        split=parts.prompt("propositions/split"),
        verify=parts.prompt("propositions/verify"),
        **parts.stages.reranker_options,
    )


def _cirevl(parts: Parts) -> Rewriter:
    return Cirevl(parts.llm, parts.captions, prompt=parts.prompt("cirevl/edit"))


def _eiirwqr(parts: Parts) -> Rewriter:
    prompt = parts.prompt("eiirwqr/rewrite")
    return Eiirwqr(parts.llm, parts.captions, prompt=prompt, **parts.stages.rewriter_options)


def _plugir(parts: Parts) -> Rewriter:
    return Plugir(parts.llm, prompt=parts.prompt("plugir/reformulate"))


def _trained(parts: Parts) -> Rewriter:
    return Plugir(parts.llm, prompt=parts.prompt("rewriter/query"), method="trained")


MAKERS: dict[str, Callable[[Parts], Rewriter]] = {
    "cirevl": _cirevl,
    "eiirwqr": _eiirwqr,
    "plugir": _plugir,
    "trained": _trained,
}
JUDGES: dict[str, Callable[[Parts], Reranker]] = {
    "blip2": _blip2,
    "cross-encoder": _cross_encoder,
    "yesno": _yesno,
    "pick": _pick,
    "listwise": _listwise,
    "pairwise": _pairwise,
    "propositions": _propositions,
}
