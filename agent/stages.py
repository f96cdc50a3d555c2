"""From a TOML table to a pipeline: which rewriter, which reranker, which models.

Example:
    rewriter = "cirevl"
    reranker = "blip2"
    llm = "openai:qwen3@http://localhost:8000/v1"
    mllm = "transformers:/models/smolvlm"
    shortlist = 50
    budget = 3.0

    [reranker_options]
    checkpoint = "Salesforce/blip2-itm-vit-g-coco"
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from PIL.Image import Image

from agent.absence import DOUBTED, SURE, Absence, Reading
from agent.captions import Captions
from agent.mllm.mllm import Mllm, Usage
from agent.mllm.open import open_mllm
from agent.pipeline import Pipeline
from agent.rerank.choices import Listwise, Pairwise, Pick, YesNo
from agent.rerank.fused import Fused, How
from agent.rerank.pointwise import PointwiseReranker
from agent.rerank.propositions import Propositions
from agent.rerank.reranker import Reranker
from agent.rerank.verdicts import Verdicts
from agent.rewrite.cirevl import Cirevl
from agent.rewrite.eiirwqr import Eiirwqr
from agent.rewrite.plugir import Plugir
from agent.rewrite.rewriter import Covering, Rewriter
from prompts.load import Prompt, load
from retrievers.collection.store import Store
from retrievers.hit import Picture, Retriever
from retrievers.home import dialens_home
from retrievers.pictures import read_picture
from retrievers.search import Searcher

SHORTLIST = 50
SHORTLISTS = {"blip2": 128}  # arXiv:2301.12597, section 4.4
FUSIONS = ("replace", *get_args(How))
SIDE = 448  # pixels of the shorter side that a model is shown at least


class StageError(ValueError):
    """A stage is asked for that cannot be had. One line: which, and what there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """What stands behind the first stage. A stage left empty is left out.

    Attributes:
        rewriter: one of `REWRITERS`.
        reranker: one of `RERANKERS`.
        llm: what rewrites, as `agent.mllm.open.open_mllm` takes it.
        mllm: what looks at pictures and judges; also the captioner.
        fusion: `replace`: the reranker's order stands; `rrf` or `weighted`: see `Fused`.
        fusion_weight: the reranker's share, 0 to 1, if it is fused.
        shortlist: how many pictures the reranker is given; none: the reranker's usual number.
        budget: seconds after which nothing new is begun.
        doubt: share of the reference words that is doubted, see `agent.absence`; 0: none.
        covering: take a rewrite only if it keeps every content word.
        prompts: prompt names to use instead of a stage's own, by stage.
        llm_options: keyword arguments of the model; likewise the others.
    """

    rewriter: str = ""
    reranker: str = ""
    llm: str = "offline"
    mllm: str = "offline"
    fusion: str = "replace"
    fusion_weight: float = 0.5
    shortlist: int | None = None
    budget: float | None = None
    doubt: float = DOUBTED
    covering: bool = True
    prompts: Mapping[str, str] = field(default_factory=dict)
    llm_options: Mapping[str, Any] = field(default_factory=dict)
    mllm_options: Mapping[str, Any] = field(default_factory=dict)
    rewriter_options: Mapping[str, Any] = field(default_factory=dict)
    reranker_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind, chosen, known in (
            ("rewriter", self.rewriter, REWRITERS),
            ("reranker", self.reranker, RERANKERS),
            ("fusion", self.fusion, FUSIONS),
        ):
            if chosen and chosen not in known:
                raise StageError(f"no {kind} {chosen!r}; there are {', '.join(known)}")


def read_stages(path: Path) -> Stages:
    """Read the stages of a TOML file.

    Raises:
        StageError: the file cannot be read, or names what does not exist.
    """
    return Stages(**read_table(path))


def read_table(path: Path, *, also: Sequence[str] = ()) -> dict[str, Any]:
    """Read a TOML file whose keys are fields of `Stages`, or are named in `also`.

    Raises:
        StageError: the file cannot be read, or has another key.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StageError(f"{path} cannot be read as TOML: {error}") from error
    known = [*also, *(one.name for one in fields(Stages))]
    if surplus := sorted(set(table) - set(known)):
        raise StageError(f"{path} has {surplus}; there are {', '.join(known)}")
    return table


def open_pipeline(
    stages: Stages, store: Store, retriever: Retriever, *, parts: "Parts | None" = None
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
        StageError: an option is not one of the stage's.
    """
    parts = parts or Parts(stages, store)
    try:
        rewriter = REWRITERS[stages.rewriter](parts) if stages.rewriter else None
        reranker = RERANKERS[stages.reranker](parts) if stages.reranker else None
    except TypeError as error:
        raise StageError(f"an option does not fit its stage: {error}") from error
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


class Parts:
    """What the stages are made of; each part is made once, when it is asked for."""

    def __init__(self, stages: Stages, store: Store) -> None:
        self.stages, self.store = stages, store

    @cached_property
    def llm(self) -> Mllm:
        if (self.stages.llm, self.stages.llm_options) == (
            self.stages.mllm,
            self.stages.mllm_options,
        ):
            return self.mllm
        return open_mllm(self.stages.llm, **self.stages.llm_options)

    @cached_property
    def mllm(self) -> Mllm:
        return open_mllm(self.stages.mllm, **self.stages.mllm_options)

    @cached_property
    def captions(self) -> Captions:
        prompt = self.prompt("caption/describe")
        path = self.store.folder / "captions.db"
        return Captions(self.mllm, self.picture, prompt=prompt, path=path)

    @cached_property
    def verdicts(self) -> Verdicts:
        return Verdicts(self.store.folder / "verdicts.db")

    def usages(self) -> list[Usage]:
        """Return the counters of the models that were opened."""
        opened = {id(model): model for name in ("llm", "mllm") if (model := vars(self).get(name))}
        return [model.usage for model in opened.values()]

    def picture(self, picture_id: str) -> Picture:
        (picture,) = self.store.pictures(self.store.rows_of([picture_id]))
        return picture

    def pixels(self, picture: Picture) -> Image:
        return read_picture(picture.path, min_side=SIDE).image

    def prompt(self, name: str) -> Prompt:
        return load(self.stages.prompts.get(name, name), own=dialens_home() / "prompts")


def _blip2(parts: Parts) -> Reranker:
    from agent.rerank.blip2 import Blip2, Blip2Judge

    options = {"checkpoint": "Salesforce/blip2-itm-vit-g-coco", **parts.stages.reranker_options}
    kept = parts.store.folder / "blip2" if options.pop("keep", True) else None
    judge = Blip2Judge(Blip2(**options), parts.pixels, kept=kept)
    return PointwiseReranker(judge, verdicts=parts.verdicts)


def _cross_encoder(parts: Parts) -> Reranker:
    from agent.rerank.cross_encoder import open_cross_encoder

    judge = open_cross_encoder(pixels=parts.pixels, **parts.stages.reranker_options)
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


REWRITERS: dict[str, Callable[[Parts], Rewriter]] = {
    "cirevl": _cirevl,
    "eiirwqr": _eiirwqr,
    "plugir": _plugir,
}
RERANKERS: dict[str, Callable[[Parts], Reranker]] = {
    "blip2": _blip2,
    "cross-encoder": _cross_encoder,
    "yesno": _yesno,
    "pick": _pick,
    "listwise": _listwise,
    "pairwise": _pairwise,
    "propositions": _propositions,
}
