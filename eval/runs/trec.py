"""Rankings in the form that trec_eval and its kin read: `question Q0 item rank score tag`.

trec_eval orders by score and, where scores are equal, by name; `eval` breaks ties against the right
answer. Ids with spaces are percent-encoded.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote

from eval.ranking import Ranking
from retrievers.text.encodings import lines_of

_KEPT = "/:#@!$&'()*+,;=?[]~"


def write_trec(path: Path, rankings: Mapping[str, Ranking], *, tag: str) -> None:
    """Write a run file; it appears whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        for question, ranking in rankings.items():
            for rank, (item, score) in enumerate(zip(ranking.ids, ranking.scores, strict=True), 1):
                file.write(f"{_name(question)} Q0 {_name(item)} {rank} {score!r} {_name(tag)}\n")
    partial.replace(path)


def read_trec(path: Path) -> dict[str, Ranking]:
    """Read a run file, ours or another program's; items are put in the order of their scores.

    Raises:
        ValueError: a line does not have six fields, or names an item twice; says which line.
    """
    held: dict[str, dict[str, float]] = {}
    for number, line in enumerate(lines_of(path), start=1):
        try:
            question, _, item, _, score, _ = map(unquote, line.split())
            if item in held.setdefault(question, {}):
                raise ValueError(f"{item!r} stands twice")
            held[question][item] = float(score)
        except ValueError as error:
            raise ValueError(
                f"{path}:{number}: not 'question Q0 item rank score tag', each item once:"
                f" {line.strip()!r:.200}"
            ) from error
    return {question: _ranking(scores) for question, scores in held.items()}


def _ranking(scores: Mapping[str, float]) -> Ranking:
    order = sorted(scores, key=lambda item: -scores[item])
    return Ranking(tuple(order), tuple(scores[item] for item in order))


def _name(text: str) -> str:
    return quote(text, safe=_KEPT)
