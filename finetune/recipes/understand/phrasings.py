"""Phrasings: templates of utterances with tagged spans, from text files that people edit.

A line is `CONTEXT | text`. CONTEXT: `0` nothing is asked for yet, `1` something is, `*` either, and
`1!` something is and this begins a new search. In the text `{tag:LIST}` is a span whose words are
drawn, `{tag=words}` one with these words, `[LIST]` drawn words without a tag, `(a|b|)` one of
these. A line `@LIST: item; item` adds to a list. README.md beside the files says what tags are for.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.understanding.tagger.labels import SPANS
from finetune.error import FinetuneError

_PIECE = re.compile(r"\{(?P<tag>\w+)(?P<how>[:=])(?P<value>[^{}]*)\}")
_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_DRAWN = re.compile(r"\[(\w+)\]")
_LINE = re.compile(r"\s*(?P<context>0|1!|1|\*)\s*\|\s*(?P<text>.*\S)")

Lists = Mapping[str, Sequence[str]]
Piece = tuple[str, str]
"""Words and their tag; the tag is empty outside of spans."""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One template.

    Attributes:
        context: `0`, `1`, `1!` or `*`.
        text: as it stands in the file.
        language: the file's.
        place: file and line, for messages.
    """

    context: str
    text: str
    language: str
    place: str

    @property
    def lists(self) -> frozenset[str]:
        """The lists that its words are drawn from."""
        spans = {m["value"] for m in _PIECE.finditer(self.text) if m["how"] == ":"}
        return frozenset(spans | set(_DRAWN.findall(self.text)))

    def draw(self, lists: Lists, chance: random.Random) -> list[Piece]:
        """Return one utterance in pieces; raises KeyError if a list is missing."""

        def drawn(text: str) -> str:
            text = _CHOICE.sub(lambda m: chance.choice(m[1].split("|")), text)
            return _DRAWN.sub(lambda m: chance.choice(lists[m[1]]), text)

        pieces: list[Piece] = []
        text = self._chosen(chance)
        at = 0
        for match in _PIECE.finditer(text):
            pieces.append((drawn(text[at : match.start()]), ""))
            value = match["value"]
            words = chance.choice(lists[value]) if match["how"] == ":" else drawn(value)
            pieces.append((words, match["tag"]))
            at = match.end()
        pieces.append((drawn(text[at:]), ""))
        return [piece for piece in pieces if piece[0]]

    def _chosen(self, chance: random.Random) -> str:
        """Decide choices that hold spans; those inside of a span wait."""
        outer = re.compile(r"\(((?:[^(){}]|\{[^{}]*\})*\|(?:[^(){}]|\{[^{}]*\})*)\)")

        def one(match: re.Match[str]) -> str:
            options = re.split(r"\|(?![^{}]*\})", match[1])
            return chance.choice(options)

        return outer.sub(one, self.text)


def read_phrasings(folder: Path) -> tuple[list[Phrasing], Mapping[str, Lists]]:
    """Read all files of a folder; the lists are per language, English ones under `en`.

    Raises:
        FinetuneError: a line can't be read; it names file and line.
    """
    phrasings: list[Phrasing] = []
    lists: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(folder.glob("*.txt")):
        language = path.stem if len(path.stem) == 2 else path.stem if path.stem == "mixed" else "en"
        for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("@"):
                name, _, items = line[1:].partition(":")
                lists[language][name.strip()] += [i.strip() for i in items.split(";") if i.strip()]
            elif line.strip() and not line.startswith("#"):
                phrasings.append(_phrasing(line, language, f"{path.name}:{at}"))
    known: Mapping[str, Lists] = {
        language: {k: list(dict.fromkeys(v)) for k, v in own.items()}
        for language, own in lists.items()
    }
    return phrasings, known


def _phrasing(line: str, language: str, place: str) -> Phrasing:
    match = _LINE.fullmatch(line)
    if not match:
        raise FinetuneError(f"{place}: not `CONTEXT | text`; got {line!r}")
    unknown = [tag for tag in _tags(match["text"]) if tag not in SPANS]
    if unknown:
        raise FinetuneError(f"{place}: no span is called {unknown[0]!r}")
    return Phrasing(match["context"], match["text"], language, place)


def _tags(text: str) -> Iterator[str]:
    return (match["tag"] for match in _PIECE.finditer(text))
