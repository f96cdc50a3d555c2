"""The glossary leads to the files: each is there, and names its term where a reader begins."""

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
ROW = re.compile(r"\| (?P<term>[^|]+) \| [^|]+ \| `(?P<file>[^`]+)` \|")
ROWS = [
    found.group("term", "file")
    for line in (HOUSE / "docs/glossary.md").read_text("utf-8").splitlines()
    if (found := ROW.fullmatch(line))
]


def read(text: str) -> str:
    return " ".join(text.lower().replace("-", " ").split())


@pytest.mark.parametrize(("term", "file"), ROWS)
def test_a_file_names_its_term_in_its_first_ten_lines(term: str, file: str) -> None:
    head = (HOUSE / file).read_text("utf-8").splitlines()[:10]
    assert read(term) in read(" ".join(head))


def test_there_are_sixty_terms_in_the_order_of_the_alphabet() -> None:
    terms = [term.lower() for term, _ in ROWS]
    assert len(terms) >= 60 and terms == sorted(terms)
