"""What the jobs do: index the folders of a collection, or move it to another encoder."""

from agent.profile import Profile
from agent.stages.absence import prepare as prepare_doubt
from app.library.indexing import open_or_make
from app.library.query_options import encoder_of
from app.migration.migrating import MigrationWish, missing_remedy, move, report_lines
from app.server.jobs.index_job_state import IndexJob
from retrievers.collection.collection import Collection
from retrievers.collection.storage.vector_forms import Form
from retrievers.collection.sync.sync import sync
from retrievers.collection.sync.sync_report import SyncProgress, SyncReport
from retrievers.loading.hub.told import Transfer, told_by
from retrievers.search.searcher import Searcher


class DownloadStoppedError(Exception):
    """A job was told to stop while weights were on their way; what came is kept."""


def open_for(job: IndexJob, models: Profile | None, vectors: Form | None = None) -> Collection:
    """Open a job's collection, or make it with these models, telling of a download as of the rest.

    Raises:
        CollectionError: it is busy, damaged, or made with another encoder.
        DownloadStoppedError: the job was told to stop.
        EncoderError: the encoder cannot be loaded here.
    """
    with told_by(lambda: lambda transfer: _fetched(job, transfer)):
        return open_or_make(
            job.collection, models, job.folders[0], vectors=vectors, say=job.told.append
        )


def _fetched(job: IndexJob, transfer: Transfer) -> None:
    if job.stopping:
        raise DownloadStoppedError
    done, total = transfer.done >> 20, max(transfer.total >> 20, 1)
    _progressed(job, SyncProgress("fetch", done, total, 0, transfer.seconds))


def run_index(job: IndexJob, collection: Collection) -> None:
    """Bring a collection in step with the folders of a job."""
    encoder = encoder_of(collection)
    for folder in job.folders:
        if job.stopping:
            break
        report = sync(
            collection,
            encoder,
            folder,
            forget_missing=job.forget_missing,
            on_progress=lambda progress: _progressed(job, progress),
            should_stop=lambda: job.stopping,
        )
        _noted(job, report)
    if job.encoded and not job.stopping:
        prepare_doubt(Searcher(collection, encoder))
    job.state = "stopped" if job.stopping else "done"


def run_migration(job: IndexJob, collection: Collection, wish: MigrationWish) -> None:
    """Move a collection as a job asks for."""
    with told_by(lambda: lambda transfer: _fetched(job, transfer)):
        outcome = move(
            collection,
            wish,
            on_progress=lambda progress: _progressed(job, progress),
            should_stop=lambda: job.stopping,
        )
    report = outcome.report
    job.encoded, job.told = report.encoded, report_lines(outcome, collection.roots())
    job.failed = [(one.path.name, one.reason) for one in report.missing]
    if report.switched or report.refused:
        job.state = "done"
    elif report.stopped:
        job.state = "stopped"
    else:
        job.state, job.error = "failed", missing_remedy(collection.name)


def _progressed(job: IndexJob, progress: SyncProgress) -> None:
    job.progress = progress


def _noted(job: IndexJob, report: SyncReport) -> None:
    job.encoded += report.encoded
    job.others.update(report.others)
    job.failed += [(one.path.name, one.reason) for one in report.failed]
    job.away |= {folder.name: held for folder, held in report.away.items()}
