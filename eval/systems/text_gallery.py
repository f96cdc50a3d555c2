"""A gallery of texts, ranked for pictures by an encoder's cosines: image -> text retrieval."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from eval.benchmark import Question, Task
from eval.ranking import ranked
from eval.systems.system import Answer
from retrievers.encoder import Encoder, Vectors, encode_documents
from retrievers.pictures import read_picture
from retrievers.search.exact import compared

BATCH = 256  # texts that are encoded at once


class TextGallery:
    """Encode the texts once, and keep their vectors.

    Args:
        encoder: of texts and pictures.
        task: its gallery holds texts.
        home: where the vectors are kept.
    """

    def __init__(self, encoder: Encoder, task: Task, *, home: Path) -> None:
        self.encoder, self.task, self.home = encoder, task, home
        self.ids = np.array([item.id for item in task.gallery])

    @property
    def config(self) -> Mapping[str, Any]:
        return {"encoder": self.encoder.name, "gallery": self._hash}

    def answers(self, questions: Sequence[Question], *, start: int = 0) -> Iterator[Answer]:
        yield from map(self._answer, questions[start:])

    def _answer(self, question: Question) -> Answer:
        begin = perf_counter()
        every = np.arange(len(self.ids))
        scores = compared(self._vectors, self._query(question), every)  # [N]
        ranking = ranked(
            self.ids,
            scores,
            depth=self.task.depth,
            relevant=question.relevant,
            excluded=question.excluded,
            pool=question.pool,
        )
        return Answer(ranking, seconds={"search": perf_counter() - begin})

    def _query(self, question: Question) -> Vectors:
        if question.picture is None:
            return self.encoder.encode_texts([", ".join(question.turns)])
        read = read_picture(question.picture, min_side=self.encoder.image_size)
        return self.encoder.encode_images([read.image])

    @cached_property
    def _hash(self) -> str:
        named = "\n".join(f"{item.id}\t{item.text}" for item in self.task.gallery)
        return hashlib.sha256(named.encode()).hexdigest()[:16]

    @cached_property
    def _vectors(self) -> Vectors:
        """The texts' vectors [N, d]."""
        name = hashlib.sha256(f"{self._hash}\n{self.encoder.name}".encode()).hexdigest()[:16]
        path = self.home / "benchmarks" / f"texts-{name}.npy"
        if not path.exists():
            every = [item.text for item in self.task.gallery]
            texts = list(dict.fromkeys(every))  # equal ones are encoded once, and tie
            rows = [
                encode_documents(self.encoder, texts[begin : begin + BATCH])
                for begin in range(0, len(texts), BATCH)
            ]
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial.npy")
            place = {text: at for at, text in enumerate(texts)}
            vectors = np.concatenate(rows)[[place[text] for text in every]]
            np.save(partial, vectors, allow_pickle=False)
            partial.replace(path)
        held: Vectors = np.load(path, mmap_mode="r", allow_pickle=False)
        return held
