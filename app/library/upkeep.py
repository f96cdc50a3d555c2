"""Looking after collections: what they hold, deleting, exporting, repairing."""

import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from app.library.library import checked, delete, locate, names
from app.library.migration_state import migration_lines, migration_state
from app.output.json_output import as_document
from app.output.printable import counted, printable, size
from app.terminal.terminal import write_lines
from retrievers.collection.collection import Collection
from retrievers.collection.recall_kept import K, told_recall
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.vector_forms import row_bytes
from retrievers.collection.sync.unopened_kinds import others_of
from retrievers.files.new_file import refuse_to_lose
from retrievers.maintenance.doctor import examine
from retrievers.maintenance.export import export as write_parquet
from retrievers.maintenance.finding import Finding
from retrievers.pictures.folders.unopened import unopened_lines


def status(name: str | None, *, failed: bool, as_json: bool) -> None:
    """Say what one collection or all of them hold."""
    chosen = [locate(name).name] if name else names()
    summaries = [_summary(one) for one in chosen]
    if as_json:
        sys.stdout.write(as_document(summaries) + "\n")
        return
    if not chosen:
        sys.stderr.write("no collection yet; make one with: dialens index FOLDER\n")
    for summary in summaries:
        write_lines(_lines(summary, failed=failed))


def _summary(name: str) -> dict[str, Any]:
    folder = locate(name)
    try:
        with checked(name) as collection:
            return {
                "name": name,
                "pictures": len(collection),
                "files": collection.db.execute("SELECT count(*) FROM files").fetchone()[0],
                "captions": _having(collection, "caption"),
                "texts": _having(collection, "text"),
                "encoder": collection.encoder,
                "created": collection.fact("created"),
                "roots": [str(root) for root in collection.roots()],
                "folder": str(folder),
                "bytes": sum(one.stat().st_size for one in folder.iterdir()),
                "others": others_of(collection),
                **_vectors(collection),
                **migration_state(collection),
                "failed": [
                    {"path": str(path), "reason": reason} for path, reason in collection.failures()
                ],
            }
    except CollectionError as error:
        return {"name": name, "folder": str(folder), "error": str(error)}


def _vectors(collection: Collection) -> dict[str, Any]:
    """Return how the vectors are kept, and what is still found of what there was to find."""
    one, recall = collection.generation(), told_recall(collection)
    kept = asdict(recall) if recall and one.form != "float32" else None
    per_picture = row_bytes(one.form, one.dim)
    return {"vectors": one.form, "bytes_a_picture": per_picture, "recall": kept}


def _having(collection: Collection, column: str) -> int:
    (count,) = collection.db.execute(
        f"SELECT count(*) FROM pictures WHERE {column} != '' AND row IN (SELECT row FROM files)"
    ).fetchone()
    return int(count)


def _lines(summary: dict[str, Any], *, failed: bool) -> list[str]:
    if "error" in summary:
        return [f"{summary['name']}: {summary['error']}"]
    lines = [
        f"{summary['name']}: {counted(summary['pictures'], 'picture')} in"
        f" {counted(summary['files'], 'file')}, "
        f"{size(summary['bytes'])}, encoder {summary['encoder']}"
    ]
    lines += [f"  from {printable(root)}" for root in summary["roots"]]
    if summary["captions"] or summary["texts"]:
        lines.append(f"  {summary['captions']} with a caption, {summary['texts']} with text")
    lines.append(f"  {_kept(summary)}")
    lines += [f"  {line}" for line in migration_lines(summary["name"], summary)]
    lines += [f"  {line}" for line in unopened_lines(summary["others"])]
    if failures := summary["failed"]:
        hint = "" if failed else f"; see them with: dialens status {summary['name']} --failed"
        lines.append(f"  {counted(len(failures), 'file')} could not be read{hint}")
        if failed:
            lines += [f"    {printable(one['path'])}: {one['reason']}" for one in failures]
    return lines


def _kept(summary: dict[str, Any]) -> str:
    said = f"vectors as {summary['vectors']}, {summary['bytes_a_picture']:,} bytes a picture"
    if recall := summary["recall"]:
        said += f"; of the {K} nearest {recall['share']:.1%} are still found, measured on"
        said += f" {counted(recall['pictures'], 'picture')} of its own"
    return said


def remove(name: str, *, yes: bool) -> None:
    """Delete a collection's own folder, after asking.

    Raises:
        ValueError: there is no such collection, or nobody can be asked.
    """
    locate(name)
    if not yes and not sys.stdin.isatty():
        raise ValueError(f"deleting {name!r} needs --yes where nobody can be asked")
    if yes or typer.confirm(f"Delete the collection {name!r}? The pictures stay.", err=True):
        delete(name)
        sys.stderr.write(f"deleted {name}\n")


def export(name: str | None, to: Path | None, *, as_json: bool) -> None:
    """Write one Parquet file and say how many pictures are in it.

    Raises:
        CollectionError: the file cannot be written.
    """
    folder = locate(name)
    path = (to or Path(f"{folder.name}.parquet")).expanduser().absolute()
    refuse_to_lose(path, kind=b"PAR1")
    with closing(Collection.open(folder)) as collection:
        count = write_parquet(collection, path)
    if as_json:
        sys.stdout.write(as_document({"path": str(path), "pictures": count}, indent=None) + "\n")
    else:
        sys.stdout.write(
            f"{printable(str(path))}: {counted(count, 'picture')}, {size(path.stat().st_size)}\n"
        )


def doctor(name: str | None, *, check: bool, as_json: bool) -> None:
    """Examine one collection or all of them, and say what was found and done."""
    chosen = [locate(name).name] if name else names()
    found: dict[str, list[Finding]] = {}
    hopeless: list[CollectionError] = []
    for one in chosen:
        try:
            found[one] = examine(locate(one), repair=not check)
        except CollectionError as error:  # the others are examined all the same
            hopeless.append(error)
    _say(found, as_json=as_json)
    if len(hopeless) == 1:
        raise hopeless[0]
    if hopeless:
        raise CollectionError("; ".join(map(str, hopeless)))
    if check and any(found.values()):
        raise typer.Exit(1)


def _say(found: Mapping[str, list[Finding]], *, as_json: bool) -> None:
    if as_json:
        document = {one: [asdict(finding) for finding in each] for one, each in found.items()}
        sys.stdout.write(as_document(document) + "\n")
        return
    for one, findings in found.items():
        sys.stdout.write(f"{one}: {'' if findings else 'nothing is wrong'}\n")
        for finding in findings:
            end = "mended" if finding.mended else finding.remedy
            sys.stdout.write(f"  {printable(finding.what)}; {end}\n")
