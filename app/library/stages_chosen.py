"""Which stages stand behind the first one: a file's, with what the command line says instead."""

from dataclasses import replace
from pathlib import Path

from agent.stages.config import Stages, read_stages
from agent.stages.first_stage import with_adapter


def chosen(
    path: Path | None,
    *,
    rewriter: str | None,
    reranker: str | None,
    budget: float | None,
    llm: str | None = None,
    ask: str | None = None,
    understand: str | None = None,
    adapter: Path | None = None,
    base: Stages | None = None,
) -> Stages:
    """Read the file, if there is one, and put the options over it.

    Without a file they are put over `base`, which is what a profile names.

    Raises:
        StageError: the file cannot be read, or a stage or the adapter does not exist.
    """
    stages = read_stages(path) if path else base or Stages()
    whole = replace(
        stages,
        adapter=stages.adapter if adapter is None else str(adapter),
        ask=stages.ask if ask is None else ask,
        understand=stages.understand if understand is None else understand,
        llm=stages.llm if llm is None else llm,
        rewriter=stages.rewriter if rewriter is None else rewriter,
        reranker=stages.reranker if reranker is None else reranker,
        budget=stages.budget if budget is None else budget,
    )
    return with_adapter(whole)
