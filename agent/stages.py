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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from agent import options
from agent.absence import DOUBTED
from agent.rerank.fused import How
from prompts.load import load
from retrievers.home import dialens_home
from retrievers.text_bytes import UnreadableText, read_text

REWRITERS: Mapping[str, tuple[str, ...]] = {
    "cirevl": ("cirevl/edit", "caption/describe"),
    "eiirwqr": ("eiirwqr/rewrite", "caption/describe"),
    "plugir": ("plugir/reformulate",),
    "trained": ("rewriter/query",),
}
"""What can rewrite, and the prompts that it uses."""

RERANKERS: Mapping[str, tuple[str, ...]] = {
    "blip2": (),
    "cross-encoder": (),
    "yesno": ("pick/yesno",),
    "pick": ("pick/best",),
    "listwise": ("pick/listwise",),
    "pairwise": ("pick/pairwise",),
    "propositions": ("propositions/split", "propositions/verify"),
}
"""What can rerank, likewise."""

ASKERS = ("pictures", "plugir")
FUSIONS = ("replace", *get_args(How))


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
        ask: ask back after a search: `pictures` offers some to point at, `plugir` puts a question
            into words with the LLM; empty: never.
        adapter: a folder that `dialens finetune` wrote; it takes the place that it was trained for.
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
    ask: str = ""
    adapter: str = ""
    prompts: Mapping[str, str] = field(default_factory=dict)
    llm_options: Mapping[str, Any] = field(default_factory=dict)
    mllm_options: Mapping[str, Any] = field(default_factory=dict)
    rewriter_options: Mapping[str, Any] = field(default_factory=dict)
    reranker_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            for name, wanted in get_type_hints(type(self)).items():
                options.require(getattr(self, name), wanted, name=name)
        except ValueError as error:
            raise StageError(str(error)) from error
        for name, rule, holds in (
            ("fusion_weight", "in 0..1", 0 <= self.fusion_weight <= 1),
            ("shortlist", "at least 1", self.shortlist is None or self.shortlist >= 1),
            ("budget", "0 or more", self.budget is None or self.budget >= 0),
            ("doubt", "in 0..1", 0 <= self.doubt <= 1),
        ):
            if not holds:
                raise StageError(f"{name} must be {rule}; got {getattr(self, name)!r}")
        for kind, chosen, known in (
            ("rewriter", self.rewriter, REWRITERS),
            ("reranker", self.reranker, RERANKERS),
            ("fusion", self.fusion, FUSIONS),
            ("ask", self.ask, ASKERS),
        ):
            if chosen and chosen not in known:
                raise StageError(f"no {kind} {chosen!r}; there are {', '.join(known)}")
        self._require_options()

    def _require_options(self) -> None:
        for table, makers, chosen in (
            ("rewriter_options", options.REWRITERS, self.rewriter),
            ("reranker_options", options.RERANKERS, self.reranker),
            ("llm_options", options.MODELS, self.llm.partition(":")[0]),
            ("mllm_options", options.MODELS, self.mllm.partition(":")[0]),
        ):
            try:
                if chosen in makers:
                    options.require_options(getattr(self, table), makers[chosen], table=table)
            except ValueError as error:
                raise StageError(str(error)) from error


def read_stages(path: Path) -> Stages:
    """Read the stages of a TOML file.

    Raises:
        StageError: the file cannot be read, or says what cannot be.
    """
    return stages_of(read_table(path), path)


def stages_of(table: Mapping[str, Any], path: Path) -> Stages:
    """Return the stages that a table of this file describes.

    Raises:
        StageError: it says what cannot be.
    """
    try:
        return Stages(**table)
    except StageError as error:
        raise StageError(f"{path}: {error}") from error


def read_table(path: Path, *, also: Sequence[str] = ()) -> dict[str, Any]:
    """Read a TOML file whose keys are fields of `Stages`, or are named in `also`.

    Raises:
        StageError: the file cannot be read, or has another key.
    """
    try:
        table = tomllib.loads(read_text(path))
    except UnreadableText as error:
        raise StageError(str(error)) from error
    except OSError as error:
        raise StageError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise StageError(f"{path} cannot be read as TOML: {error}") from error
    known = [*also, *(one.name for one in fields(Stages))]
    if surplus := sorted(set(table) - set(known)):
        raise StageError(f"{path} has {surplus}; there are {', '.join(known)}")
    return table


def prompt_hashes(stages: Stages) -> dict[str, str]:
    """Return the hash of every prompt that these stages use, the user's own in its place.

    Raises:
        PromptError: a prompt is named that does not exist.
    """
    used = (*REWRITERS.get(stages.rewriter, ()), *RERANKERS.get(stages.reranker, ()))
    own = dialens_home() / "prompts"
    return {name: load(stages.prompts.get(name, name), own=own).hash for name in used}
