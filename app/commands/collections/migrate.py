"""`dialens migrate`: a collection moves to another encoder while it is searched."""

from enum import StrEnum
from typing import Annotated

import typer

from app.commands.options.collection_names import Named, Word, either
from app.commands.options.vector_form import VectorForm
from app.terminal.command_errors import door


class Kept(StrEnum):
    """Which encoder the collection has in the end."""

    BETTER = "better"
    NEW = "new"
    OLD = "old"


ProfileName = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="See: dialens profiles.")
]
EncoderSpec = Annotated[
    str | None, typer.Option("--encoder", metavar="SPEC", help="open_clip:ARCH/TAG or a folder.")
]
Keep = Annotated[
    Kept, typer.Option(help="Of two, the one that finds more of your labelled pictures.")
]
Drop = Annotated[
    bool, typer.Option("--drop-missing", help="Go on without pictures whose files are not there.")
]
Background = Annotated[bool, typer.Option("--background", help="Do it in a process of its own.")]
Back = Annotated[bool, typer.Option("--back", help="Return to the encoder before.")]
Forget = Annotated[bool, typer.Option("--forget", help="Drop the vectors of the encoder before.")]
GiveUp = Annotated[bool, typer.Option("--give-up", help="Drop what was encoded, and stay.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document at the end.")]


@door
def migrate(
    word: Word = None,
    collection: Named = None,
    profile_name: ProfileName = None,
    encoder: EncoderSpec = None,
    vectors: VectorForm = None,
    keep: Keep = Kept.BETTER,
    drop_missing: Drop = False,
    background: Background = False,
    back: Back = False,
    forget: Forget = False,
    give_up: GiveUp = False,
    as_json: AsJson = False,
) -> None:
    """Move a collection to another encoder.

    dialens migrate Pictures --profile laptop
    dialens migrate Pictures --vectors int8
    dialens migrate Pictures --back
    dialens migrate Pictures --forget

    It is searched and indexed as before until all pictures are encoded, then turns to the new
    vectors at once. Captions, tags and conversations stay. Ctrl-C is safe, and so is a kill:
    dialens migrate Pictures goes on. With labels (dialens eval my), the encoder is kept that finds
    more of them, unless --keep says which.
    """
    name = either(word, collection)
    if sum(map(bool, (profile_name, encoder, back, forget, give_up))) > 1:
        raise ValueError("choose one of --profile, --encoder, --back, --forget and --give-up")
    from app.migration import migrating

    if forget:
        return migrating.forget(name)
    if give_up:
        return migrating.give_up(name)
    from agent.profile import OWN, Profile, profile

    models = Profile(name=OWN, encoder=encoder) if encoder else None
    wish = migrating.MigrationWish(
        models=profile(profile_name) if profile_name else models,
        vectors=vectors.value if vectors else None,
        back=back,
        keep=keep.value,
        drop_missing=drop_missing,
    )
    if background:
        return migrating.in_background(name, wish)
    if code := migrating.run(name, wish, as_json=as_json):
        raise typer.Exit(code)
    return None
