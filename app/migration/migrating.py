"""A collection moves to another encoder: choose it, encode, measure, turn, and say so."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, NamedTuple

from agent.profile import OWN, Profile
from app.library.indexing import LISTED, anywhere
from app.library.library import locate
from app.library.query_options import encoder_of, kept_encoder
from app.migration.encoders_compared import EncodersCompared, encoders_compared
from app.output.json_output import as_document
from app.output.printable import counted, printable, short
from app.profiles.auto import open_models
from app.terminal.command_errors import INTERRUPTED
from app.terminal.progress import pace, telling
from retrievers.collection.active_adapter import active_adapter
from retrievers.collection.collection import Collection
from retrievers.collection.migration import migrate as migration
from retrievers.collection.migration.lacking import unfinished
from retrievers.collection.migration.migrate import MigrationReport, migrate
from retrievers.collection.migration.side_files import SideFiles
from retrievers.collection.storage.lock import MigrationLock
from retrievers.collection.storage.vector_forms import Form
from retrievers.collection.sync.sync_report import SyncProgress
from retrievers.concurrency.signals import stoppable
from retrievers.encoder import Encoder

Keep = Literal["better", "new", "old"]
"""Which encoder the collection has in the end: of labelled pictures the one that finds more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationWish:
    """What is asked for.

    Attributes:
        models: names the encoder; none: the one that the collection is on its way to.
        vectors: in how many bytes they are kept; none: as now. Without models: of its own encoder.
        back: to the encoder before, instead.
        keep: see `Keep`.
        drop_missing: go on without the pictures whose files are not there.
    """

    models: Profile | None = None
    vectors: Form | None = None
    back: bool = False
    keep: Keep = "better"
    drop_missing: bool = False


@dataclass(slots=True)
class MigrationOutcome:
    """What came of it.

    Attributes:
        name: the collection's.
        old: the encoder that it had.
        new: the encoder that was asked for.
        report: what was done.
        compared: what both reached on the labels; none: there are too few, or nobody asked.
        unlearnt: what feedback had taught was for the old encoder.
    """

    name: str
    old: str
    new: str
    report: MigrationReport = field(default_factory=MigrationReport)
    compared: EncodersCompared | None = None
    unlearnt: bool = False


class _Named(NamedTuple):
    spec: str
    encoder: Encoder


def move(
    collection: Collection,
    wish: MigrationWish,
    *,
    on_progress: Callable[[SyncProgress], None],
    should_stop: Callable[[], bool],
) -> MigrationOutcome:
    """Move a collection; what is committed when it is stopped stays, and the next call goes on.

    Raises:
        CollectionError: it has that encoder, is on its way to another, or cannot be written.
        EncoderError: the encoder cannot be loaded here.
        ValueError: there is nothing to go back to, or no encoder is named.
    """
    spec, encoder = _asked_for(collection, wish)
    outcome = MigrationOutcome(collection.name, collection.encoder, encoder.name)
    old = encoder_of(collection)

    def choose(side: SideFiles) -> bool:
        if wish.keep != "better" or wish.back or outcome.old == outcome.new:
            return wish.keep != "old"
        outcome.compared = encoders_compared(collection, side, old, encoder)
        return outcome.compared is None or outcome.compared.better

    outcome.report = migrate(
        collection,
        encoder,
        spec=spec,
        vectors=_form(collection, wish),
        drop_missing=wish.drop_missing,
        choose=choose,
        on_progress=on_progress,
        should_stop=should_stop,
    )
    outcome.unlearnt = outcome.report.switched and active_adapter(collection) is not None
    return outcome


def _asked_for(collection: Collection, wish: MigrationWish) -> _Named:
    name = collection.name
    if wish.back:
        previous = collection.previous()
        if previous is None:
            raise ValueError(f"collection {name!r} keeps no vectors of an encoder before")
        return _Named(previous.spec, kept_encoder(name, previous))
    if wish.models:
        models = replace(wish.models, encoder=anywhere(wish.models.encoder))
        models, loaded = open_models(models, fall_back=False)
        return _Named(models.encoder, loaded)
    if side := unfinished(collection):
        return _Named(side.target.spec, kept_encoder(name, side.target))
    if wish.vectors:
        return _Named(collection.fact("spec"), encoder_of(collection))
    raise ValueError(
        f"name where {name!r} is to move: dialens migrate {name} --profile NAME, or --encoder SPEC"
    )


def _form(collection: Collection, wish: MigrationWish) -> Form | None:
    previous = collection.previous() if wish.back else None
    return previous.form if previous else wish.vectors


def run(name: str | None, wish: MigrationWish, *, as_json: bool) -> int:
    """Move a collection, write what came of it, and return the exit code: 0 if it went through."""
    with (
        closing(Collection.open(locate(name))) as collection,
        telling() as told,
        stoppable() as stop_requested,
    ):
        outcome = move(collection, wish, on_progress=told, should_stop=stop_requested)
        roots = collection.roots()
    lines = [_as_json(outcome)] if as_json else report_lines(outcome, roots)
    sys.stdout.write("\n".join(lines) + "\n")
    if outcome.report.stopped:
        return INTERRUPTED
    return 0 if outcome.report.switched or outcome.report.refused else 1


def in_background(name: str | None, wish: MigrationWish) -> None:
    """Do likewise in a process that outlives this one; what it says goes to a file.

    Raises:
        CollectionBusy: another process migrates the collection.
        ValueError: there is no such collection.
    """
    folder = locate(name)
    MigrationLock(folder).release()  # raises, if somebody holds it
    options = ["--profile", wish.models.name] if wish.models else []
    if wish.models and wish.models.name == OWN:
        options = ["--encoder", anywhere(wish.models.encoder)]
    options += ["--vectors", wish.vectors] if wish.vectors else []
    options += ["--back"] * wish.back + ["--drop-missing"] * wish.drop_missing
    command = [sys.executable, "-m", "app.start", "migrate", folder.name, "--keep", wish.keep]
    log = folder / "migration.log"
    with log.open("wb") as told:
        child = subprocess.Popen(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
            start_new_session=True,
        )
        child.returncode = 0  # it outlives this process, which shall not warn of that
    sys.stderr.write(
        f"process {child.pid} encodes the pictures; how far it is: dialens status {folder.name};"
        f" what it says: {printable(str(log))}\n"
    )


def report_lines(outcome: MigrationOutcome, roots: Any = ()) -> list[str]:
    """Return what came of it, for people."""
    name, report = outcome.name, outcome.report
    did = f"{counted(report.encoded, 'picture')} encoded in {report.seconds:.1f} s"
    if report.encoded and report.seconds:
        did += f", {pace(report.encoded / report.seconds)}"
    compared = outcome.compared.lines() if outcome.compared else []
    missing = [f"  {short(one.path, list(roots))}: {one.reason}" for one in report.missing[:LISTED]]
    missing += ["  ..."] * (len(report.missing) > LISTED)
    some = counted(len(report.missing), "picture")
    new, old = printable(outcome.new), printable(outcome.old)
    if report.switched:
        lines = [f"{name}: searched with {new} now; {did}", *compared]
        lines += [f"{some} left the collection:", *missing] if missing else []
        lines += ["what feedback taught was for the encoder before; see: dialens feedback"] * (
            outcome.unlearnt
        )
        kept = f"the vectors of {old} are kept: dialens migrate {name} --back returns to them"
        return [*lines, f"{kept}, --forget drops them"]
    if report.refused:
        stays = f"{name}: searched with {old} as before; {did}, and kept"
        return [stays, *compared, f"to turn to {new}: dialens migrate {name} --keep new"]
    if report.stopped:
        again = f"stopped; what is encoded is kept: dialens migrate {name} goes on from there"
        return [f"{name}: {did}", again]
    lines = [f"{name}: searched with {old} as before; {did}", f"{some} could not be encoded:"]
    return [*lines, *missing, missing_remedy(name)]


def missing_remedy(name: str) -> str:
    """Say what to do about pictures that cannot be encoded anew."""
    return (
        "bring their files back or index the folder, then run it again; or let these pictures"
        f" go: dialens migrate {name} --drop-missing"
    )


def _as_json(outcome: MigrationOutcome) -> str:
    report = outcome.report
    document: dict[str, Any] = {"collection": outcome.name, "old": outcome.old}
    document |= {"new": outcome.new, "encoder": outcome.new if report.switched else outcome.old}
    for key in ("switched", "encoded", "refused", "stopped"):
        document[key] = getattr(report, key)
    document["seconds"] = round(report.seconds, 3)
    document["missing"] = [{"path": str(one.path), "reason": one.reason} for one in report.missing]
    document["compared"] = asdict(outcome.compared) if outcome.compared else None
    return as_document(document)


def forget(name: str | None) -> None:
    """Drop the vectors of the encoder before.

    Raises:
        ValueError: none are kept.
    """
    with closing(Collection.open(locate(name))) as collection:
        dropped = migration.forget(collection)
        if dropped is None:
            raise ValueError(f"{collection.name!r} keeps no vectors of an encoder before")
        sys.stderr.write(f"dropped the vectors of {printable(dropped.encoder)}\n")


def give_up(name: str | None) -> None:
    """Drop what an unfinished migration has encoded.

    Raises:
        ValueError: there is none.
    """
    with closing(Collection.open(locate(name))) as collection:
        dropped = migration.give_up(collection)
        if dropped is None:
            raise ValueError(f"{collection.name!r} is not on its way to another encoder")
        sys.stderr.write(f"it stays with {printable(collection.encoder)}\n")
