"""Whom an ad set may speak to (Meta: "Targeting", "Ad set", "Transparency in the EU")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.graph_api.audiences.usage import LISTS, named
from simulator.graph_api.errors import GraphError, bad_param, known
from simulator.graph_api.rules.reading import words

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.records import Record
    from simulator.graph_api.state import Platform

_PLACES = words(
    """
    countries regions cities zips country_groups custom_locations geo_markets electoral_districts places
    large_geo_areas medium_geo_areas small_geo_areas metro_areas neighborhoods subcities subneighborhoods
    location_cluster_ids political_districts
    """
)
_GROUPS = words("worldwide eea europe european_union eu_android_free_app_store")
_EU = words("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK")
_PLATFORMS = {
    "publisher_platforms": words("facebook instagram messenger audience_network threads whatsapp"),
    "device_platforms": words("mobile desktop"),
}
_YOUNGEST, _OLDEST = 13, 65
_AGE = (18, _OLDEST)
_COUNTRY = re.compile(r"[A-Z]{2}")


def checked_targeting(state: Platform | None, account: Account, value: Any) -> dict[str, Any]:
    """Targeting as it is kept: with the ages that hold where none are given.

    Args:
        state: where audiences are; without it they are taken on trust.
        account: whose ad set it is for.
        value: the parameter.

    Raises:
        GraphError: no place, ages or genders that cannot be, an unknown platform, or an audience that is not there.
    """
    if not isinstance(value, dict):
        raise bad_param("targeting", "must be an object")
    _check_places(value.get("geo_locations"), audiences=bool(value.get("custom_audiences")))
    low, high = (value.get(name, usual) for name, usual in zip(("age_min", "age_max"), _AGE, strict=True))
    if not all(isinstance(age, int) and _YOUNGEST <= age <= _OLDEST for age in (low, high)) or low > high:
        raise _wrong("age_min", f"and age_max must be ages from {_YOUNGEST} to {_OLDEST}, the lower one first")
    if any(one not in (0, 1, 2) for one in _listed(value, "genders")):
        raise _wrong("genders", "must be among 1 (men) and 2 (women); 0 is everyone")
    for name, options in _PLATFORMS.items():
        if wrong := set(map(str, _listed(value, name))) - options:
            raise _wrong(name, f"has no {', '.join(sorted(wrong))}; known: {', '.join(sorted(options))}")
    _check_audiences(state, account, value)
    return {**value, "age_min": low, "age_max": high}


def _wrong(name: str, reason: str) -> GraphError:
    return known(100, message=f"(#100) Param targeting[{name}] {reason}", blame=[["targeting", name]])


def _listed(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name) or []
    if not isinstance(found, list):
        raise _wrong(name, "must be an array")
    return found


def _check_places(places: Any, *, audiences: bool) -> None:
    if places is None and audiences:
        return
    if not isinstance(places, dict) or not any(places.get(kind) for kind in _PLACES):
        raise _wrong("geo_locations", "must name at least one place, such as {'countries': ['US']}")
    for country in _listed(places, "countries"):
        if not _COUNTRY.fullmatch(str(country)):
            raise _wrong("geo_locations", f"has {country!r}, which is no two-letter country code")


def _check_audiences(state: Platform | None, account: Account, value: Mapping[str, Any]) -> None:
    if not all(isinstance(part, dict) for part in _listed(value, "flexible_spec")):
        raise _wrong("flexible_spec", "must be an array of objects")
    if not isinstance(value.get("exclusions", {}), dict):
        raise _wrong("exclusions", "must be an object")
    for name in LISTS:
        if not all(isinstance(row, dict) and row.get("id") for row in _listed(value, name)):
            raise _wrong(name, "must be an array of objects with an id")
    for name, audience_id in named(value):
        if state is not None and not usable_by(account, state.record(audience_id)):
            raise _wrong(name, f"names audience {audience_id}, which does not exist or cannot be used by this account")


def usable_by(account: Account, audience: Record | None) -> bool:
    """Whether a record is an audience of the account, or one that is shared with it."""
    if audience is None or audience.kind != "audience":
        return False
    return audience.account is account or account.id in audience.hidden.get("shared", ())


def flagged_in(state: Platform, targeting: Mapping[str, Any]) -> frozenset[str]:
    """Ids of the audiences in a targeting that the platform has flagged."""
    found = {audience_id: state.record(audience_id) for _, audience_id in named(targeting)}
    return frozenset(one for one, audience in found.items() if audience and audience.hidden.get("flagged"))


def in_europe(targeting: Mapping[str, Any]) -> bool:
    """Whether it reaches the European Union, where ads must say who pays for them."""
    places = targeting.get("geo_locations") or {}
    groups = {str(group).lower() for group in places.get("country_groups") or []}
    inner = [
        str(row.get("country", "")) if isinstance(row, dict) else ""
        for kind in _PLACES - {"countries", "country_groups"}
        for row in places.get(kind) or []
    ]
    return bool(groups & _GROUPS or _EU & {*map(str, places.get("countries") or []), *inner})
