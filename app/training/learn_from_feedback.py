"""What people called right or wrong in the sessions about a collection becomes a better search."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from agent.conversation.journal import SessionError, session_names
from agent.turns.turn import Turn
from app.library import conversations
from app.library.library import locate
from app.library.query_options import encoder_of
from finetune.recipes.adapt.feedback import (
    LEAST,
    FeedbackExample,
    Verdict,
    collect,
    judged,
    learnt,
    save_learnt,
)
from retrievers.collection.active_adapter import active_adapter, put_into_force, roll_back
from retrievers.collection.collection import Collection
from retrievers.encoder import Vectors


class FeedbackOutcome(NamedTuple):
    """What came of a training: the gate's verdict, and the adapter if it was accepted."""

    verdict: Verdict
    adapter: Path | None


def train(collection: str | None) -> FeedbackOutcome:
    """Learn from all verdicts, and search with it from now on if the gate accepts it.

    Raises:
        CollectionError: the collection cannot be read.
        EncoderError: its encoder cannot be loaded.
    """
    with closing(Collection.open(locate(collection))) as opened:
        encoder, examples = encoder_of(opened), _examples(opened)
        vectors = _vectors(opened, examples)
        told = judged(examples, vectors, encoder)
        if not told.accepted:
            return FeedbackOutcome(told, None)
        model = learnt(examples, vectors, encoder)
        with TemporaryDirectory(dir=opened.folder, prefix=".partial-") as partial:
            made = Path(partial) / "adapter"
            save_learnt(model, made, encoder, opened.fact("spec"), told)
            return FeedbackOutcome(told, put_into_force(opened, made))


def back(collection: str | None) -> Path | None:
    """Give up the adapter in force; returns the one before it, if there was one.

    Raises:
        ValueError: none is in force.
    """
    with closing(Collection.open(locate(collection))) as opened:
        if active_adapter(opened) is None:
            raise ValueError(f"{opened.name!r} is searched without an adapter; nothing to undo")
        return roll_back(opened)


def status(collection: str | None) -> dict[str, object]:
    """Return how much feedback there is, what it takes, and which adapter is in force."""
    with closing(Collection.open(locate(collection))) as opened:
        found = active_adapter(opened)
        return {
            "collection": opened.name,
            "judged": len(_examples(opened)),
            "needed": LEAST,
            "adapter": str(found) if found else None,
        }


def _examples(collection: Collection) -> list[FeedbackExample]:
    """Return the verdicts about pictures that the collection still holds."""
    found = []
    for one in collect(_turns(collection.name)):
        liked, others = (
            tuple(id_ for id_ in ids if len(collection.rows_of([id_])))
            for ids in (one.liked, one.others)
        )
        if liked and others:
            found.append(FeedbackExample(one.text, liked, others))
    return found


def _turns(collection: str) -> Iterator[Turn]:
    for name in session_names(conversations.folder()):
        try:
            if conversations.collection_of(name) == collection:
                yield from conversations.read(name).turns
        except SessionError:
            continue


def _vectors(collection: Collection, examples: list[FeedbackExample]) -> Mapping[str, Vectors]:
    ids = sorted({id_ for one in examples for id_ in (*one.liked, *one.others)})
    return dict(zip(ids, collection.vectors_of(ids), strict=True)) if ids else {}
