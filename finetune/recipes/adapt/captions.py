"""Captions for both ways of adapting: split by picture, ranked against all pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.own.own_pictures import read_captions
from eval.metrics.recall import recall_at
from eval.metrics.score_matrix import matrix_ranks, products
from finetune.data.columns import Columns
from finetune.data.training_data import cautions, contents, fingerprint, split
from finetune.error import FinetuneError
from finetune.job import Figures
from finetune.settings import Training
from retrievers.encoder import Vectors
from retrievers.files.home import dialens_home


class CaptionOptions(Protocol):
    """What both jobs need of the recipe's settings; see `finetune.recipes.adapt.recipe`."""

    @property
    def captions(self) -> Path: ...
    @property
    def pictures(self) -> Path | None: ...
    @property
    def base(self) -> str: ...
    @property
    def columns(self) -> Columns: ...
    @property
    def validation(self) -> float: ...
    @property
    def training(self) -> Training: ...


class CaptionSplit:
    """What is said of pictures: what is trained on, and what validates.

    Args:
        options: which captions, and what share of their pictures validates.

    Attributes:
        paths: of all pictures.
        trained: captions, each with its picture's place in `paths`.
        held: the same of the pictures that are not trained on.

    Raises:
        FinetuneError: they cannot be read, or are too few to be split.
    """

    def __init__(self, options: CaptionOptions) -> None:
        path, pictures, choice = options.captions, options.pictures, options.columns.choice
        try:
            told = read_captions(path, pictures, home=dialens_home(), choice=choice)
        except DatasetError as error:
            raise FinetuneError(f"captions: {error}") from error
        self.paths = [one.path for one in told]
        pairs = [(text, at) for at, one in enumerate(told) for text in one.captions]
        content = contents(self.paths)
        groups = [content[at] for _, at in pairs]
        self.trained, self.held = split(
            pairs, groups, options.validation, seed=options.training.seed
        )

    @property
    def counts(self) -> str:
        """How many there are, for a card."""
        return f"{len(self.trained)} to train on, {len(self.held)} to validate"

    @property
    def beware(self) -> Sequence[str]:
        """What the figures cannot be trusted for."""
        texts = [text for text, _ in self.trained]
        learnt = len({at for _, at in self.trained})
        return cautions(texts, self.asked, learnt=learnt, ranked=len(self.paths))

    @property
    def mark(self) -> str:
        """A hash of what was said of which picture."""
        return fingerprint(f"{at} {text}" for text, at in [*self.trained, *self.held])

    @property
    def asked(self) -> Sequence[str]:
        """The captions that validate."""
        return [text for text, _ in self.held]

    def figures(self, queries: Vectors, pictures: Vectors) -> Figures:
        """Rank all pictures [N, d] for the vectors of `asked` [n, d]."""
        found = matrix_ranks(products(queries, pictures), [[at] for _, at in self.held])
        return {
            "MRR": float(np.mean(1 / found)),
            "R@1": recall_at(1, found.tolist()),
            "R@10": recall_at(10, found.tolist()),
        }
