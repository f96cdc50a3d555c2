"""`dialens profiles`: which sets of models there are, and which fit this machine."""

from typing import Annotated

import typer

from app.output.json_output import as_document
from app.terminal.command_errors import door


@door
def profiles(
    measure: Annotated[
        bool, typer.Option("--measure", help="Time the encoders that lie here, 5 s each.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the sets of models that fit together, and what of them fits this machine.

    dialens profiles
    dialens profiles --measure
    dialens index ~/Pictures --profile laptop

    A profile fits if its encoder does; R@1 is what its makers published. "auto" shows what a new
    collection would take.
    """
    from dataclasses import asdict

    from agent.profile import own_profiles
    from app.profiles.fit import fits, rate_or_none
    from app.profiles.fit_table import described, fit_table
    from app.profiles.machine import this_machine
    from app.terminal.terminal import show, terminal

    machine = this_machine()
    known = list(fits(machine))
    rates = [rate_or_none(one) if measure else None for one in known]
    if as_json:
        typer.echo(
            as_document(
                [
                    asdict(one.profile)
                    | {"fits": one.fits, "lacks": one.lacks, "here": one.here}
                    | {"pictures_a_second": rate and round(rate, 2)}
                    for one, rate in zip(known, rates, strict=True)
                ]
            )
        )
        return
    show(terminal(), fit_table(known, rates if measure else []))
    typer.echo(f"\nThis machine: {described(machine)}.\nYour own go in {own_profiles()}")
