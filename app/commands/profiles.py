"""`dialens profiles`: which sets of models there are."""

from typing import Annotated

import typer

from app.output.json_output import as_document
from app.terminal.command_errors import door


@door
def profiles(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the sets of models that fit together.

    dialens profiles
    dialens index ~/Pictures --profile laptop
    """
    from dataclasses import asdict

    from agent.profile import own_profiles
    from agent.profile import profiles as every
    from app.output.fitted_table import Column, Fitted
    from app.terminal.terminal import show, terminal

    known = every().values()
    if as_json:
        typer.echo(as_document([asdict(one) for one in known]))
        return
    shown = Fitted(
        columns=[
            Column(head="profile"),
            Column(head="encoder"),
            Column(head="for", folds=True),
        ],
        rows=[(one.name, one.encoder, one.about) for one in known],
    )
    show(terminal(), shown)
    typer.echo(f"\nYour own go in {own_profiles()}")
