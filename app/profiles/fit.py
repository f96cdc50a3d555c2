"""Which profiles fit this machine, and how fast their encoders are on it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from time import perf_counter

import numpy as np
from PIL import Image

from agent.profile import Profile, profiles
from app.profiles.auto import AUTO, candidates
from app.profiles.available_profiles import is_here
from app.profiles.machine import Machine
from app.profiles.weights import installed_weights, prepare
from retrievers.encoder import Encoder, EncoderError
from retrievers.encoders.load import load_encoder
from retrievers.loading.downloads import from_this_disk

SECONDS = 5.0  # that an encoder is measured for
SIZE = (640, 480)  # pixels of the pictures that it is measured with
TOLERANCE = 0.95  # of the memory that is asked for: "8 GB" is often 7.7

NEEDS = {"open_clip": "open_clip", "transformers": "transformers"}
"""The package that a family of encoders needs beyond the base installation."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a profile suits a machine.

    Attributes:
        profile: with `auto`, the encoder that it would take.
        here: whether its encoder's weights lie here.
        lacks: what its encoder needs and this machine has not, each as a person says it.
    """

    profile: Profile
    here: bool
    lacks: tuple[str, ...]

    @property
    def fits(self) -> bool:
        return not self.lacks


def fits(machine: Machine) -> Iterator[Fit]:
    """Yield all profiles, ours first.

    Raises:
        ProfileError: the user's file of profiles is malformed.
    """
    cached = {str(one["name"]) for one in installed_weights()}
    for one in profiles().values():
        chosen = _settled(one, machine)
        yield Fit(chosen, is_here(chosen.encoder, cached), tuple(_lacks(chosen, machine)))


def _settled(one: Profile, machine: Machine) -> Profile:
    """Return `auto` with what it would take; any other as it is."""
    best = next(candidates(machine), None) if one.encoder == AUTO else None
    return replace(best, name=one.name, about=one.about) if best else one


def _lacks(one: Profile, machine: Machine) -> Iterator[str]:
    if machine.memory and machine.memory < one.memory * 1e9 * TOLERANCE:
        yield f"{one.memory:g} GB of memory"
    if machine.gpu_memory < one.gpu_memory * 1e9 * TOLERANCE:
        yield f"a GPU with {one.gpu_memory:g} GB"
    needed = NEEDS.get(one.encoder.partition(":")[0])
    if needed and not find_spec(needed):
        yield "dialens[models]"


def measured(one: Profile, seconds: float = SECONDS) -> float:
    """Return how many pictures a second an encoder reads here, its loading left out.

    Raises:
        EncoderError: its weights are not here, or cannot be loaded.
    """
    with from_this_disk():
        encoder = load_encoder(one.encoder, device=one.device, threads=one.threads)
    prepare(one.encoder, encoder)
    return _rate(encoder, seconds)


def _rate(encoder: Encoder, seconds: float) -> float:
    dice = np.random.default_rng(0)
    width, height = SIZE
    noise = [dice.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(8)]
    batch = [Image.fromarray(one) for one in noise]
    encoder.encode_images(batch[:1])
    done, began = 0, perf_counter()
    while not done or perf_counter() - began < seconds:
        encoder.encode_images(batch)
        done += len(batch)
    return done / (perf_counter() - began)


def rate_or_none(fit: Fit) -> float | None:
    """Return `measured` of what is here and fits; none of what is not, or does not open."""
    if not (fit.here and fit.fits):
        return None
    try:
        return measured(fit.profile)
    except EncoderError:
        return None
