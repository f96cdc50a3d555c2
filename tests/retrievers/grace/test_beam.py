from pathlib import Path

import numpy as np
import pytest
import torch

from finetune.recipes.grace.job import GraceJob
from retrievers.grace.beam import search
from retrievers.grace.identifiers import Vector, spelled
from retrievers.grace.trie import Trie
from tests.finetune.recipes.grace.learning import taught


@pytest.fixture(scope="module")
def job(base: Path, pictures: Path) -> GraceJob:
    return taught(base, pictures, "vokens", steps=4)


@pytest.fixture(scope="module")
def names(job: GraceJob) -> list[list[int]]:
    return spelled(job.model.table().symbols, job.named)


def test_a_score_is_the_whole_identifier_s_log_probability(
    job: GraceJob, names: list[list[int]]
) -> None:
    """However the prompts are padded, and with the cache as without it."""
    asked: list[str | Vector]
    asked = ["red over blue", "a much longer text that is not known", job.pictures[4].vector]
    found = search(job.model, job.model.table(), Trie.of(names), job.prompting.of(asked), k=12)
    for text, some in zip(asked, found, strict=True):
        assert len(some) == 12
        for one in some:
            labels = torch.tensor([names[one.owner]])
            with torch.no_grad():
                loss = job.model(**job.prompting.of([text])._asdict(), labels=labels)
            assert one.score == pytest.approx(-float(loss) * labels.numel(), rel=1e-3)


def test_equal_scores_stand_in_the_order_of_the_alphabet(
    job: GraceJob, names: list[list[int]]
) -> None:
    table = job.model.table()
    same = torch.zeros_like(table.write)
    table = type(table)(table.symbols, table.read, table.head, same)
    prompts = job.prompting.of(["anything"])
    (found,) = search(job.model, table, Trie.of(names), prompts, k=12)
    assert len({one.score for one in found}) == 1
    assert [names[one.owner] for one in found] == sorted(names)
    (first,) = search(job.model, table, Trie.of(names), prompts, k=3, beams=3)
    assert first == found[:3]


def test_an_empty_trie_gives_nothing(job: GraceJob, names: list[list[int]]) -> None:
    trie = Trie.of(names).among(np.zeros(len(names), np.bool_))
    assert search(job.model, job.model.table(), trie, job.prompting.of(["a", "b"]), k=3) == [[], []]
