"""A folder becomes a collection: choose its place and its encoder, sync it, report."""

import os
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.profile import OWN, Profile, default_profile
from agent.stages.absence import prepare as prepare_doubt
from app.library.indexed_here import note
from app.library.library import locate, name_for, names, place
from app.library.query_options import encoder_of
from app.output.json_output import as_document
from app.output.no_folder import no_folder
from app.output.printable import printable, short
from app.profiles.auto import AUTO, Say, open_models, said_on_stderr
from app.terminal.download_progress import downloads_shown
from app.terminal.progress import pace, telling
from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.vector_forms import Form
from retrievers.collection.sync.mount_boundaries import is_empty
from retrievers.collection.sync.sync import sync
from retrievers.collection.sync.sync_report import SyncReport
from retrievers.concurrency.signals import stoppable
from retrievers.encoders.spec import parted
from retrievers.pictures.folders.unopened import unopened_lines
from retrievers.search.searcher import Searcher

LISTED = 20  # failures that are named at the end


def index(
    folder: Path,
    *,
    name: str | None,
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
    models: Profile | None,
    retry_failed: bool,
    forget_missing: bool = False,
    follow_links: bool | None = None,
    offline: bool = False,
    vectors: Form | None = None,
) -> tuple[str, SyncReport]:
    """Make or update the collection of a folder, telling the progress on standard error.

    Returns:
        The collection's name and what was done.

    Raises:
        CollectionError: the collection is busy, damaged, or made with another encoder.
        ValueError: there is no such folder, or the name is taken or cannot be one.
    """
    root = Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100 - a linked root stays one
    if not root.is_dir():
        none = no_folder(root, str(folder))
        raise ValueError(f"{none}; name the folder that holds the pictures")
    chosen = name or _name_of(root)
    with downloads_shown():
        opened = open_or_make(chosen, models, root, vectors=vectors, offline=offline)
    with closing(opened) as collection:
        note(root)
        encoder = encoder_of(
            collection,
            device=models.device if models else None,
            threads=models.threads if models else None,
        )
        with telling() as told, stoppable() as stop_requested:
            report = sync(
                collection,
                encoder,
                root,
                include=include,
                exclude=exclude,
                retry_failed=retry_failed,
                forget_missing=forget_missing,
                follow_links=follow_links,
                on_progress=told,
                should_stop=stop_requested,
            )
        for glob in [one for one in report.idle if one in (*(include or ()), *(exclude or ()))]:
            sys.stderr.write(f"{printable(repr(glob))} matches no file or folder in the folder\n")
        if report.encoded and not report.stopped:
            prepare_doubt(Searcher(collection, encoder))
    return chosen, report


def _name_of(root: Path) -> str:
    """Return the collection that holds this folder, or a free name for a new one."""
    for name in names():
        with suppress(CollectionError), closing(Collection.open(locate(name))) as collection:
            if root in collection.roots() or (name == name_for(root) and not collection.roots()):
                return name  # one that was killed before it knew its folder goes on, too
    if (name := name_for(root)) in names():
        with closing(Collection.open(locate(name))) as collection:
            collection.roots(), len(collection)  # damaged: that is to be said
        raise ValueError(
            f"collection {name!r} holds another folder; give this one a name: --name {name}-2, "
            f"or add it to that collection: --name {name}"
        )
    return name


def open_or_make(
    name: str,
    models: Profile | None,
    root: Path | None = None,
    *,
    vectors: Form | None = None,
    offline: bool = False,
    say: Say = said_on_stderr,
) -> Collection:
    """Open a collection, or make it with these models; it knows the folder from then on.

    Args:
        name: the collection's.
        models: none: the default for a new one, what it was made with for one that is there.
        root: the folder of a new one.
        vectors: in how many bytes a new one keeps a number.
        offline: do not ask the hub which encoder to take.
        say: see `app.profiles.auto.open_models`.

    Raises:
        CollectionError: it was made with another encoder, or cannot be read.
        EncoderError: the encoder cannot be loaded here.
        ValueError: the name cannot be a folder's.
    """
    if name not in names():
        models = models or default_profile()
        models = replace(models, encoder=anywhere(models.encoder))
        models, encoder = open_models(models, offline=offline, say=say)
        roots = [root] if root else []
        return Collection.create(
            place(name),
            encoder=encoder.name,
            dim=encoder.dim,
            spec=models.encoder,
            roots=roots,
            vectors=vectors or "float32",
            profile="" if models.name == OWN else models.name,
        )
    collection = Collection.open(place(name))
    made = collection.fact("spec")
    if models and models.encoder != AUTO and anywhere(models.encoder) != anywhere(made):
        collection.close()
        raise CollectionError(
            f"collection {name!r} was made with {made}, not {models.encoder}; "
            f"move it: dialens migrate {name}, or give another --name to index the folder with this"
            " one, too"
        )
    if vectors and vectors != (form := collection.generation().form):
        collection.close()
        raise CollectionError(
            f"collection {name!r} keeps its vectors as {form}, not {vectors}; turn them:"
            f" dialens migrate {name} --vectors {vectors}"
        )
    return collection


def anywhere(encoder: str) -> str:
    """Return the encoder's spec with a local folder's full path, so that it opens from anywhere."""
    parts = parted(encoder)
    local = Path(parts.where).expanduser()
    path = os.path.abspath(local)  # noqa: PTH100 - a linked folder stays one
    return parts.at(path) if parts.where and local.is_dir() else encoder


def report_json(name: str, report: SyncReport) -> str:
    """Return what was done as one JSON document."""
    counts = ("found", "encoded", "known", "unchanged", "reread", "gone", "stopped")
    document: dict[str, Any] = {"collection": name}
    document |= {count: getattr(report, count) for count in counts}
    document["seconds"] = round(report.seconds, 3)
    document["away"] = {str(folder): held for folder, held in report.away.items()}
    document["others"] = report.others
    document["failed"] = [{"path": str(one.path), "reason": one.reason} for one in report.failed]
    return as_document(document)


def report_lines(name: str, report: SyncReport, root: Path) -> list[str]:
    """Return what was done, for people."""
    rate = f", {pace(report.encoded / report.seconds)}" if report.encoded else ""
    said = [f"{report.encoded} new in {report.seconds:.1f} s{rate}"]
    said += [f"{report.known} moved, doubled or edited"] * bool(report.known)
    said += [f"{report.unchanged} unchanged"] * bool(report.unchanged)
    said += [f"{report.reread} read anew for what they say"] * bool(report.reread)
    said += [f"{report.gone} gone"] * bool(report.gone)
    lines = [f"{name}: {', '.join(said)}"]
    lines += [
        f"{held} kept of {_away(folder, root)}; to drop them:"
        f" dialens index {short(root, [])} --forget-missing"
        for folder, held in report.away.items()
    ]
    lines += unopened_lines(report.others)
    if report.failed:
        lines.append(f"{len(report.failed)} could not be read:")
        lines += [f"  {short(one.path, [root])}: {one.reason}" for one in report.failed[:LISTED]]
        if len(report.failed) > LISTED:
            lines.append(f"  ... all of them: dialens status {name} --failed")
    if report.stopped:
        lines.append("stopped; what is done is kept, and the same command goes on from there")
    return lines


def _away(folder: Path, root: Path) -> str:
    """Name what is away: a drive, or one whose place holds none of its pictures now."""
    name = printable(root.name) if folder == root else short(folder, [root])
    if is_empty(folder):
        return f"{name}, which is not there now"
    return f"another drive that was in {name}, or of pictures that all left it"


def run(folder: Path, *, as_json: bool, **options: Any) -> bool:
    """Index, write the report to standard output, and return whether it went through."""
    name, report = index(folder, **options)
    root = folder.expanduser().absolute()
    lines = [report_json(name, report)] if as_json else report_lines(name, report, root)
    sys.stdout.write("\n".join(lines) + "\n")
    return not report.stopped
