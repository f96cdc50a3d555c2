"""What a session says or writes besides showing pictures."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agent.conversation.transcript import markdown
from agent.turns.turn import Turn
from agent.understanding.acts import Form, Reading, Redo, Undo
from agent.understanding.constraint_list import Constraint
from agent.understanding.constraint_words import restated
from retrievers.files.regular_file import read_regular
from retrievers.files.whole_file import write_whole
from retrievers.hit import Hit
from retrievers.pictures.metadata.facts import SOURCES
from retrievers.text.display import counted
from retrievers.text.lettering import named

TranscriptWriter = Callable[[Sequence[Turn], Path], str]
"""Makes a document of turns; the path is where it will lie, for relative links."""

ENDINGS: dict[Form, str] = {"markdown": ".md", "html": ".html"}

LARGEST = 10_000_000  # bytes of a saved list
HELP = """\
Say what you look for: a dog on a beach. Narrow it down: at night / with snow instead / no people
Point at pictures by number: like 3 but closer / more like the last two / not the second one
Set conditions: before 2019 / from last summer / only portraits / in the trips folder / tagged fun
Go on: show more / why is 2 there? / save the first three as beach trip / export
Correct what I understood: /constraints, /drop 2, /drop people, /change 1 to a blue car
Go back: undo / go back two / back to the dogs / redo / any date / start over"""


def why(hit: Hit, number: int, asked: Sequence[Constraint]) -> str:
    """Say what put a picture where it is."""
    grounds = []
    if (cosine := hit.why.scores.get("vector")) is not None:
        place = f", place {hit.why.ranks['vector']}" if "vector" in hit.why.ranks else ""
        grounds.append(f"it looks like what was asked (cosine {cosine:.3f}{place})")
    if hit.why.words:
        place = f" (place {hit.why.ranks['words']})" if "words" in hit.why.ranks else ""
        found = ", ".join(repr(word) for word in hit.why.words)
        grounds.append(f"its name, caption, tags or text hold {found}{place}")
    grounds += [f"{one!r} holds" for one in hit.why.held]
    grounds += [f"{one!r} does not" for one in hit.why.failed]
    others = {stage: s for stage, s in hit.why.scores.items() if stage not in ("vector", "words")}
    grounds += [f"{stage} gave it {score:.3f}" for stage, score in others.items()]
    reason = "; ".join(grounds) or "it meets the conditions"
    if hit.picture.taken and hit.picture.taken_from:
        reason += f"; {hit.picture.day_taken} is said by {SOURCES[hit.picture.taken_from]}"
    return f"{number} is {hit.picture.path.name}: {reason}. Asked for: {restated(asked)}."


def unclear(message: str, readings: Sequence[Reading]) -> str:
    """Say what is not clear, and what it can mean, each reading with its number."""
    numbered = [f"{at} {one.words}" for at, one in enumerate(readings, start=1)]
    return "\n".join([message or "What do you mean?", *numbered] if numbered else [message])


def saved(name: str | None, hits: Sequence[Hit], *, beside: Path) -> str:
    """Add the pictures' paths to the list of that name, one a line, and say where it is.

    Raises:
        OSError: the list can't be written.
        ValueError: there is nothing to save.
    """
    if not hits:
        raise ValueError("there is no picture on the screen to save")
    path = beside.with_suffix("") / f"{_file_name(name or 'saved')}.txt"
    path.parent.mkdir(exist_ok=True)
    old = read_regular(path, LARGEST).splitlines() if path.exists() else []
    new = [os.fsencode(hit.picture.path) for hit in hits]
    lines = list(dict.fromkeys([*old, *(line for line in new if b"\n" not in line)]))
    write_whole(path, b"".join(line + b"\n" for line in lines))
    return f"Saved: {path} lists {counted(len(lines), 'picture')}."


def _file_name(name: str) -> str:
    kept = named(name, "_ -")[:80].strip(" -")
    return kept or "saved"


def exported(
    turns: Sequence[Turn],
    form: Form | None,
    writers: Mapping[str, TranscriptWriter] | None,
    *,
    beside: Path,
) -> str:
    """Write the conversation beside its session file and say where.

    Raises:
        OSError: the document can't be written.
        ValueError: no writer makes this form.
    """
    known: dict[str, TranscriptWriter] = {"markdown": markdown, **(writers or {})}
    chosen = form or ("html" if "html" in known else "markdown")
    if chosen not in known:
        raise ValueError(f"form must be one of {sorted(known)}; got {chosen!r}")
    path = beside.with_suffix(ENDINGS[chosen])
    write_whole(path, known[chosen](turns, path).encode("utf-8", "surrogateescape"))
    return f"Exported to {path}"


def nowhere(act: Undo | Redo) -> str:
    """Say why an undo or redo moved nothing."""
    if isinstance(act, Redo):
        return "There is nothing to redo."
    if act.named is not None:
        return f"No earlier turn was about {act.named!r}."
    return "There is nothing to go back to." if act.to is None else f"There is no turn {act.to}."
