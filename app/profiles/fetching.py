"""Getting what a profile names ahead of its first use."""

from collections.abc import Iterator

from agent.profile import profiles
from app.profiles.auto import AUTO, candidates
from app.profiles.machine import this_machine
from app.profiles.weights import fetch as fetch_encoder
from app.terminal.download_progress import downloads_shown
from retrievers.loading.hub.told import under_licence


def fetch(name: str) -> Iterator[str]:
    """Get the weights of a profile or encoder, and yield a line for each that is ready.

    Raises:
        EncoderError: they cannot be had or loaded here.
        ProfileError: the user's file of profiles is malformed.
    """
    known = profiles()
    spec, licence = name, ""
    if name in known:
        spec, licence = known[name].encoder, known[name].licence
    if spec == AUTO:
        best = next(candidates(this_machine()))
        spec, licence = best.encoder, best.licence
    with downloads_shown(), under_licence(licence):
        yield f"{fetch_encoder(spec)} is ready"
    _ask_the_hub_again()


def _ask_the_hub_again() -> None:
    from retrievers.loading.hub.route import forget

    forget()
