"""Every combination of stages on the same questions: quality, seconds and tokens, in one table.

A row is written as soon as its question is answered; a run that was stopped goes on where it was,
and a row is only taken over if its stages, prompts, question and collection are the same.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

from agent.mllm.mllm import Usage
from agent.rerank.mllm_choices import Pick
from agent.stages.config import StageError, Stages, prompt_hashes, read_table, staged
from agent.stages.pipeline import Pipeline
from eval.grid.grid_questions import GridQuestion
from eval.metrics.recall import recall_at
from eval.ranking import TIES
from retrievers.files.whole_file import lines_to_add
from retrievers.text.encodings import read_text
from retrievers.text.json_text import json_of

DEPTH = 100  # how far down a target is looked for


@dataclass(frozen=True, slots=True)
class GridAnswer:
    """What one system made of one question.

    Attributes:
        key: names the system, the question and the collection.
        first: rank of the target in the first stage; None beyond the first 100.
        rank: rank at the end; None likewise.
        shortlisted: whether the reranker was given the target.
        seconds: wall time.
        tokens: in and out, of all models.
        remembered: verdicts and captions of earlier questions, or of a run that was stopped: what
            they cost is not among the tokens.
        lost: stages that failed.
        system: the stages with their models and the hashes of their prompts.
        place: where the picture that `pick` chose stood in the prompt, from 0.
        options: how many pictures it was shown.
    """

    key: str
    first: int | None
    rank: int | None
    shortlisted: bool
    seconds: float
    tokens: int
    lost: int
    system: str = ""
    place: int | None = None
    options: int = 0
    remembered: int = 0


@dataclass(frozen=True, slots=True)
class GridRow:
    """A system's figures over all questions; shares are 0 to 1, the rest is per question.

    `varied` names the other settings in which the systems of a grid differ. `places` is how often
    `pick` chose each place: without a liking for one, about equally often.
    """

    rewriter: str
    reranker: str
    llm: str
    mllm: str
    prompts: str
    questions: int
    first_r1: float
    ceiling: float
    r1: float
    r10: float
    seconds: float
    tokens: float
    lost: float
    system: str
    places: tuple[int, ...]
    remembered: float = 0.0
    varied: str = ""


def read_grid(path: Path) -> list[Stages]:
    """Read a TOML file in which a field of `Stages` may hold a list: every combination is a system.

    Raises:
        StageError: the file cannot be read, or a field or stage does not exist.
    """
    table = read_table(path)
    if empty := [name for name, value in table.items() if value == []]:
        raise StageError(
            f"{path}: {empty[0]} is an empty list, which makes no system; leave it out, or list"
            ' values ("" for none)'
        )
    choices = [value if isinstance(value, list) else [value] for value in table.values()]
    tables = [dict(zip(table, chosen, strict=True)) for chosen in product(*choices)]
    return [staged(Stages, one, path) for one in tables]


def run_grid(
    systems: Sequence[Stages],
    questions: Sequence[GridQuestion],
    *,
    open_system: Callable[[Stages], tuple[Pipeline, Sequence[Usage]]],
    collection: str,
    path: Path,
    on_answer: Callable[[int, int], None] = lambda done, total: None,
) -> list[GridRow]:
    """Answer every question with every system, and sum up.

    Args:
        systems: what to compare.
        questions: the same for all.
        open_system: gives a pipeline and the counters of its models.
        collection: names what is searched, encoder included; part of a row's key.
        path: JSON lines, one per answer; read first, then added to.
        on_answer: told how many of how many answers there are.
    """
    rows: list[GridRow] = []
    varied = _varied(systems)
    total, done = len(systems) * len(questions), 0
    for stages, told in zip(systems, varied, strict=True):
        answers = []
        for answer in answers_of(
            stages, questions, open_system=open_system, collection=collection, path=path
        ):
            answers.append(answer)
            done += 1
            on_answer(done, total)
        rows.append(replace(row_of(stages, answers), varied=told))
    return rows


def answers_of(
    stages: Stages,
    questions: Sequence[GridQuestion],
    *,
    open_system: Callable[[Stages], tuple[Pipeline, Sequence[Usage]]],
    collection: str,
    path: Path,
) -> Iterator[GridAnswer]:
    """Answer every question with one system, or read what an earlier run made of it.

    The arguments are those of `run_grid`.
    """
    known = _answers(path)
    opened: tuple[Pipeline, Sequence[Usage]] | None = None
    with lines_to_add(path) as file:
        for question in questions:
            key = _key(stages, question, collection)
            if key not in known:
                opened = opened or open_system(stages)
                known[key] = _answer(key, *opened, question)
                file.write(json.dumps(asdict(known[key])) + "\n")
                file.flush()
                os.fsync(file.fileno())
            yield known[key]


def _answer(
    key: str, pipeline: Pipeline, usages: Sequence[Usage], question: GridQuestion
) -> GridAnswer:
    before, picked = _tokens(usages), _picked(pipeline)
    known = _remembered(usages)
    begin = perf_counter()
    orders = list(pipeline.improving(question.query, DEPTH))
    seconds = perf_counter() - begin
    last = orders[-1].sound()
    given = [hit.picture.id for hit in last.hits[: pipeline.shortlist]]
    return GridAnswer(
        key=key,
        first=question.rank_in(orders[0].hits, pipeline.verdict),
        rank=question.rank_in(last.hits, pipeline.verdict),
        shortlisted=question.target in given,
        seconds=seconds,
        tokens=_tokens(usages) - before,
        lost=len(last.lost),
        system=pipeline.name,
        place=next(iter(_picked(pipeline) - picked), None),
        options=min(_options(pipeline), len(given)),
        remembered=_remembered(usages) - known,
    )


def row_of(stages: Stages, answers: Sequence[GridAnswer]) -> GridRow:
    """Sum up a system's answers."""
    ranks, n = [answer.rank for answer in answers], len(answers)
    rows = (stages.row("rewriter"), stages.row("reranker"))
    return GridRow(
        rewriter=stages.rewriter or "-",
        reranker=stages.reranker or "-",
        llm=stages.llm if any(row and row.llm for row in rows) else "-",
        mllm=stages.mllm if stages.reranker else "-",
        prompts=", ".join(f"{k}={v}" for k, v in stages.prompts.items()) or "-",
        questions=n,
        first_r1=recall_at(1, [answer.first for answer in answers]),
        ceiling=sum(answer.shortlisted for answer in answers) / n,
        r1=recall_at(1, ranks),
        r10=recall_at(10, ranks),
        seconds=sum(answer.seconds for answer in answers) / n,
        tokens=sum(answer.tokens for answer in answers) / n,
        lost=sum(answer.lost for answer in answers) / n,
        system=answers[0].system,
        places=_places(answers),
        remembered=sum(answer.remembered for answer in answers) / n,
    )


def _varied(systems: Sequence[Stages]) -> list[str]:
    """Name each system by the settings that differ and have no column of their own."""
    held = [asdict(one) for one in systems]
    names = [name for name in held[0] if name not in ("rewriter", "reranker", "llm", "mllm")]
    differ = [name for name in names if any(one[name] != held[0][name] for one in held)]
    return [", ".join(f"{name} {one[name]}" for name in differ) for one in held]


def _answers(path: Path) -> dict[str, GridAnswer]:
    """Read what an earlier run left; a line that a kill cut short is not there."""
    return {answer.key: answer for answer in _whole(path)} if path.exists() else {}


def _whole(path: Path) -> Iterator[GridAnswer]:
    for line in read_text(path).splitlines():
        try:
            yield GridAnswer(**json_of(line))
        except (ValueError, TypeError):
            continue


def _key(stages: Stages, question: GridQuestion, collection: str) -> str:
    whole: dict[str, Any] = {
        "stages": asdict(stages),
        "prompts": prompt_hashes(stages),
        "question": asdict(question),
        "collection": collection,
        "ties": TIES,
    }
    text = json.dumps(whole, sort_keys=True, default=dict)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _picked(pipeline: Pipeline) -> Counter[int]:
    return Counter(pipeline.reranker.picked if isinstance(pipeline.reranker, Pick) else ())


def _options(pipeline: Pipeline) -> int:
    return pipeline.reranker.together.k if isinstance(pipeline.reranker, Pick) else 0


def _places(answers: Sequence[GridAnswer]) -> tuple[int, ...]:
    chosen = Counter(answer.place for answer in answers if answer.place is not None)
    shown = max((answer.options for answer in answers if answer.place is not None), default=0)
    return tuple(chosen[place] for place in range(shown))


def _tokens(usages: Sequence[Usage]) -> int:
    return sum(usage.tokens_in + usage.tokens_out for usage in usages)


def _remembered(usages: Sequence[Usage]) -> int:
    return sum(usage.remembered for usage in usages)
