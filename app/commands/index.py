"""`dialens index`: a folder becomes a collection, and stays in step with it."""

from pathlib import Path
from typing import Annotated

import typer

from app.door import door

Folder = Annotated[Path, typer.Argument(help="The folder with the pictures.", show_default=False)]
Name = Annotated[
    str | None, typer.Option("--name", help="The collection's name; else the folder's.")
]
Include = Annotated[list[str] | None, typer.Option(help="Only files that match: '*.jpg'.")]
Exclude = Annotated[list[str] | None, typer.Option(help="Leave out: 'thumbs/**'.")]
ProfileName = Annotated[
    str | None, typer.Option("--profile", help="Which models, for a new collection.")
]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Try unreadable files again.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document at the end.")]


@door
def index(
    folder: Folder,
    name: Name = None,
    include: Include = None,
    exclude: Exclude = None,
    profile: ProfileName = None,
    retry_failed: Retry = False,
    as_json: AsJson = False,
) -> None:
    """Make a collection of a folder, or update it.

    dialens index ~/Pictures
    dialens index ~/Pictures --exclude 'screenshots/**' --name family
    dialens index /mnt/photos --profile laptop

    The pictures stay where they are and are never changed. Run it again after they changed: only
    what is new is read. Ctrl-C is safe; the next run goes on.
    """
    from app import indexing

    indexing.index(
        folder,
        name=name,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        profile=profile,
        retry_failed=retry_failed,
        as_json=as_json,
    )
