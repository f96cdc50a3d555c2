"""From stages to a pipeline: each name becomes the object that does it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from agent.clarify.asker import Asker
from agent.options import found
from agent.rerank.reranker import Reranker
from agent.rerank.score_fusion import Fused
from agent.resources import Resources
from agent.rewrite.rewriter import Covering, Rewriter
from agent.stages.absence import Absence, VerdictReading
from agent.stages.config import Stages
from agent.stages.pipeline import Pipeline
from agent.stages.stage_table import SHORTLIST, Stage
from agent.stages.unknown_language import unknown_language
from agent.understanding.interpretation import Interpreter
from retrievers.collection.collection import Collection
from retrievers.collection.filters.unmatched import unmatched
from retrievers.hit import Retriever
from retrievers.search.searcher import Searcher


def open_pipeline(
    stages: Stages,
    collection: Collection,
    retriever: Retriever,
    *,
    resources: Resources | None = None,
) -> Pipeline:
    """Put the stages behind a retriever.

    Args:
        stages: which.
        collection: the collection; verdicts and captions are kept beside it.
        retriever: the first stage.
        resources: what the stages are made of, if the caller wants to look at it.

    Raises:
        MllmError: a model cannot be opened.
        PromptError: a prompt is named that does not exist.
    """
    resources = resources or Resources(stages, collection)
    rewriting, reranking = stages.row("rewriter"), stages.row("reranker")
    rewriter: Rewriter | None = _opened(rewriting, resources, stages.rewriter_options)
    reranker: Reranker | None = _opened(reranking, resources, stages.reranker_options)
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
        unmatched=partial(unmatched, collection),
        unread=_unread(retriever, collection),
    )


def _unread(retriever: Retriever, collection: Collection) -> Callable[[Sequence[str]], str]:
    if not isinstance(retriever, Searcher):
        return lambda wanted: ""
    return partial(unknown_language, retriever.encoder, collection.name)


def _opened(row: Stage | None, resources: Resources, options: Mapping[str, Any]) -> Any:
    return found(row.opener)(resources, **options) if row else None


def _absence(stages: Stages, retriever: Retriever, reranker: Reranker | None) -> Absence | None:
    """Doubt by distribution, and by verdicts if the model that gives them sees."""
    if not isinstance(retriever, Searcher) or not stages.doubt:
        return None
    row, reading = stages.row("reranker"), None
    if reranker and row and row.sure is not None and stages.mllm != "offline":
        reading = VerdictReading(reranker.name, row.sure)
    return Absence(retriever, reading=reading, doubted=stages.doubt)


def _shortlist(stages: Stages) -> int:
    if stages.shortlist is not None:
        return stages.shortlist
    row = stages.row("reranker")
    return row.shortlist if row else SHORTLIST


def open_asker(
    stages: Stages, searcher: Searcher, *, resources: Resources | None = None
) -> Asker | None:
    """Return what asks back after a search, if anything is to.

    Raises:
        MllmError: a model cannot be opened.
    """
    if not (row := stages.row("ask")):
        return None
    asker: Asker = found(row.opener)(resources or Resources(stages, searcher.collection), searcher)
    return asker


def open_interpreter(
    stages: Stages, collection: Collection, *, resources: Resources | None = None
) -> Interpreter:
    """Return what reads the person's words: the built-in interpreter, unless another is asked for.

    Raises:
        MllmError: a model cannot be opened.
        PromptError: a prompt is named that does not exist.
    """
    if not (row := stages.row("understand")):
        from agent.understanding.interpreters.tagging_interpreter import interpret

        return interpret
    opened: Interpreter = found(row.opener)(resources or Resources(stages, collection))
    return opened
