"""A pipeline as `agent.stages.config` describes it, over a collection of a benchmark's pictures.

encoder = "offline"        # what makes the vectors; all else as in a stages file
reranker = "yesno"
shortlist = 20
words = false              # whether file names and captions are searched: they may tell all
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from agent.resources import Resources
from agent.stages.config import Stages
from agent.stages.first_stage import first_stage, with_adapter
from agent.stages.pipeline import Found, Pipeline
from agent.stages.pipeline_builder import open_pipeline
from eval.benchmark import Question, Task
from eval.ranking import TIES, Ranking, in_order, ranked
from eval.systems.gallery import Gallery
from eval.systems.system import Answer, CannotRankError, OpenedSystem
from eval.systems.text_gallery import TextGallery
from retrievers.checkpoints.adapter import read_adapter
from retrievers.encoder import Encoder
from retrievers.encoders.tuned.load_tuned import ON_PICTURES, fitted
from retrievers.loading.encoder_options import Options
from retrievers.query import Query
from retrievers.search.exact import compared
from retrievers.search.query_vector import Blend
from retrievers.search.searcher import Searcher


@dataclass(frozen=True)
class PipelineSystem:
    """What a researcher compares: an encoder and the stages behind it.

    Attributes:
        name: short.
        encoder: makes the vectors.
        home: where galleries are kept as collections.
        stages: behind the first one.
        words: whether full text has a say.
        blend: how the turns become one vector; none: the usual weights.
        spec: how the encoder was named.
    """

    name: str
    encoder: Encoder
    home: Path
    stages: Stages = field(default_factory=Stages)
    words: bool = False
    blend: Blend | None = None
    spec: str = ""

    @contextmanager
    def open(self, task: Task) -> Iterator[OpenedSystem]:
        if task.kind == "text":
            yield TextGallery(self._of_texts(task), task, home=self.home)
            return
        with closing(Gallery.of(task, self.encoder, home=self.home, spec=self.spec)) as gallery:
            yield _Opened(self, gallery, task)

    def _of_texts(self, task: Task) -> Encoder:
        """Return the encoder that ranks texts: with the adapter, if that changes a text's vector.

        Raises:
            CannotRankError: it would be the plain encoder under this system's name.
        """
        stages = with_adapter(self.stages)
        if stages.rewriter or stages.reranker:
            raise CannotRankError(
                f"{self.name}: stages rank pictures only; {task.name} ranks texts"
            )
        if not stages.adapter:
            return self.encoder
        adapter = read_adapter(Path(stages.adapter).expanduser())
        if adapter.kind not in ON_PICTURES:
            raise CannotRankError(
                f"{self.name}: an adapter of kind {adapter.kind!r} names pictures only; {task.name}"
                " ranks texts, which would be the plain encoder's figures"
            )
        return fitted(adapter, self.encoder, Options())


class _Opened:
    def __init__(self, system: PipelineSystem, gallery: Gallery, task: Task) -> None:
        self.system, self.gallery, self.task = system, gallery, task
        self.stages = with_adapter(system.stages)
        self.resources = Resources(self.stages, gallery.collection)
        self.searcher = Searcher(
            gallery.collection, system.encoder, blend=system.blend, words=system.words
        )
        self.retriever = first_stage(self.searcher, self.stages)

    @cached_property
    def pipeline(self) -> Pipeline:
        stages = replace(self.stages, doubt=0)  # it changes no order
        return open_pipeline(
            stages, self.gallery.collection, self.retriever, resources=self.resources
        )

    @property
    def config(self) -> Mapping[str, Any]:
        stages = (self.pipeline.rewriter, self.pipeline.reranker)
        return {
            "encoder": self.system.encoder.name,
            **self._first,
            "words": self.system.words,
            "ties": TIES,
            "stages": asdict(self.system.stages),
            "prompts": [stage.name for stage in stages if stage],  # names hold the prompts' hashes
            "gallery": self.gallery.hash,
        }

    @property
    def _first(self) -> dict[str, Any]:
        """Tell what the first stage is, by its weights and not by where they lie."""
        if not isinstance(self.retriever, Searcher):
            return {"retriever": read_adapter(Path(self.stages.adapter)).mark}
        tuned = self.retriever.encoder.name
        same = tuned == self.system.encoder.name
        return {"blend": asdict(self.retriever.blend), **({} if same else {"queries": tuned})}

    def answers(self, questions: Sequence[Question], *, start: int = 0) -> Iterator[Answer]:
        staged = self.pipeline.rewriter or self.pipeline.reranker or self.system.words
        plain = not staged and isinstance(self.retriever, Searcher)
        yield from map(self._nearest if plain else self._answer, questions[start:])

    def _nearest(self, question: Question) -> Answer:
        """Answer as the first stage would, without a record read for every hit."""
        begin = perf_counter()
        ranking = self._by_cosine(question, self._query(question), self.task.depth)
        return Answer(ranking, seconds={"search": perf_counter() - begin})

    def _answer(self, question: Question) -> Answer:
        before, known = self._tokens(), self._remembered()
        query = replace(self._query(question), excluded=self._barred(question))
        steps = list(self.pipeline.improving(query, self.task.depth))
        first, last = steps[0], steps[-1].sound()
        return Answer(
            ranking=self._as_found(question, last),
            first=self._as_found(question, first) if len(steps) > 1 else None,
            shortlist=self.pipeline.shortlist if self.pipeline.reranker else 0,
            seconds=last.seconds,
            tokens=self._tokens() - before,
            lost=last.lost,
            remembered=self._remembered() - known,
        )

    def _as_found(self, question: Question, found: Found) -> Ranking:
        """Return the order of the hits; what no stage told apart is tied, copies above all."""
        verdicts = {
            item: self.pipeline.verdict(hit)
            for hit in found.hits
            for item in self.gallery.items(hit.picture.id)
            if item not in question.excluded and (question.pool is None or item in question.pool)
        }
        beyond: Mapping[str, int] = {}  # a generated list ends where it ends
        if isinstance(self.retriever, Searcher):
            depth = min(len(verdicts), self.task.depth)
            beyond = self._by_cosine(question, found.query, depth).beyond
        return in_order(
            list(verdicts),
            list(verdicts.values()),
            depth=self.task.depth,
            relevant=question.relevant,
            beyond=beyond,
        )

    def _by_cosine(self, question: Question, query: Query, depth: int) -> Ranking:
        first = self.retriever if isinstance(self.retriever, Searcher) else self.searcher
        vector = first.blend.vector(query, first.encoder, self.gallery.collection.vectors_of)
        if vector is None:
            raise ValueError(f"question {question.id!r} asks for nothing")
        return ranked(
            self.gallery.ids,
            compared(self.gallery.vectors, vector, np.arange(len(self.gallery.ids))),  # [N]
            depth=depth,
            relevant=question.relevant,
            excluded=question.excluded,
            pool=question.pool,
        )

    def _query(self, question: Question) -> Query:
        return Query(
            wanted=question.turns,
            examples=(question.picture,) if question.picture else (),
            excluded=self.gallery.pictures(question.excluded),
        )

    def _barred(self, question: Question) -> frozenset[str]:
        """Return the pictures that may not be ranked, so that no reranker is given them either."""
        if question.pool is None:
            return self.gallery.pictures(question.excluded)
        others = frozenset(self.gallery.ids.tolist()) - question.pool
        return self.gallery.pictures(question.excluded | others)

    def _tokens(self) -> int:
        return sum(usage.tokens_in + usage.tokens_out for usage in self.resources.usages())

    def _remembered(self) -> int:
        return sum(usage.remembered for usage in self.resources.usages())
