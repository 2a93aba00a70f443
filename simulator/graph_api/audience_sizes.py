"""How many people a targeting specification reaches: the countries' people, times the share of each restriction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import floor, log10
from typing import Any

from simulator.graph_api.errors import bad_param, known
from simulator.graph_api.places import COUNTRIES, PLACES, TOPICS

YOUNGEST, OLDEST = 13, 65
FEWEST = 1000
"""Meta shows no audience smaller than this."""
SPREAD = (0.9, 1.06)
"""Lower and upper bound over the middle (assumption)."""
GENDER_SHARES = {1: 0.49, 2: 0.51}
WEIGHTS = tuple(0.4 if age < 18 else 1.3 if age < 45 else 0.8 for age in range(YOUNGEST, OLDEST + 1))  # noqa: PLR2004
"""People of each age over those of the average one (assumption)."""
PEOPLE_OF_AUDIENCE = 50_000
"""People in a custom audience, whatever it is (assumption)."""


def bounds(targeting: Mapping[str, Any]) -> tuple[int, int]:
    """Monthly people as (lower, upper), rounded to two digits, at least 1,000.

    Raises:
        GraphError: no place, an unknown place or topic, an impossible age.
    """
    people = _places(targeting) * _ages(targeting) * _genders(targeting) * _topics(targeting)
    if audiences := _rows(targeting, "custom_audiences"):
        people = min(people, PEOPLE_OF_AUDIENCE * len(audiences))
    return rounded(people * SPREAD[0]), rounded(people * SPREAD[1])


def rounded(people: float) -> int:
    """To two digits, at least a thousand.

    >>> rounded(1_234_567), rounded(3)
    (1200000, 1000)
    """
    if people < FEWEST:
        return FEWEST
    unit = int(10 ** (floor(log10(people)) - 1))
    return int(people // unit * unit)


def _rows(holder: Mapping[str, Any], name: str) -> list[Any]:
    """A list inside a specification; empty where it is absent."""
    found = holder.get(name) or []
    if not isinstance(found, list):
        raise bad_param(f"targeting_spec[{name}]", "must be an array")
    return found


def _places(targeting: Mapping[str, Any]) -> float:
    places = targeting.get("geo_locations")
    if not isinstance(places, Mapping) or not any(places.get(key) for key in ("countries", "regions", "cities")):
        raise known(100, 1885364)
    found = 0.0
    countries = [str(code).upper() for code in _rows(places, "countries")]
    for code in countries:
        if code not in COUNTRIES:
            raise bad_param("targeting_spec[geo_locations]", f"names a country that is not known here: {code}")
        found += COUNTRIES[code][1]
    by_key = {(place.kind, place.key): place for place in PLACES}
    for kind, key in (("region", "regions"), ("city", "cities")):
        for row in _rows(places, key):
            place = by_key.get((kind, str(row.get("key")) if isinstance(row, Mapping) else str(row)))
            if place is None:
                raise bad_param("targeting_spec[geo_locations]", f"names a {kind} that is not known here: {row}")
            found += 0 if place.country in countries else 1000.0 * place.people_thousand
    return found


def _ages(targeting: Mapping[str, Any]) -> float:
    low, high = targeting.get("age_min", 18), targeting.get("age_max", OLDEST)
    if not (isinstance(low, int) and isinstance(high, int) and YOUNGEST <= low <= high <= OLDEST):
        raise bad_param("targeting_spec[age_min]", f"must be {YOUNGEST} to {OLDEST} and not above age_max")
    return sum(WEIGHTS[low - YOUNGEST : high - YOUNGEST + 1]) / sum(WEIGHTS)


def _genders(targeting: Mapping[str, Any]) -> float:
    genders = _rows(targeting, "genders") or [1, 2]
    if any(isinstance(one, bool) or one not in (0, 1, 2) for one in genders):
        raise bad_param("targeting_spec[genders]", "must be 1 (men) or 2 (women)")
    return 1.0 if 0 in genders else sum(GENDER_SHARES[one] for one in set(genders))


def _topics(targeting: Mapping[str, Any]) -> float:
    """Within a part of `flexible_spec` any topic will do; each part, and each exclusion, narrows."""
    parts = [part for part in [*_rows(targeting, "flexible_spec"), targeting] if isinstance(part, Mapping)]
    found = 1.0
    for part in parts:
        shares = list(_shares(part))
        if shares:
            found *= min(1.0, sum(shares))
    excluded = targeting.get("exclusions")
    if isinstance(excluded, Mapping):
        found *= max(0.0, 1.0 - sum(_shares(excluded)))
    return found


def _shares(part: Mapping[str, Any]) -> Iterable[float]:
    known = {topic.id: topic.share for topic in TOPICS}
    for kind in {topic.kind for topic in TOPICS}:
        for row in _rows(part, kind):
            topic = str(row.get("id")) if isinstance(row, Mapping) else str(row)
            # A topic that the table lacks is taken for a middling one: real ids keep working.
            yield known.get(topic, 0.1)
