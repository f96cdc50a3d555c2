import re
from pathlib import Path

import pytest

from eval.benchmarks.labelled.labelled_sets import SETS
from eval.benchmarks.published.catalogue import every

DOC = (Path(__file__).parents[4] / "docs" / "benchmarks.md").read_text("utf-8")
ROWS = [line.split("|")[1:3] for line in DOC.splitlines() if line.startswith("| `")]


def row(name: str) -> str:
    """Return the counts beside a name in its table."""
    return next(counts for names, counts in ROWS if name in re.findall(r"`([^`]+)`", names))


@pytest.mark.parametrize("name", [*every(), *(one.name for one in SETS)])
def test_every_benchmark_stands_in_the_document(name: str) -> None:
    assert row(name)


@pytest.mark.parametrize(
    "name", ["flickr30k", "coco-5k", "coco-val2017", "circo-val", "circo-test"]
)
def test_the_document_tells_the_counts_that_are_checked(name: str) -> None:
    (questions, ranked), *_ = every()[name].counts.values()
    assert f"{questions:,} / {ranked:,}" in row(name)


@pytest.mark.parametrize("name", ["cirr-val", "cirr-test1", "fashioniq-val", "visdial-2064"])
def test_the_document_tells_the_counts_of_every_task(name: str) -> None:
    for questions, ranked in every()[name].counts.values():
        assert f"{questions:,} / {ranked:,}" in row(name)
