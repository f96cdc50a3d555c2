"""Where a trained adapter belongs: what it changes is found out from what it is.

An adapter of the text side, or one that names pictures by itself, becomes the first stage; one of a
language model, or of BLIP-2, becomes the rewriter or reranker that it was trained as.
"""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from agent.stages.config import StageError, Stages
from retrievers.checkpoints.adapter import Adapter, AdapterError, read_adapter
from retrievers.checkpoints.error import CheckpointError
from retrievers.collection.active_adapter import active_adapter
from retrievers.encoder import EncoderError
from retrievers.encoders.tuned.load_tuned import ON_PICTURES, fitted
from retrievers.hit import Retriever
from retrievers.loading.downloads import from_this_disk
from retrievers.loading.encoder_options import Options
from retrievers.search.query_vector import Blend
from retrievers.search.searcher import Searcher

WHOLE = Blend(joined=1)
"""A dialogue is read as a whole, as it was trained; no turn counts by itself."""


def first_stage(searcher: Searcher, stages: Stages) -> Retriever:
    """Return the retriever that these stages begin with: the searcher, unless an adapter says else.

    Without one in the stages, the one that the collection's feedback has put into force counts.

    Raises:
        StageError: the adapter is missing or damaged, or not for this collection.
    """
    adapter = _adapter(stages)
    if not adapter and (active := active_adapter(searcher.collection)):
        adapter = _adapter(replace(stages, adapter=str(active)))
        if adapter and adapter.facts.get("pictures") != searcher.pictures_by:
            adapter = None  # the collection moved to another encoder since
    if not adapter:
        return searcher
    try:
        with from_this_disk() if not stages.adapter else nullcontext():  # who names it may have it
            return _with(adapter, searcher)
    except (AdapterError, CheckpointError, EncoderError) as error:
        raise StageError(f"adapter: {error}") from error


def _with(adapter: Adapter, searcher: Searcher) -> Retriever:
    if adapter.kind in ON_PICTURES:
        return _searcher(searcher, adapter)
    return _generative(searcher, adapter) if adapter.kind == "grace" else searcher


def with_adapter(stages: Stages) -> Stages:
    """Return the stages with an adapter of a later stage in its place.

    Raises:
        StageError: it is missing or damaged, or another stage stands in its place.
    """
    adapter = _adapter(stages)
    if not adapter or adapter.kind in (*ON_PICTURES, "grace"):
        return stages
    folder = str(adapter.folder)
    if adapter.kind == "blip2":
        _only(stages.reranker, "blip2", adapter)
        options = {**stages.reranker_options, "adapter": folder}
        if "checkpoint" not in options:
            options["checkpoint"] = _base(adapter)
        return replace(stages, reranker="blip2", reranker_options=options)
    if adapter.kind != "llm":
        raise StageError(
            f"adapter: {folder} is of kind {adapter.kind!r}, which changes pictures' vectors; index"
            f" them with: dialens index FOLDER --encoder tuned:{folder}"
        )
    base = _base(adapter)
    if rewriter := adapter.facts.get("rewriter"):
        _only(stages.rewriter, rewriter, adapter)
        options = {**stages.llm_options, "adapter": folder}
        spec = f"transformers:{base}"
        return replace(stages, rewriter=rewriter, llm=spec, llm_options=options)
    reranker = str(adapter.fact("reranker"))
    _only(stages.reranker, reranker, adapter)
    sees = {"max_pixels": adapter.fact("max_pixels")}
    picks = {"k": adapter.fact("k")} if reranker == "pick" else {}
    return replace(
        stages,
        reranker=reranker,
        mllm=f"transformers:{base}",
        mllm_options={**sees, **stages.mllm_options, "adapter": folder},
        reranker_options={**picks, **stages.reranker_options},
    )


def _adapter(stages: Stages) -> Adapter | None:
    if not stages.adapter:
        return None
    try:
        return read_adapter(Path(stages.adapter).expanduser())
    except AdapterError as error:
        raise StageError(f"adapter: {error}") from error


def _base(adapter: Adapter) -> str:
    try:
        return str(adapter.fact("base"))
    except AdapterError as error:
        raise StageError(f"adapter: {error}") from error


def _searcher(searcher: Searcher, adapter: Adapter) -> Searcher:
    return Searcher(
        searcher.collection,
        fitted(adapter, searcher.encoder, Options()),
        blend=WHOLE if adapter.kind == "dialogue" else searcher.blend,
        words=searcher.words,
        approximate=searcher.approximate,
        pictures_by=searcher.pictures_by,
    )


def _generative(searcher: Searcher, adapter: Adapter) -> Retriever:
    try:
        from retrievers.grace.adapter_files import open_grace
    except ImportError as error:
        raise StageError(
            f"adapter: {adapter.folder} needs packages that are missing ({error}); install"
            " `dialens[models,finetune]`"
        ) from error
    return open_grace(adapter, searcher.collection)


def _only(chosen: str, trained: str, adapter: Adapter) -> None:
    if chosen and chosen != trained:
        raise StageError(
            f"adapter: {adapter.folder} was trained as {trained!r}, and {chosen!r} is asked for;"
            " leave one of the two out"
        )
