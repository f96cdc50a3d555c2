"""Encode a collection's pictures anew, beside the vectors that are searched meanwhile.

Nothing of the collection is written. Every batch is on the disk before the next, so a kill loses at
most one, and the next run goes on.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from time import perf_counter

from retrievers.collection.collection import Collection
from retrievers.collection.migration.lacking import LivePicture, lacking
from retrievers.collection.migration.side_files import SideFiles
from retrievers.collection.sync.sync_report import SyncProgress
from retrievers.concurrency.cancellation import Stop
from retrievers.concurrency.prefetch import batches
from retrievers.encoder import Encoder
from retrievers.hit import Picture
from retrievers.pictures import ReadPicture, UnreadablePicture
from retrievers.pictures.decoding.decoders import Decoders
from retrievers.pictures.reading_ahead import reading_ahead
from retrievers.recorded_files import recorded_picture
from retrievers.usable_vectors import encoded, unusable, usable

_MANY = 512  # records read at a time


@dataclass(frozen=True, slots=True)
class _Tried:
    picture: Picture
    read: ReadPicture | UnreadablePicture


class Build:
    """Encode what is lacking, as often as it is asked to.

    Args:
        collection: open.
        encoder: the target's.
        side: what is encoded already, and where the rest goes.
        batch: pictures that are written together.

    Attributes:
        encoded: pictures that went through the encoder.
        missing: why there is no vector of a picture, by id; each is tried again by every call.
    """

    def __init__(
        self,
        collection: Collection,
        encoder: Encoder,
        side: SideFiles,
        *,
        batch: int,
        on_progress: Callable[[SyncProgress], None],
        stop: Stop,
    ) -> None:
        self.collection, self.encoder, self.side = collection, encoder, side
        self.batch, self.on_progress, self.stop = batch, on_progress, stop
        self.encoded, self.missing = 0, dict[str, UnreadablePicture]()

    def __call__(self) -> None:
        """Go on until every picture that is there now has a vector, or a reason why not."""
        self.missing.clear()
        while new := [one for one in lacking(self.collection, self.side) if self._is_new(one)]:
            if self.stop():
                return
            self._encode(new)

    def _is_new(self, one: LivePicture) -> bool:
        return one.id not in self.missing

    def _encode(self, new: Sequence[LivePicture]) -> None:
        begin, done = perf_counter(), 0
        min_side = self.encoder.image_size

        def read(picture: Picture, decoders: Decoders) -> _Tried:
            try:
                return _Tried(
                    picture, recorded_picture(picture, min_side=min_side, decoders=decoders)
                )
            except UnreadablePicture as error:
                return _Tried(picture, error)

        for start in range(0, len(new), _MANY):
            some = new[start : start + _MANY]
            pictures = self.collection.pictures([one.row for one in some])
            wanted = {one.id for one in some}
            pictures = [one for one in pictures if one.id in wanted]  # rows may be others by now
            with reading_ahead(
                read, pictures, ahead=2 * self.batch, should_stop=self.stop
            ) as reads:
                for tried in batches(self._until_stop(reads), self.batch):
                    self._keep(tried)
                    done += len(tried)
                    seconds = perf_counter() - begin
                    failed = len(self.missing)
                    self.on_progress(SyncProgress("read", done, len(new), failed, seconds))
            if self.stop():
                return

    def _until_stop(self, reads: Iterator[_Tried]) -> Iterator[_Tried]:
        return takewhile(lambda _: not self.stop(), reads)

    def _keep(self, tried: Sequence[_Tried]) -> None:
        read = [(one.picture, one.read) for one in tried if isinstance(one.read, ReadPicture)]
        vectors = encoded(self.encoder, [one.image for _, one in read])
        good = usable(vectors)
        fine = [pair for pair, is_good in zip(read, good.tolist(), strict=True) if is_good]
        self.side.append(
            [picture.id for picture, _ in fine], [one.pixels for _, one in fine], vectors[good]
        )
        self.encoded += len(fine)
        kept = {picture.id for picture, _ in fine}
        for one in tried:
            if isinstance(one.read, UnreadablePicture):
                self.missing[one.picture.id] = one.read
            elif one.picture.id not in kept:
                why = UnreadablePicture(one.picture.path, unusable(self.encoder))
                self.missing[one.picture.id] = why
