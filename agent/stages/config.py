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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from agent.options import MODELS, wrong_options
from agent.rerank.score_fusion import How
from agent.stages.absence import DOUBTED
from agent.stages.stage_table import Stage, StageKind, stages_of
from agent.typed_toml import Table, TomlError, Typed, read_toml, typed
from prompts.load import load
from retrievers.files.home import dialens_home

FUSIONS = ("replace", *get_args(How))


class StageError(ValueError):
    """A stage is asked for that cannot be had. A line for each key: which, and what there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """What stands behind the first stage. A stage left empty is left out.

    Attributes:
        rewriter: one of the table's, `agent.stages.stage_table`.
        reranker: likewise.
        llm: what rewrites, as `agent.mllm.open_mllm.open_mllm` takes it.
        mllm: what looks at pictures and judges; also the captioner.
        fusion: `replace`: the reranker's order stands; `rrf` or `weighted`: see `Fused`.
        fusion_weight: the reranker's share, 0 to 1, if it is fused.
        shortlist: how many pictures the reranker is given; none: the reranker's usual number.
        budget: seconds after which nothing new is begun.
        doubt: share of the reference words that is doubted, see `agent.stages.absence`; 0: none.
        covering: take a rewrite only if it keeps every content word.
        ask: ask back after a search, likewise: `pictures` offers some to point at, `plugir` puts a
            question into words with the LLM; empty: never.
        understand: what reads what is said, likewise: `llm` asks the LLM, checked by the built-in
            interpreter; empty: the built-in one alone.
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
    understand: str = ""
    adapter: str = ""
    prompts: Mapping[str, str] = field(default_factory=dict)
    llm_options: Mapping[str, Any] = field(default_factory=dict)
    mllm_options: Mapping[str, Any] = field(default_factory=dict)
    rewriter_options: Mapping[str, Any] = field(default_factory=dict)
    reranker_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if wrong := [*self._out_of_range(), *self._unknown(), *self._wrong_options()]:
            raise StageError("\n".join(wrong))

    def _out_of_range(self) -> Iterator[str]:
        for name, rule, holds in (
            ("fusion_weight", "in 0..1", 0 <= self.fusion_weight <= 1),
            ("shortlist", "at least 1", self.shortlist is None or self.shortlist >= 1),
            ("budget", "0 or more", self.budget is None or self.budget >= 0),
            ("doubt", "in 0..1", 0 <= self.doubt <= 1),
        ):
            if not holds:
                yield f"{name}: must be {rule}; got {getattr(self, name)!r}"

    def _unknown(self) -> Iterator[str]:
        for key, chosen, known in (
            ("rewriter", self.rewriter, stages_of("rewriter")),
            ("reranker", self.reranker, stages_of("reranker")),
            ("fusion", self.fusion, FUSIONS),
            ("ask", self.ask, stages_of("ask")),
            ("understand", self.understand, stages_of("understand")),
        ):
            if chosen and chosen not in known:
                yield f"{key}: there is no {chosen!r}; there are {', '.join(known)}"

    def _wrong_options(self) -> Iterator[str]:
        rewriter, reranker = self.row("rewriter"), self.row("reranker")
        for table, options, where in (
            ("rewriter_options", self.rewriter_options, rewriter and rewriter.opener),
            ("reranker_options", self.reranker_options, reranker and reranker.opener),
            ("llm_options", self.llm_options, MODELS.get(self.llm.partition(":")[0])),
            ("mllm_options", self.mllm_options, MODELS.get(self.mllm.partition(":")[0])),
        ):
            if where:
                yield from wrong_options(options, where, table=table)

    def row(self, kind: StageKind) -> Stage | None:
        """Return the table's row of the stage of a kind; none if there is none of it."""
        return stages_of(kind).get(getattr(self, kind))


def read_stages(path: Path) -> Stages:
    """Read the stages of a TOML file.

    Raises:
        StageError: the file cannot be read, or says what cannot be; a line for each key.
    """
    return staged(Stages, read_table(path), path)


def staged(kind: type[Typed], table: Mapping[str, Any], path: Path) -> Typed:
    """Return what a table of this file describes: `Stages`, or what has more fields than they.

    Raises:
        StageError: it says what cannot be; a line for each key.
    """
    try:
        typed(kind, table, path)
    except TomlError as error:
        raise StageError(str(error)) from error
    return kind(**table)  # 3 stays 3, no 3.0: it is part of a run's key


def read_table(path: Path) -> Table:
    """Read a TOML file as it stands.

    Raises:
        StageError: the file cannot be read.
    """
    try:
        return read_toml(path)
    except TomlError as error:
        raise StageError(str(error)) from error


def prompt_hashes(stages: Stages) -> dict[str, str]:
    """Return the hash of every prompt that these stages use, the user's own in its place.

    Raises:
        PromptError: a prompt is named that does not exist.
    """
    rows = (stages.row("rewriter"), stages.row("reranker"))
    used = [name for row in rows if row for name in row.prompts]
    own = dialens_home() / "prompts"
    return {name: load(stages.prompts.get(name, name), own=own).hash for name in used}
