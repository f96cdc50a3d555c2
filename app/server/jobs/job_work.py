"""What the jobs do: index the folders of a collection, or move it to another encoder."""

from agent.stages.absence import prepare as prepare_doubt
from app.library.query_options import encoder_of
from app.migration.migrating import MigrationWish, missing_remedy, move, report_lines
from app.server.jobs.index_job_state import IndexJob
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.collection.sync.sync_report import SyncProgress, SyncReport
from retrievers.search.searcher import Searcher


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
