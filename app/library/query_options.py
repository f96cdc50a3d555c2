"""From a command's options to a query, and from a query to what was found."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from agent.stages.config import Stages
from agent.stages.first_stage import first_stage
from agent.stages.pipeline import worded
from agent.stages.pipeline_builder import open_pipeline
from agent.understanding.grammar.dates.days import first_moment
from agent.understanding.grammar.dates.recurring.seasons import season_option
from agent.understanding.grammar.dates.recurring.times_of_day import hours_option
from agent.understanding.grammar.dates.recurring.weekdays import weekdays_option
from app.encoders.twins import load_fastest
from app.library.lazy_encoder import WaitingEncoder
from app.library.library import OpenCollection, locate
from app.library.named_picture import file_named, picture_named
from app.profiles.weights import prepare
from retrievers.collection.collection import Collection
from retrievers.collection.migration.side_files import Target
from retrievers.collection.storage.generation import Generation
from retrievers.encoder import Encoder, EncoderError
from retrievers.hit import Hit
from retrievers.loading.downloads import from_this_disk
from retrievers.query import Fact, Filters, Ordering, Orientation, Query
from retrievers.search.searcher import Approximate


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What one search came to.

    Attributes:
        query: what was asked.
        hits: best first.
        collection: where.
        encoder: of its vectors.
        roots: its folders.
        seconds: time spent, by stage.
        rewritten: the words that were searched with, if a rewriter changed them.
        lost: stages that failed and were passed over, each with its reason.
        doubt: says that nothing fits, if that is likely.
    """

    query: Query
    hits: Sequence[Hit]
    collection: str
    encoder: str
    roots: Sequence[Path]
    seconds: Mapping[str, float]
    rewritten: str = ""
    lost: Sequence[str] = ()
    doubt: str = ""


@contextmanager
def opened_collection(name: str | None, *, device: str | None = None) -> Iterator[OpenCollection]:
    """Open a collection for reading, and the encoder that it remembers.

    Raises:
        CollectionError: the collection cannot be read.
        EncoderError: its encoder cannot be loaded here.
        ValueError: there is no such collection.
    """
    with closing(Collection.open(locate(name))) as collection:
        yield OpenCollection(collection, encoder_of(collection, device=device))


def encoder_of(
    collection: Collection, *, device: str | None = None, threads: int | None = None
) -> WaitingEncoder:
    """Return the encoder of a collection's vectors, to be loaded from this disk when needed.

    It stays that encoder when the collection moves to another.
    """
    one = collection.generation()
    return kept_encoder(collection.name, one, device=device, threads=threads)


def kept_encoder(
    name: str,
    one: Generation | Target,
    *,
    device: str | None = None,
    threads: int | None = None,
) -> WaitingEncoder:
    """Return the encoder of vectors that a collection keeps, or is on its way to; likewise."""

    def load() -> Encoder:
        with from_this_disk():
            encoder = load_fastest(one.spec, device=device, threads=threads)
        if encoder.name != one.encoder:
            raise EncoderError(
                f"collection {name!r} was made with {one.encoder}; here is {encoder.name};"
                f" encode its pictures anew: dialens migrate {name} --encoder {quote(one.spec)}"
            )
        prepare(one.spec, encoder)
        return encoder

    return WaitingEncoder(load, one.encoder, one.dim)


def ask(
    opened: OpenCollection,
    query: Query,
    k: int,
    *,
    stages: Stages,
    approximate: bool | Approximate = False,
    on_better: Callable[[Sequence[Hit]], None] = lambda hits: None,
) -> SearchResult:
    """Search once, through all stages; `on_better` is shown each order on the way to the last.

    Raises:
        MllmError: a stage's model cannot be opened.
        StageError: an option does not fit its stage.
    """
    searcher = opened.searcher(approximate=approximate)
    pipeline = open_pipeline(stages, opened.collection, first_stage(searcher, stages))
    for found in pipeline.improving(query, k):
        on_better(found.sound().hits)
    return SearchResult(
        query=query,
        hits=found.hits,
        collection=opened.collection.name,
        encoder=opened.encoder.name,
        roots=opened.collection.roots(),
        seconds=found.seconds,
        rewritten="" if found.query == query else worded(found.query),
        lost=found.lost,
        doubt=found.remarks,
    )


def filters(
    *,
    paths: Sequence[str],
    not_paths: Sequence[str],
    places: Sequence[str] = (),
    not_places: Sequence[str] = (),
    after: str | None,
    before: str | None,
    on: str | None = None,
    at: str | None = None,
    season: str | None = None,
    orientation: Orientation | None,
    megapixels: tuple[float | None, float | None],
    camera: str | None,
    tags: Sequence[str],
    rating: str | None = None,
    lacks: Sequence[Fact] = (),
) -> Filters:
    """Read the options that ask for conditions.

    Raises:
        ValueError: a date, a time or a rating cannot be read, or a name is blank.
    """
    for option, names in (
        ("--camera", [camera]),
        ("--tag", tags),
        ("--place", places),
        ("--not-place", not_places),
    ):
        if any(name is not None and not name.strip() for name in names):
            raise ValueError(f"{option} must name something, or be left out; got ''")
    least, most = stars(rating) if rating else (None, None)
    low, high = (None if mp is None else round(mp * 1e6) for mp in megapixels)
    return Filters(
        paths=tuple(paths),
        not_paths=tuple(not_paths),
        places=tuple(places),
        not_places=tuple(not_places),
        after=first_moment(after) if after else None,
        before=first_moment(before) if before else None,
        weekdays=weekdays_option(on) if on is not None else (),
        hours=(hours_option(at),) if at is not None else (),
        month_days=(season_option(season),) if season is not None else (),
        orientation=orientation,
        min_pixels=low,
        max_pixels=high,
        camera=camera,
        tags=tuple(tags),
        min_rating=least,
        max_rating=most,
        lacks=tuple(lacks),
    )


def stars(text: str) -> tuple[int | None, int | None]:
    """Read the least and the most stars: of 4+ or >=4, of <=3, of 2-4, of 5 alone.

    Raises:
        ValueError: it is none of these.
    """
    said = text.strip().replace(" ", "")
    if found := re.fullmatch(r"(?:>=)?([1-5])\+|>=([1-5])", said):
        return int(found[1] or found[2]), None
    if found := re.fullmatch(r"<=([1-5])", said):
        return 1, int(found[1])
    if found := re.fullmatch(r"([1-5])(?:-|–|to)([1-5])", said):
        low, high = sorted((int(found[1]), int(found[2])))
        return low, high
    if re.fullmatch(r"-1|[1-5]", said):
        return int(said), int(said)
    raise ValueError(f"--rating must be stars from 1 to 5, such as 4+, 5 or 2-3; got {text!r}")


def query(
    collection: Collection,
    text: str,
    *,
    unwanted: Sequence[str],
    images: Sequence[Path],
    like: Sequence[str],
    excluded: Sequence[str],
    filters: Filters,
    order: Ordering = "best",
) -> Query:
    """Put together what is asked for.

    Raises:
        ValueError: nothing is asked for, or an example is neither in the collection nor a file.
    """
    images = [file_named(collection, path) for path in images]
    if missing := [path for path in images if not path.is_file()]:
        raise ValueError(f"--image: no file {str(missing[0])!r}")
    query = Query(
        wanted=(text.strip(),) if text.strip() else (),
        unwanted=tuple(unwanted),
        examples=tuple(images),
        like=tuple(picture_named(collection, name, "--like") for name in like),
        excluded=frozenset(picture_named(collection, name, "--exclude-id") for name in excluded),
        filters=filters,
        order=order,
    )
    if query.is_empty:
        raise ValueError('say what to look for, such as: dialens search "a boat at dusk"')
    return query
