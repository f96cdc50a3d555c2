"""Looking after collections: what they hold, deleting, exporting, repairing."""

import json
import shutil
import sys
from contextlib import closing
from typing import Any

import typer

from app.library import locate, names
from app.printable import printable, size
from retrievers.collection.errors import CollectionError
from retrievers.collection.lock import WriterLock
from retrievers.collection.store import Store


def status(name: str | None, *, failed: bool, as_json: bool) -> None:
    """Say what one collection or all of them hold."""
    chosen = [locate(name).name] if name else names()
    summaries = [_summary(one) for one in chosen]
    if as_json:
        sys.stdout.write(json.dumps(summaries, indent=2) + "\n")
        return
    if not chosen:
        sys.stderr.write("no collection yet; make one with: dialens index FOLDER\n")
    for summary in summaries:
        sys.stdout.write("\n".join(_lines(summary, failed=failed)) + "\n")


def _summary(name: str) -> dict[str, Any]:
    folder = locate(name)
    try:
        with closing(Store.open(folder)) as store:
            return {
                "name": name,
                "pictures": len(store),
                "files": store.db.execute("SELECT count(*) FROM files").fetchone()[0],
                "encoder": store.encoder,
                "created": store.fact("created"),
                "roots": [str(root) for root in store.roots()],
                "folder": str(folder),
                "bytes": sum(one.stat().st_size for one in folder.iterdir()),
                "failed": [
                    {"path": str(path), "reason": reason} for path, reason in store.failures()
                ],
            }
    except CollectionError as error:
        return {"name": name, "folder": str(folder), "error": str(error)}


def _lines(summary: dict[str, Any], *, failed: bool) -> list[str]:
    if "error" in summary:
        return [f"{summary['name']}: {summary['error']}"]
    lines = [
        f"{summary['name']}: {summary['pictures']} pictures in {summary['files']} files, "
        f"{size(summary['bytes'])}, encoder {summary['encoder']}"
    ]
    lines += [f"  from {printable(root)}" for root in summary["roots"]]
    if failures := summary["failed"]:
        hint = "" if failed else f"; see them with: dialens status {summary['name']} --failed"
        lines.append(f"  {len(failures)} files could not be read{hint}")
        if failed:
            lines += [f"    {printable(one['path'])}: {one['reason']}" for one in failures]
    return lines


def remove(name: str, *, yes: bool) -> None:
    """Delete a collection's own folder, after asking.

    Raises:
        ValueError: there is no such collection, or nobody can be asked.
    """
    folder = locate(name)
    if not yes and not sys.stdin.isatty():
        raise ValueError(f"deleting {name!r} needs --yes where nobody can be asked")
    if yes or typer.confirm(f"Delete the collection {name!r}? The pictures stay.", err=True):
        lock = WriterLock(folder)  # never under the feet of a running index
        shutil.rmtree(folder)
        lock.release()
        sys.stderr.write(f"deleted {name}\n")
