"""`dialens index`: a folder becomes a collection, and stays in step with it."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options.vector_form import VectorForm
from app.terminal.command_errors import INTERRUPTED, door

Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The folder with the pictures.", show_default=False)
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name",
        "--collection",
        "-c",
        metavar="NAME",
        help="The collection's name; else the folder's.",
    ),
]
Include = Annotated[
    list[str] | None, typer.Option(metavar="GLOB", help="Only files that match: '*.jpg'.")
]
Exclude = Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Leave out: 'thumbs/**'.")]
ProfileName = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="Which models, for a new collection."),
]
EncoderSpec = Annotated[
    str | None, typer.Option("--encoder", metavar="SPEC", help="open_clip:ARCH/TAG or a folder.")
]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Try unreadable files again.")]
Forget = Annotated[
    bool, typer.Option("--forget-missing", help="Drop what lay on drives that are away, too.")
]
Links = Annotated[
    bool | None,
    typer.Option(
        "--follow-links/--no-follow-links",
        help="Take what links out of the folder lead to; remembered.",
        show_default=False,
    ),
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Ask no model hub; take an encoder that lies here.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document at the end.")]


@door
def index(
    folder: Folder,
    name: Name = None,
    include: Include = None,
    exclude: Exclude = None,
    profile_name: ProfileName = None,
    encoder: EncoderSpec = None,
    retry_failed: Retry = False,
    forget_missing: Forget = False,
    follow_links: Links = None,
    offline: Offline = False,
    vectors: VectorForm = None,
    as_json: AsJson = False,
) -> None:
    """Make a collection of a folder, or update it.

    dialens index ~/Pictures
    dialens index ~/Pictures --exclude 'screenshots/**' --name family
    dialens index /mnt/photos --profile laptop

    A new collection takes an encoder that lies here, else a free one from a model hub (786 MB,
    once), else the small offline one; --profile, --encoder and $DIALENS_PROFILE name another.

    The pictures stay where they are and are never changed. Run it again after they changed: only
    what is new is read. Ctrl-C is safe; the next run goes on. Pictures on an inner drive or share
    that is away stay in the collection, until you say --forget-missing.
    """
    from agent.profile import OWN, Profile, profile
    from app.library import indexing

    models: Profile | None
    if encoder:
        models = Profile(name=OWN, encoder=encoder)
    else:
        models = profile(profile_name) if profile_name else None
    finished = indexing.run(
        folder,
        name=name,
        include=include or None,
        exclude=exclude or None,
        models=models,
        retry_failed=retry_failed,
        forget_missing=forget_missing,
        follow_links=follow_links,
        offline=offline,
        vectors=vectors.value if vectors else None,
        as_json=as_json,
    )
    if not finished:
        raise typer.Exit(INTERRUPTED)
