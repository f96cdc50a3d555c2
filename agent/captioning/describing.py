"""Give every picture of a collection its caption and its text, so that full text finds them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from time import perf_counter

from agent.captioning.captions import Captions
from agent.captioning.sentences import Sentences
from agent.mllm.offline_caption import circumstances
from agent.ocr import TextReader
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync_report import SyncProgress
from retrievers.collection.writer import CollectionWriter
from retrievers.concurrency.cancellation import Stop
from retrievers.hit import Picture
from retrievers.pictures import UnreadablePicture

BATCH = 8  # pictures that a captioner is given at once

Words = tuple[str | None, str | None]
"""Caption and text; None: not asked for."""


@dataclass(slots=True)
class DescribeReport:
    """What was done.

    Attributes:
        described: pictures that were given a caption, a text or both.
        unchanged: pictures that had them.
        failed: pictures whose file could not be read; the next run tries them again.
        stopped: it was told to stop, and did before all was done; the next run goes on.
        seconds: in all.
    """

    described: int = 0
    unchanged: int = 0
    failed: list[UnreadablePicture] = field(default_factory=list)
    stopped: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Describer:
    """Say of a picture what its caption and its text are.

    Attributes:
        captions: the captioner; none: captions stay as they are.
        reader: the OCR; none: texts stay as they are.
        texts: where what was read is kept.
    """

    captions: Captions | None
    reader: TextReader | None
    texts: Sentences

    def is_done(self, picture: Picture) -> bool:
        """Whether the collection holds what this captioner and this OCR say of the picture."""
        caption, text = picture.caption, picture.text
        if self.captions:
            said = self.captions.sentences.known(self.captions.name, pictures=[picture.id])
            if not said or caption != _caption(said[picture.id], picture):
                return False
        if self.reader:
            read = self.texts.known(self.reader.name, pictures=[picture.id])
            return bool(read) and text == read[picture.id]
        return True

    def words(self, pictures: Sequence[Picture]) -> list[Words | UnreadablePicture]:
        """Describe pictures; one that cannot be read hurts no other.

        Raises:
            MllmError: the captioner cannot be reached or cannot see.
        """
        try:
            captions, texts = self._captions(pictures), self._texts(pictures)
        except UnreadablePicture as error:
            if len(pictures) == 1:
                return [error]
            return [words for picture in pictures for words in self.words([picture])]
        return list(zip(captions, texts, strict=True))

    def _captions(self, pictures: Sequence[Picture]) -> Sequence[str | None]:
        if not self.captions:
            return [None] * len(pictures)
        said = self.captions.of(pictures)
        return [_caption(one, picture) for one, picture in zip(said, pictures, strict=True)]

    def _texts(self, pictures: Sequence[Picture]) -> Sequence[str | None]:
        if not self.reader:
            return [None] * len(pictures)
        shown = {picture.id: picture for picture in pictures}
        return self.texts.of(self.reader.name, shown=shown, ask=self.reader.of_pictures)


def describe(
    collection: Collection,
    describer: Describer,
    *,
    on_progress: Callable[[SyncProgress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> DescribeReport:
    """Write the words of every picture that lacks them into the collection.

    Each picture is committed by itself: after a kill the next run goes on. `should_stop` is asked
    before each batch.

    Raises:
        CollectionBusy: another process writes.
        MllmError: the captioner cannot be reached or cannot see; what is done is kept.
    """
    report, begin, stop = DescribeReport(), perf_counter(), Stop(should_stop)
    with CollectionWriter(collection) as writer:
        rows = [row for (row,) in collection.db.execute("SELECT row FROM pictures ORDER BY row")]
        known = collection.pictures(rows)
        lacking = [picture for picture in known if not describer.is_done(picture)]
        report.unchanged = len(known) - len(lacking)
        try:
            for some in takewhile(lambda _: not stop(), _batches(lacking)):
                _write(writer, some, describer.words(some), report)
                done, failed = report.described + len(report.failed), len(report.failed)
                seconds = perf_counter() - begin
                on_progress(SyncProgress("read", done, len(lacking), failed, seconds))
        except KeyboardInterrupt:  # the user's own, where nobody asks for it by `should_stop`
            stop.requested = True
    report.stopped = stop.requested
    report.seconds = perf_counter() - begin
    return report


def _write(
    writer: CollectionWriter,
    pictures: Sequence[Picture],
    words: Sequence[Words | UnreadablePicture],
    report: DescribeReport,
) -> None:
    rows = writer.collection.rows_of([picture.id for picture in pictures])
    for row, said in zip(rows, words, strict=True):
        if isinstance(said, UnreadablePicture):
            report.failed.append(said)
        else:
            writer.describe(row, caption=said[0], text=said[1])
            report.described += 1


def _batches(pictures: Sequence[Picture]) -> Iterator[Sequence[Picture]]:
    return (pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH))


def _caption(said: str, picture: Picture) -> str:
    return ", ".join(part for part in (said, circumstances(picture)) if part)
