"""What `dialens prompts` shows: the prompts in use, a user's own in place of the package's."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment, nodes

from prompts.load import SUFFIX, Prompt, PromptError, load, names
from retrievers.files.home import dialens_home


def own_prompts() -> Path:
    """Return the folder whose prompts go before the package's of the same name."""
    return dialens_home() / "prompts"


def prompt(name: str) -> Prompt:
    """Read a prompt as the stages would.

    Raises:
        PromptError: there is no such prompt, or it is malformed.
    """
    return load(name, own=own_prompts())


def every_name() -> list[str]:
    """Return the names of the package's prompts and the user's own, sorted."""
    own = own_prompts()
    written = {f"{path.parent.name}/{path.stem}" for path in own.glob(f"*/*{SUFFIX}")}
    return sorted({*names(), *written})


def is_own(name: str) -> bool:
    return os.path.lexists(own_prompts() / f"{name}{SUFFIX}")


def listed() -> list[dict[str, object]]:
    """Return every prompt's facts; of one that cannot be read its name and the reason."""
    found: list[dict[str, object]] = []
    for name in every_name():
        try:
            found.append(facts(prompt(name)))
        except PromptError as error:
            found.append({"name": name, "own": is_own(name), "error": str(error)})
    return found


def facts(shown: Prompt) -> dict[str, object]:
    """Return the header, the hash and whether the prompt is the user's own."""
    known = {**asdict(shown), "own": is_own(shown.name)}
    return {name: value for name, value in known.items() if name != "body"}


def rendered(shown: Prompt, given: Sequence[str], pictures: Sequence[Path]) -> str:
    """Fill a prompt with `name=value` inputs; a picture shows as its number.

    An input that the prompt runs through takes every value given under its name; without pictures
    every place stays a placeholder.

    Raises:
        PromptError: the inputs are not those of the prompt, or the pictures not as many.
    """
    pieces = shown.render(**_inputs(shown, given))
    places = {piece for piece in pieces if isinstance(piece, int)}
    if pictures and places != set(range(len(pictures))):
        raise PromptError(
            f"prompt {shown.name!r} with these inputs shows {len(places)} pictures, "
            f"not {len(pictures)}; give as many --image"
        )
    return "".join(f"[picture {p + 1}]" if isinstance(p, int) else p for p in pieces)


def _inputs(shown: Prompt, given: Sequence[str]) -> dict[str, object]:
    values: dict[str, list[str]] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise PromptError(f"--input takes NAME=VALUE, not {one!r}")
        values.setdefault(name, []).append(value)
    lists = _lists(shown)
    if doubled := [name for name, all_ in values.items() if len(all_) > 1 and name not in lists]:
        raise PromptError(f"prompt {shown.name!r} takes one --input of each of {doubled}, not more")
    return {name: all_ if name in lists else all_[0] for name, all_ in values.items()}


def _lists(shown: Prompt) -> set[str]:
    loops = Environment(autoescape=True).parse(shown.body).find_all(nodes.For)
    return {loop.iter.name for loop in loops if isinstance(loop.iter, nodes.Name)}
