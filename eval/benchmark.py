"""What a benchmark is: a gallery, questions with their right answers, and the figures it reports.

A loader turns a dataset's published files into a `Benchmark`; a system answers a `Task` with
rankings; a `Measure` scores rankings. None of the three knows the others' insides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from eval.ranking import Ranking
from eval.significance import Figure, mean

ItemKind = Literal["picture", "text"]
LIMITED = "questions of a task only"  # what a protocol says of `--limit`


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be found: a picture's file, or a text.

    Attributes:
        id: as the dataset spells it; unique in its gallery.
        path: the picture's file; none if the item is a text.
        text: the text; empty if the item is a picture.
    """

    id: str
    path: Path | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One query with its right answers.

    Attributes:
        id: unique in its task; a dialogue's rounds are told apart by it.
        turns: what is said, oldest first; a caption is one turn, a picture alone says nothing.
        picture: a picture that is shown with it: of composed retrieval, or of picture -> text.
        relevant: the gain of each right answer by the item's id; 1 where the dataset has no grades.
        excluded: items that are not ranked, such as the reference picture itself.
        pool: the only items that are ranked; none: the whole gallery.
        group: what its figures are averaged within first: a category, a language.
        dialogue: the conversation that it is a round of.
        round: counts from 0.
    """

    id: str
    turns: tuple[str, ...] = ()
    picture: Path | None = None
    relevant: Mapping[str, float] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    pool: frozenset[str] | None = None
    group: str = ""
    dialogue: str = ""
    round: int = 0


Values = Mapping[str, float]
"""A value per question, or per dialogue: what is averaged, and what two runs are compared by."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a task.

    Attributes:
        name: as papers write it: "R@1", "mAP@5".
        values: the value of each question or dialogue. A question without a ranking is a miss.
        total: makes one figure of the values of a group: [..., N] -> [...].
        lower_is_better: as with a median rank.
    """

    name: str
    values: Callable[[Sequence[Question], Mapping[str, Ranking]], Values]
    total: Figure = mean
    lower_is_better: bool = False

    def of(self, questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> float:
        """Return the figure of a run, the mean over the groups of what each reaches.

        Raises:
            ValueError: there are no questions, or one has no right answers.
        """
        values = self.values(questions, rankings)
        if not values:
            raise ValueError(f"{self.name} over no questions is undefined")
        return float(self.figure(self.groups(questions, values))(np.array([[*values.values()]]))[0])

    def groups(self, questions: Sequence[Question], values: Values) -> list[str]:
        """Return the group that each value is of."""
        group_of = {name: one.group for one in questions for name in (one.id, one.dialogue)}
        return [group_of[name] for name in values]

    def figure(self, groups: Sequence[str]) -> Figure:
        """Return what makes the figure of values [..., N] that are of these groups."""
        names = np.asarray(groups)
        members = [np.flatnonzero(names == name) for name in dict.fromkeys(groups)]
        return lambda values: np.mean([self.total(values[..., own]) for own in members], axis=0)

    def gain(self, before: float, after: float) -> float:
        """Return by how much a value became better; below 0 if it became worse."""
        return before - after if self.lower_is_better else after - before


@dataclass(frozen=True, slots=True)
class Task:
    """Questions over one gallery.

    Attributes:
        name: such as "text-to-image", "round-5", "dress".
        gallery: what is ranked, all of one kind.
        questions: each with a right answer in the gallery, unless a server hides them.
        measures: what is reported, the first one above all; none where answers are hidden.
        depth: how many items a ranking must hold for these measures.
    """

    name: str
    gallery: Sequence[Item]
    questions: Sequence[Question]
    measures: tuple[Measure, ...]
    depth: int = 100

    @property
    def kind(self) -> ItemKind:
        """What is found."""
        return "picture" if self.gallery and self.gallery[0].path else "text"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A dataset under one protocol.

    Attributes:
        name: such as "flickr30k", "coco-5k", "circo-val".
        protocol: the split, its counts and what counts as a hit; one line, printed beside figures.
        tasks: what is asked; the figures of several with equal names are averaged.
        mean: whether papers report the mean over all tasks.
    """

    name: str
    protocol: str
    tasks: tuple[Task, ...]
    mean: bool = False

    def limited(self, most: int) -> "Benchmark":
        """Return it with the first questions of each task only, which is another protocol."""
        return replace(
            self,
            protocol=f"{self.protocol}; the first {most} {LIMITED}",
            tasks=tuple(replace(one, questions=one.questions[:most]) for one in self.tasks),
        )
