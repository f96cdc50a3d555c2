"""What `make` installs is written down, every package of it, and agrees with pyproject.toml."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

HOUSE = Path(__file__).parents[1]
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
LOCKS = ("requirements.lock", "oldest.lock")


def _pins(name: str) -> list[Requirement]:
    lines = (HOUSE / name).read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


def _version(pins: list[Requirement], name: str) -> Version | None:
    for pin in pins:
        same = canonicalize_name(pin.name) == canonicalize_name(name)
        if same and (pin.marker is None or pin.marker.evaluate()):
            return Version(str(pin.specifier).removeprefix("=="))
    return None


def _asked() -> list[Requirement]:
    """Return what this tree itself asks for, to be built, used and tested."""
    dev = [Requirement(line) for line in EXTRAS["dev"]]
    (ours,) = [one for one in dev if one.name == "dialens"]
    lines = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
    lines += [line for extra in sorted(ours.extras) for line in EXTRAS[extra]]
    every = [*dev, *map(Requirement, lines)]
    return [one for one in every if one.name != "dialens"]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_exact_versions_and_not_where_they_come_from(lock: str) -> None:
    text = (HOUSE / lock).read_text("utf-8")
    assert not re.search(r"://|^-|@", text, re.MULTILINE)
    assert all(re.fullmatch(r"==[\w.+!]+", str(pin.specifier)) for pin in _pins(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_what_pyproject_allows(lock: str) -> None:
    """Where it has not, `make lock` chooses anew."""
    pins = _pins(lock)
    for asked in _asked():
        found = _version(pins, asked.name)
        assert found and asked.specifier.contains(found), f"{asked}, but {lock} has {found}"


def test_a_lock_has_all_that_our_packages_ask_for_in_turn() -> None:
    """Seen from what is installed here; `make lock` where a package is missing."""
    pins, seen = _pins("requirements.lock"), set[tuple[str, str]]()
    if Version(version("transformers")) != _version(pins, "transformers"):
        pytest.skip("what is installed here is not what requirements.lock names")
    ahead = [(one.name, extra) for one in _asked() for extra in ("", *one.extras)]
    while ahead:
        name, extra = ahead.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        assert _version(pins, name), f"requirements.lock lacks {name}"
        for one in _in_turn(name):
            if one.marker is None or one.marker.evaluate({"extra": extra}):
                ahead += [(one.name, more) for more in ("", *one.extras)]


def _in_turn(name: str) -> list[Requirement]:
    try:
        return [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:  # not every extra need be here
        return []


def test_the_packages_with_photographs_are_locked_too() -> None:
    pins = _pins("requirements.lock")
    lines = (HOUSE / "app" / "demo" / "demo_photos.txt").read_text("utf-8").splitlines()
    assert all(line.startswith("#") or _version(pins, line) for line in lines)
