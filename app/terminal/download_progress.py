"""Telling how far a download has come: a line before it, then a bar, or a line now and then."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from app.output.printable import printable
from app.terminal.terminal import terminal
from retrievers.loading.hub.told import Tell, Transfer, lines, told_by


@contextmanager
def downloads_shown() -> Iterator[None]:
    """Tell of the downloads of this block on standard error, in the way that suits it."""
    console = terminal(stderr=True)
    if not console.is_interactive:
        with told_by(lines):
            yield
        return
    with ExitStack() as shown, told_by(lambda: _bar(shown)):
        yield


def _bar(shown: ExitStack) -> Tell:
    console = terminal(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task("fetching", total=None)

    def tell(told: Transfer) -> None:
        if not told.came and not bar.live.is_started:
            console.print(printable(told.announcement()), highlight=False, markup=False)
            shown.enter_context(bar)
        bar.update(task, completed=told.done, total=told.total)
        if told.done >= told.total:
            bar.stop()

    return tell
