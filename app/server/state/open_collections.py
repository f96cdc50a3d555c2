"""The collections that a server has open, and the stages that search them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from agent.clarify.asker import Asker
from agent.conversation.collection_facts import CollectionFacts, facts_of
from agent.resources import Resources
from agent.stages.config import StageError, Stages
from agent.stages.first_stage import first_stage
from agent.stages.pipeline import Pipeline
from agent.stages.pipeline_builder import open_asker, open_interpreter, open_pipeline
from agent.understanding.interpretation import Interpreter
from app.library.lazy_encoder import WaitingEncoder
from app.library.library import OpenCollection, delete, locate, names
from app.library.profile_stages import behind
from app.library.query_options import encoder_of
from app.server.contract.errors import NotFoundError
from app.server.contract.picture_names import narrowed
from app.server.contract.settings import PLAIN
from retrievers.collection.active_adapter import active_adapter
from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.hit import Picture
from retrievers.search.searcher import Searcher

LOG = logging.getLogger("dialens.server")


class SearchStages(NamedTuple):
    """How a collection is searched: stages, what asks back and what reads, and its facts."""

    pipeline: Pipeline
    asker: Asker | None
    interpreter: Interpreter
    facts: CollectionFacts


@dataclass(frozen=True, slots=True)
class _Kept:
    opened: OpenCollection
    searcher: Searcher
    made: int  # which folder of that name it is


class OpenCollections:
    """Open each collection once; threads share what comes out of here, and take turns at a network.

    Args:
        stages: what can stand behind the first stage, by name; the first is the default.
    """

    def __init__(self, stages: Mapping[str, Stages]) -> None:
        self.stages = dict(stages)
        self._open: dict[str, _Kept] = {}
        self._encoders: dict[tuple[str, str], WaitingEncoder] = {}  # of those that are open
        self._ways: dict[tuple[str, ...], SearchStages] = {}
        self._opening = Lock()

    def opened(self, name: str) -> OpenCollection:
        """Open a collection, and the encoder that it remembers.

        Raises:
            CollectionError: it cannot be read.
            NotFoundError: there is none of that name.
        """
        return self._kept(name).opened

    def roots(self, name: str) -> Sequence[Path]:
        """Return the folders of a collection, none if it is gone or cannot be read."""
        try:
            return self.opened(name).collection.roots()
        except (CollectionError, NotFoundError):
            return ()

    def way(self, name: str, stages: str = "") -> SearchStages:
        """Return how a collection is searched with these stages; without a name, the default ones.

        Raises:
            MllmError: a stage's model cannot be opened.
            NotFoundError: there is no such collection, or no such stages.
            StageError: an option does not fit its stage.
        """
        chosen = stages or next(iter(self.stages))
        if chosen not in self.stages:
            raise NotFoundError(f"no stages {chosen!r}; there are {', '.join(self.stages)}")
        kept = self._kept(name)
        searched_by = f"{active_adapter(kept.opened.collection)} {kept.opened.encoder.name}"
        key = (name, str(kept.made), chosen, searched_by)
        with self._opening:
            if key not in self._ways:
                self._ways = {old: way for old, way in self._ways.items() if old[::2] != key[::2]}
                told = self.stages[chosen]
                if chosen == PLAIN:  # what the collection's profile names, if it names any
                    told = behind(kept.opened.collection.profile() or None, name, say=LOG.warning)
                self._ways[key] = _way(kept, told)
            return self._ways[key]

    def picture(self, name: str, named: str) -> Picture:
        """Return a picture's record; `named` is an id, or what `placed` makes of a picture.

        Raises:
            NotFoundError: the collection has no such picture, or not in that place any more.
        """
        collection, (id_, _, mark) = self.opened(name).collection, named.partition("-")
        for picture in collection.pictures(collection.rows_of([id_])):
            if found := narrowed(picture, mark) if mark else picture:
                return found
        raise NotFoundError(f"collection {name!r} has no picture {named!r}")

    def check_pictures(self, name: str, **ids: Sequence[str]) -> None:
        """NotFoundError if the collection lacks one of these; each is named by its field."""
        collection = self.opened(name).collection
        for field, given in ids.items():
            for one in given:
                if not collection.rows_of([one]):
                    told = f"names picture {one!r}, which collection {name!r} has not"
                    raise NotFoundError(told, field=field)

    def check(self, name: str) -> None:
        """NotFoundError if there is no collection of that name."""
        if name not in names():
            raise NotFoundError(f"no collection {name!r}; there are {', '.join(names()) or 'none'}")

    def remove(self, name: str) -> None:
        """Delete a collection.

        Raises:
            CollectionBusy: it is being written to.
            NotFoundError: there is none of that name.
        """
        self.check(name)
        with self._opening:
            delete(name)
            self._open.pop(name, None)

    def _kept(self, name: str) -> _Kept:
        self.check(name)
        folder = locate(name)
        made = (folder / "records.db").stat().st_ino
        with self._opening:
            kept = self._open.get(name)
            if kept is None or kept.made != made:
                kept = self._open[name] = self._opened(Collection.open(folder), made)
            elif kept.opened.encoder.name != kept.opened.collection.encoder:  # it moved
                kept = self._open[name] = self._opened(kept.opened.collection, made)
                used = {one.opened.encoder.name for one in self._open.values()}
                self._encoders = {key: one for key, one in self._encoders.items() if key[0] in used}
            return kept

    def _opened(self, collection: Collection, made: int) -> _Kept:
        with collection.one_state():
            named = collection.encoder, collection.fact("spec")
            encoder = self._encoders.setdefault(named, encoder_of(collection))
            opened = OpenCollection(collection, encoder)
            return _Kept(opened, opened.searcher(), made)


def _way(kept: _Kept, stages: Stages) -> SearchStages:
    try:
        retriever = first_stage(kept.searcher, stages)
        collection = kept.opened.collection
        resources = Resources(stages, collection)
        pipeline = open_pipeline(stages, collection, retriever, resources=resources)
        asker = open_asker(stages, kept.searcher, resources=resources)
        interpreter = open_interpreter(stages, collection, resources=resources)
        return SearchStages(pipeline, asker, interpreter, facts_of(collection))
    except ImportError as error:
        raise StageError(f"a stage needs packages that are missing: {error}") from error
