"""`dialens status`, `rm`, `export` and `doctor`: looking after collections."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options.collection_names import Named, Word, either
from app.terminal.command_errors import door

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Target = Annotated[
    Path | None, typer.Option("--to", metavar="FILE", help="Where; else COLLECTION.parquet here.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Failed = Annotated[bool, typer.Option("--failed", help="List the unreadable files and why.")]
Check = Annotated[bool, typer.Option("--check", help="Only look, repair nothing.")]


@door
def status(
    word: Word = None, collection: Named = None, failed: Failed = False, as_json: AsJson = False
) -> None:
    """Say what the collections hold.

    dialens status
    dialens status Pictures --failed
    """
    from app.library import upkeep

    upkeep.status(either(word, collection), failed=failed, as_json=as_json)


@door
def rm(word: Word = None, collection: Named = None, yes: Yes = False) -> None:
    """Delete a collection; the pictures stay."""
    from app.library import upkeep

    if not (name := either(word, collection)):
        raise ValueError("name the collection to delete: dialens rm COLLECTION")
    upkeep.remove(name, yes=yes)


@door
def export(
    word: Word = None, collection: Named = None, to: Target = None, as_json: AsJson = False
) -> None:
    """Write records and vectors as Parquet.

    dialens export Pictures --to pictures.parquet

    One row a picture: its id, paths, size, date, camera, place, tags, and its vector.
    """
    from app.library import upkeep

    upkeep.export(either(word, collection), to, as_json=as_json)


@door
def doctor(
    word: Word = None, collection: Named = None, check: Check = False, as_json: AsJson = False
) -> None:
    """Check and repair a collection.

    dialens doctor
    dialens doctor Pictures --check

    Pictures are never touched. What has to be dropped is what the next index brings back.
    """
    from app.library import upkeep

    upkeep.doctor(either(word, collection), check=check, as_json=as_json)
