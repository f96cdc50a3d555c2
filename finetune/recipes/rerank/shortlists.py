"""What the first stage hands on for each caption: the examples of a second stage.

One picture stands for one content, as in a collection, so that no picture competes with its copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from PIL.Image import Image

from agent.resources import SIDE
from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.own.own_pictures import read_captions
from eval.metrics.score_matrix import products
from eval.ranking import ranked
from finetune.data.columns import FOUND_OUT, Columns
from finetune.data.training_data import encoded, fingerprint
from finetune.error import FinetuneError
from retrievers.encoder import Encoder
from retrievers.files.home import dialens_home
from retrievers.hit import Hit, Picture
from retrievers.pictures import UnreadablePicture
from retrievers.recorded_files import record_of, recorded_image


@dataclass(frozen=True, slots=True)
class CaptionedPicture:
    """A picture and what is said of it, at least one caption."""

    picture: Picture
    captions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shortlisted:
    """A caption, and what the first stage found for it.

    Attributes:
        said: the caption.
        gold: the picture it was taken from.
        right: ids of all pictures with just this caption.
        hits: the shortlist, best first.
        first: rank of the first right picture by the first stage alone, if that can be told.
    """

    said: str
    gold: Picture
    right: frozenset[str]
    hits: tuple[Hit, ...]
    first: int | None


def read_told(
    captions: Path, pictures: Path | None, columns: Columns = FOUND_OUT
) -> list[CaptionedPicture]:
    """Read captioned pictures, one for each content.

    Raises:
        FinetuneError: a caption or a picture cannot be read.
    """
    told: dict[str, CaptionedPicture] = {}
    try:
        for one in read_captions(captions, pictures, home=dialens_home(), choice=columns.choice):
            new = CaptionedPicture(record_of(one.path), one.captions)
            old = told.get(new.picture.id, new)
            said = tuple(dict.fromkeys((*old.captions, *new.captions)))
            told[new.picture.id] = CaptionedPicture(old.picture, said)
    except (DatasetError, UnreadablePicture) as error:
        raise FinetuneError(f"captions: {error}") from error
    return list(told.values())


def count_captions(
    captions: Path, pictures: Path | None, columns: Columns = FOUND_OUT
) -> tuple[int, int]:
    """Count pictures, without looking at them, and captions.

    Raises:
        FinetuneError: they cannot be read.
    """
    try:
        found = read_captions(captions, pictures, home=dialens_home(), choice=columns.choice)
    except DatasetError as error:
        raise FinetuneError(f"captions: {error}") from error
    return len(found), sum(len(one.captions) for one in found)


def pixels(picture: Picture) -> Image:
    """Return what a reranker is shown, just as in search."""
    return recorded_image(picture, min_side=SIDE)


def content(told: Sequence[CaptionedPicture]) -> str:
    """Return a hash of pictures and captions."""
    return fingerprint(f"{one.picture.sha256} {one.captions}" for one in told)


def shortlists(told: Sequence[CaptionedPicture], encoder: Encoder, k: int) -> list[Shortlisted]:
    """Ask the first stage for each picture by each of its captions, among these pictures."""
    vectors = encoded(encoder, [one.picture.path for one in told])  # [N, d]
    pairs = [(said, one.picture) for one in told for said in one.captions]
    blocks = products(encoder.encode_texts([said for said, _ in pairs]), vectors)  # [b, N] each
    named: dict[str, set[str]] = {}
    for said, picture in pairs:
        named.setdefault(said, set()).add(picture.id)
    by_id = {one.picture.id: one.picture for one in told}
    ids = np.array([*by_id])
    asked = []
    for (said, gold), row in zip(pairs, chain.from_iterable(blocks), strict=True):
        found, right = ranked(ids, row, depth=k, relevant=named[said]), frozenset(named[said])
        pairs_found = zip(found.ids, found.scores, strict=True)
        hits = [Hit(by_id[one], score, at) for at, (one, score) in enumerate(pairs_found, start=1)]
        asked.append(Shortlisted(said, gold, right, tuple(hits), found.rank_of(right)))
    return asked


def lessons(shortlisted: Sequence[Shortlisted], *, inject: bool) -> list[Shortlisted]:
    """Return what can be learnt from: shortlists with one right picture and a wrong one at least.

    Args:
        shortlisted: as the first stage answered.
        inject: put the right picture in the last place where the first stage lost it.
    """
    found = []
    for one in shortlisted:
        hits = [hit for hit in one.hits if hit.picture.id not in one.right - {one.gold.id}]
        if inject and all(hit.picture.id != one.gold.id for hit in hits):
            last = Hit(one.gold, hits[-1].score if hits else 0.0, len(one.hits))
            hits = [*hits[: len(one.hits) - 1], last]
        if len(hits) > 1 and any(hit.picture.id == one.gold.id for hit in hits):
            found.append(replace(one, hits=tuple(hits)))
    return found
