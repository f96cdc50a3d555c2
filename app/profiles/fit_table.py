"""The table of profiles, for people."""

from collections.abc import Sequence

from app.output.fitted_table import Column, Fitted
from app.profiles.fit import Fit
from app.profiles.machine import Machine


def fit_table(known: Sequence[Fit], rates: Sequence[float | None]) -> Fitted:
    """Return the profiles as a table.

    Args:
        known: one a row.
        rates: pictures a second of each, where one was measured; empty: no such column.
    """
    heads = ["profile", "fits", "licence", "size", "R@1 text to image"]
    heads += ["a second"] if rates else []
    columns = [Column(head=head, folds=head in ("fits", "licence")) for head in heads]
    rows = [_row(one, rates[at] if rates else None, bool(rates)) for at, one in enumerate(known)]
    return Fitted(columns=[*columns, Column(head="for", folds=True)], rows=rows)


def _row(one: Fit, rate: float | None, measured: bool) -> list[str]:
    fits = "yes" if one.fits else f"needs {', '.join(one.lacks)}"
    size = f"{one.profile.download} MB" if one.profile.download else ""
    row = [one.profile.name, fits, one.profile.licence, "here" if one.here else size]
    row.append(one.profile.published)
    return [*row, *([f"{rate:.1f}" if rate else ""] if measured else []), one.profile.about]


def described(machine: Machine) -> str:
    """Say in a few words what the machine is."""
    memory = f", {machine.memory / 1e9:.0f} GB" if machine.memory else ""
    shared = f", {machine.gpu_memory / 1e9:.0f} GB" if machine.gpu_memory else ""
    return f"{machine.cores} cores{memory}; {machine.gpu + shared if machine.gpu else 'no GPU'}"
