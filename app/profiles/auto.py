"""The profile `auto`: which encoder a new collection gets if nobody named one.

In this order: weights that lie here; an openly licensed encoder from the model hub; and where there
is no way to the hub, the offline encoder, with one line that says how to move up later. Weights for
research only are never chosen.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import NamedTuple

from agent.profile import Profile, profile, shipped
from app.encoders.twins import load_fastest
from app.profiles.available_profiles import repository_of
from app.profiles.machine import Machine, this_machine
from app.profiles.weights import OFFLINE, installed, newest, prepare
from retrievers.encoder import Encoder, EncoderError
from retrievers.encoders.spec import parted
from retrievers.loading.downloads import from_this_disk
from retrievers.loading.hub.told import under_licence

AUTO = "auto"
OPEN = ("Apache-2.0", "MIT")
"""Licences of what may be chosen without asking."""

WITHOUT_GPU, WITH_GPU = "laptop", "gpu"
"""The profiles whose encoders are chosen from."""

Say = Callable[[str], None]


class Chosen(NamedTuple):
    """What a new collection is made with: the profile, its encoder named, and that encoder."""

    profile: Profile
    encoder: Encoder


def said_on_stderr(line: str) -> None:
    """Say a line to the person at the terminal."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()  # what follows takes a while


def open_models(
    asked: Profile, *, offline: bool = False, fall_back: bool = True, say: Say = said_on_stderr
) -> Chosen:
    """Load the encoder of a profile for a new collection.

    Args:
        asked: any profile; with `auto` for its encoder, one is chosen.
        offline: do not ask the hub for one.
        fall_back: take the offline encoder where there is no way to the hub.
        say: is told in one line what was chosen, and why, if that is not what one would expect.

    Raises:
        EncoderError: it cannot be loaded here, or its weights did not come whole.
    """
    if asked.encoder != AUTO:
        return Chosen(asked, _load(asked))
    named = [replace(one, name=asked.name) for one in candidates(this_machine())]
    for one in named:
        with suppress(EncoderError), from_this_disk():
            return _chosen(one)
    if why := _no_way(named[0], offline=offline):
        if not fall_back:
            raise EncoderError(f"no better encoder can be had: {why}")
        return _fallen_back(asked, why, say)
    with under_licence(named[0].licence):
        return _chosen(named[0])


def candidates(machine: Machine) -> Iterator[Profile]:
    """Yield what may be chosen on that machine, best first."""
    able = machine.gpu_memory and find_spec("open_clip") and find_spec("torch")
    for name in (*([WITH_GPU] if able else []), WITHOUT_GPU):
        one = shipped()[name]
        fits = machine.gpu_memory >= one.gpu_memory * 1e9
        if one.licence in OPEN and fits:
            yield replace(one, encoder=newest(one.encoder))


def _load(models: Profile) -> Encoder:
    encoder = load_fastest(models.encoder, device=models.device, threads=models.threads)
    prepare(models.encoder, encoder)
    return encoder


def _chosen(models: Profile) -> Chosen:
    """Load one, and name the commit that its branch means now, so that it stays the same."""
    encoder = _load(models)
    pinned = encoder.name if parted(models.encoder).where.endswith("@main") else models.encoder
    return Chosen(replace(models, encoder=pinned), encoder)


def _no_way(models: Profile, *, offline: bool) -> str:
    """Return why these models cannot be had from the hub; empty: they can."""
    if offline:
        return "--offline forbids to ask the model hub"
    from retrievers.loading.hub.route import ask

    try:
        ask(*repository_of(models.encoder))
    except EncoderError as error:
        return str(error)
    return ""


def _fallen_back(asked: Profile, why: str, say: Say) -> Chosen:
    small = profile(OFFLINE)
    if not installed():
        raise EncoderError(
            f"no encoder can be had: {why}; and the offline one is not installed: dialens models"
            " fetch offline, or name one that lies here with --encoder"
        )
    say(
        f"{why}: taking the small offline encoder. Once there is a way, move up with: "
        "dialens migrate COLLECTION --profile auto"
    )
    kept = replace(asked, encoder=small.encoder)
    return Chosen(kept, _load(kept))
