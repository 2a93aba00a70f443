"""Whom ads can be shown to: searching, browsing and checking (Meta: "Targeting Search", "Targeting Browse").

Everything comes from the table in `places`: what is not in it is not found, and not valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from simulator.graph_api.audience_sizes import rounded
from simulator.graph_api.call import Call, Routes
from simulator.graph_api.params import names, parsed
from simulator.graph_api.places import COUNTRIES, LOCALES, PLACES, TOPICS, Topic
from simulator.graph_api.record_calls import missing, one_of, rows_of, rows_page

WORLD = 2_900_000_000
"""People on Meta's apps."""


def _topic(one: Topic) -> dict[str, Any]:
    people = WORLD * one.share
    return {
        "id": one.id,
        "name": one.name,
        "type": one.kind,
        "path": list(one.path),
        "audience_size_lower_bound": rounded(0.9 * people),
        "audience_size_upper_bound": rounded(1.06 * people),
    }


def _matching(call: Call, topics: Iterable[Topic]) -> list[Topic]:
    wanted, kinds = str(call.params.get("q", "")).lower(), names(call.params, "whitelisted_types")
    limited = call.params.get("limit_type")
    return [
        one
        for one in topics
        if wanted in one.name.lower() and (not kinds or one.kind in kinds) and (not limited or one.kind == limited)
    ]


def _search(call: Call) -> Any:
    if not call.params.get("q"):
        raise missing("q")
    return rows_page(call, map(_topic, _matching(call, TOPICS)))


def _browse(call: Call) -> Any:
    return rows_page(call, map(_topic, _matching(call, TOPICS)))


def _targeting_list(call: Call) -> list[dict[str, Any]]:
    return rows_of({"targeting_list": parsed(call.params, "targeting_list")}, "targeting_list")


def _suggestions(call: Call) -> Any:
    """Topics beside those named: of the same branch first."""
    named = {str(row.get("id")) for row in _targeting_list(call)}
    branches = {one.path[1] for one in TOPICS if one.id in named}
    rest = [one for one in TOPICS if one.id not in named]
    return rows_page(call, map(_topic, sorted(rest, key=lambda one: one.path[1] not in branches)))


def _validation(call: Call) -> Any:
    known = {one.id: one for one in TOPICS}
    asked = [str(row.get("id")) for row in _targeting_list(call)]
    asked += names(call.params, "id_list")
    by_name = {one.name.lower(): one.id for one in TOPICS}
    asked += [by_name.get(one.lower(), one) for one in names(call.params, "name_list")]
    return rows_page(
        call, [{**_topic(known[i]), "valid": True} if i in known else {"id": i, "valid": False} for i in asked]
    )


def _places(call: Call) -> list[dict[str, Any]]:
    kinds = names(call.params, "location_types") or ("country", "region", "city")
    codes = {code.upper() for code in names(call.params, "country_code")}
    rows: list[dict[str, Any]] = []
    if "country" in kinds:
        supports = {"supports_region": True, "supports_city": True}
        rows += [{**row, **supports} for row in _countries(call)]
    for place in PLACES:
        more = {"region": place.region, "region_id": place.region_id} if place.kind == "city" else {}
        if place.kind in kinds:
            country = {"country_code": place.country, "country_name": COUNTRIES[place.country][0]}
            rows.append({"key": place.key, "name": place.name, "type": place.kind, **country, **more})
    return [row for row in rows if not codes or row["country_code"] in codes]


def _countries(_: Call) -> list[dict[str, Any]]:
    return [
        {"key": code, "name": name, "type": "country", "country_code": code} for code, (name, _) in COUNTRIES.items()
    ]


def _locales(_: Call) -> list[dict[str, Any]]:
    return [{"key": key, "name": name} for key, name in LOCALES.items()]


def _topics_of(kind: str) -> Callable[[Call], list[dict[str, Any]]]:
    return lambda _: [_topic(one) for one in TOPICS if one.kind == kind]


SEARCHES: dict[str, Callable[[Call], list[dict[str, Any]]]] = {
    "adgeolocation": _places,
    "adcountry": _countries,
    "adlocale": _locales,
    "adinterest": _topics_of("interests"),
    "adtargetingcategory": lambda call: [
        _topic(one) for one in TOPICS if one.kind == call.params.get("class", one.kind)
    ],
}


def _open_search(call: Call) -> Any:
    """GET /search?type=adinterest&q=... (Meta: "Targeting Search")."""
    kind = str(call.params.get("type") or "").lower()
    wanted = str(call.params.get("q", "")).lower()
    if kind == "adinterestvalid":
        chosen = {str(name).lower() for name in names(call.params, "interest_list")}
        chosen |= set(names(call.params, "interest_fbid_list"))
        found = [one for one in TOPICS if one.name.lower() in chosen or one.id in chosen]
        valid = [{**_topic(one), "valid": True} for one in found]
        lost = chosen - {one.name.lower() for one in found} - {one.id for one in found}
        return rows_page(call, [*valid, *({"name": name, "valid": False} for name in sorted(lost))])
    if kind == "adinterestsuggestion":
        near = {str(name).lower() for name in names(call.params, "interest_list")}
        branches = {one.path[1] for one in TOPICS if one.name.lower() in near}
        return rows_page(call, [_topic(o) for o in TOPICS if o.path[1] in branches and o.name.lower() not in near])
    rows = SEARCHES[one_of(kind, "type", SEARCHES)](call)
    return rows_page(
        call, [row for row in rows if wanted in row["name"].lower() or wanted == str(row.get("key")).lower()]
    )


ROUTES: Routes = {
    ("GET", "search"): _open_search,
    ("GET", "account/targetingsearch"): _search,
    ("GET", "account/targetingbrowse"): _browse,
    ("GET", "account/targetingsuggestions"): _suggestions,
    ("GET", "account/targetingvalidation"): _validation,
}
