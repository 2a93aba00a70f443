"""Audiences by rule: people who visited or engaged (Meta: "Website Custom Audiences", "Audience Rules").

A rule is {"inclusions": {"operator": "or", "rules": [{"event_sources": [{"type": "pixel", "id": …}],
"retention_seconds": …, "filter": {…}}]}, "exclusions": …}.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulator.graph_api.account import Account
from simulator.graph_api.errors import GraphError, bad_param, known
from simulator.graph_api.events.datasets import shops
from simulator.graph_api.events.store import events_of

if TYPE_CHECKING:
    from simulator.graph_api.state import Platform

SUBTYPES = {"pixel": "WEBSITE", "app": "APP", "offline_events": "OFFLINE_CONVERSION", "video": "VIDEO"}
"""Subtype by the type of the first event source; any other source is engagement."""
DAY_SECONDS = 86_400
LONGEST_DAYS = {"WEBSITE": 180, "APP": 180, "OFFLINE_CONVERSION": 180}
LONGEST_ENGAGEMENT_DAYS = 365
PEOPLE_PER_CLICK = 0.7
ENGAGED_PER_CLICK = 2.0
"""Visitors and people who engaged, for each click in the time that the rule looks back (assumption)."""


def read_rule(value: Any) -> dict[str, Any]:
    """A rule, given as an object or as JSON text.

    Raises:
        GraphError: 100/1713098.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise _wrong("is no JSON.") from None
    if not isinstance(value, dict):
        raise _wrong("must be an object with inclusions.")
    if not isinstance(value.get("inclusions"), dict) or not list(_parts(value)):
        raise _wrong('must have inclusions: {"operator": "or", "rules": [...]}.')
    for side in ("inclusions", "exclusions"):
        if side in value and (not isinstance(value[side], dict) or value[side].get("operator") not in ("or", "and")):
            raise _wrong(f'must have "operator": "or" or "and" in {side}.')
    for part in _parts(value):
        _check_part(part)
    return value


def subtype_of(rule: Mapping[str, Any]) -> str:
    """The subtype that a rule makes: WEBSITE, APP, ENGAGEMENT, ..."""
    return SUBTYPES.get(str(_sources(rule)[0]["type"]), "ENGAGEMENT")


def check_sources(state: Platform, rule: Mapping[str, Any]) -> str | None:
    """The first dataset of a rule, None where it has none.

    Raises:
        GraphError: a dataset that is not there.
    """
    datasets = [str(source["id"]) for source in _sources(rule) if source["type"] == "pixel"]
    for dataset in datasets:
        record = state.record(dataset)
        if record is None or record.kind != "pixel":
            raise bad_param("rule", f"names the pixel {dataset}, which does not exist or is not yours")
    return datasets[0] if datasets else None


def retention_days(rule: Mapping[str, Any]) -> int:
    """How far the rule looks back."""
    return max(int(part["retention_seconds"]) // DAY_SECONDS for part in _parts(rule))


def people(state: Platform, account: Account, rule: Mapping[str, Any]) -> int:
    """How many people a rule finds: by the clicks (or orders) of the simulated world, or by a dataset's own events."""
    days = min(retention_days(rule), (account.today - account.world.first_day).days)
    figures = account.figures(account.today - timedelta(days=days), account.today)
    if subtype_of(rule) != "WEBSITE":
        return int(ENGAGED_PER_CLICK * int(figures["clicks"].sum()))
    dataset = state.record(str(check_sources(state, rule)))
    if dataset and account not in shops(dataset, state.now):
        since = state.now - timedelta(days=retention_days(rule))
        return len({str(event.body["user_data"]) for event in events_of(dataset) if event.at >= since})
    if '"Purchase"' in json.dumps(rule):
        return int(figures["conversions"].sum())
    return int(PEOPLE_PER_CLICK * int(figures["clicks"].sum()))


def _parts(rule: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for side in ("inclusions", "exclusions"):
        group = rule.get(side)
        found = group.get("rules") if isinstance(group, dict) else None
        for part in found if isinstance(found, list) else ():
            yield part if isinstance(part, dict) else {}


def _sources(rule: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [source for part in _parts(rule) for source in part["event_sources"]]


def _check_part(part: Mapping[str, Any]) -> None:
    sources = part.get("event_sources")
    if not isinstance(sources, list) or not sources:
        raise _wrong("must have event_sources in every rule.")
    for source in sources:
        if not isinstance(source, dict) or not source.get("type") or not source.get("id"):
            raise _wrong('must have event sources {"type": "pixel", "id": ...}.')
    seconds = part.get("retention_seconds")
    if isinstance(seconds, bool) or not str(seconds).isdecimal() or int(str(seconds)) <= 0:
        raise _wrong("must have retention_seconds above 0 in every rule.")
    subtype = SUBTYPES.get(str(sources[0]["type"]), "ENGAGEMENT")
    longest = LONGEST_DAYS.get(subtype, LONGEST_ENGAGEMENT_DAYS)
    if int(str(seconds)) > longest * DAY_SECONDS:
        raise _wrong(f"may look back {longest} days, {longest * DAY_SECONDS} seconds, at most.")


def _wrong(reason: str) -> GraphError:
    return known(100, 1713098, reason=reason)
