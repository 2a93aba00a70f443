"""People like those of a seed (Meta: "Lookalike Audiences"): the specification checked, the size, when it is ready."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.graph_api.account import Account
from simulator.graph_api.audiences.members import lag
from simulator.graph_api.audiences.rows import country_digest
from simulator.graph_api.audiences.sessions import members_of
from simulator.graph_api.audiences.sizes import population
from simulator.graph_api.errors import GraphError, bad_param, known
from simulator.graph_api.record_calls import missing
from simulator.graph_api.records import Record

if TYPE_CHECKING:
    from simulator.graph_api.state import Platform

SUBFIELDS = frozenset(
    {
        "type",
        "ratio",
        "starting_ratio",
        "country",
        "location_spec",
        "allow_international_seeds",
        "origin_ids",
        "conversion_type",
        "page_id",
        "is_financial_service",
    }
)
RATIOS = {"similarity": 0.01, "reach": 0.05}
SMALLEST_SEED = 100
SMALLEST_PERCENT, LARGEST_PERCENT = 1, 20
REFRESHED = timedelta(days=3)
INACTIVE = timedelta(days=90)
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A checked specification; `seed` is None for people who converted and for fans of a page."""

    type: str
    ratio: float
    starting_ratio: float
    countries: tuple[str, ...]
    origin: tuple[dict[str, str], ...]
    seed: Record | None = None

    def shown(self) -> dict[str, Any]:
        """As Graph shows it."""
        found: dict[str, Any] = {"type": self.type, "ratio": self.ratio, "origin": list(self.origin)}
        if self.starting_ratio:
            found["starting_ratio"] = self.starting_ratio
        if len(self.countries) == 1:
            found["country"] = self.countries[0]
        return {**found, "target_countries": list(self.countries)}

    def people(self) -> int:
        """How many there are: a share of everybody in its countries."""
        return round((self.ratio - self.starting_ratio) * population(self.countries))


def read_lookalike(state: Platform, account: Account, spec: Any, origin_id: Any, seed_people: Any) -> Lookalike:
    """The specification, if it can be carried out.

    Args:
        state: everything there is.
        account: whose audience it will be.
        spec: lookalike_spec as it was sent, parsed.
        origin_id: origin_audience_id, or None.
        seed_people: (record, country or None) -> how many people a seed audience has.

    Raises:
        GraphError: a value that cannot be, a seed that is too small or restricted (100/1713232).
    """
    if spec is None:
        raise missing("lookalike_spec")
    if not isinstance(spec, Mapping):
        raise _wrong("must be an object")
    if unknown := sorted(set(spec) - SUBFIELDS):
        raise _wrong(f"has invalid subfields {', '.join(unknown)}; valid: {', '.join(sorted(SUBFIELDS))}")
    kind, ratio, start = _ratios(spec)
    countries = _countries(spec)
    if spec.get("conversion_type") is not None:
        origin = _other_origin(state, account, spec, str(spec["conversion_type"]))
        return Lookalike(kind, ratio, start, countries, origin)
    seed = _seed(state, account, origin_id)
    abroad = spec.get("allow_international_seeds") in (True, 1, "true")
    for country in countries:
        found = seed_people(seed, None if abroad else country)
        if found < SMALLEST_SEED:
            raise known(
                100,
                message="Invalid parameter",
                user_message=f"The seed audience must have at least {SMALLEST_SEED} people in {country}. Choose "
                "a larger one, wait until it is filled, or set allow_international_seeds.",
                blame=[["origin_audience_id"]],
            )
    origin = ({"id": seed.id, "name": seed.values["name"], "type": "custom_audience"},)
    return Lookalike(kind, ratio, start, countries, origin, seed)


def seed_matches(seed: Record, country: str | None, now: datetime) -> int:
    """People of an uploaded seed, in a country or anywhere."""
    return members_of(seed).matched(now, country_digest(country) if country else None)


def ready_at(record: Record) -> datetime:
    """When a new lookalike has found its people: 1 to 6 hours after it was made."""
    return record.created_at + lag(f"lookalike {record.id}", 1, 6)


def refreshed_at(record: Record, now: datetime, *, used: bool) -> datetime | None:
    """When its people were last looked for: every 3 days while an ad set uses it; None before it is ready."""
    ready = ready_at(record)
    if now < ready:
        return None
    return ready + (now - ready) // REFRESHED * REFRESHED if used else ready


def _ratios(spec: Mapping[str, Any]) -> tuple[str, float, float]:
    kind = str(spec.get("type") or ("custom_ratio" if "ratio" in spec else ""))
    if not kind:
        raise _wrong("must have a type (similarity or reach) or a ratio")
    if kind not in (*RATIOS, "custom_ratio"):
        raise _wrong(f"must have type similarity, reach or custom_ratio, got {kind}")
    if kind == "custom_ratio" and "ratio" not in spec:
        raise _wrong("must have a ratio with type custom_ratio")
    ratio = _ratio(spec, "ratio") if "ratio" in spec else RATIOS[kind]
    start = _ratio(spec, "starting_ratio") if spec.get("starting_ratio") else 0.0
    if start >= ratio:
        raise _wrong(f"must have a starting_ratio below its ratio {ratio}")
    return kind, ratio, start


def _ratio(spec: Mapping[str, Any], name: str) -> float:
    try:
        ratio = float(spec[name])
    except (TypeError, ValueError):
        ratio = math.nan
    percent = ratio * 100
    whole = math.isfinite(percent) and abs(percent - round(percent)) < 1e-6  # noqa: PLR2004 - what floats leave over
    if not whole or not SMALLEST_PERCENT <= round(percent) <= LARGEST_PERCENT:
        raise _wrong(f"must have a {name} from 0.01 to 0.20 in steps of 0.01, got {spec[name]!r}")
    return round(ratio, 2)


def _countries(spec: Mapping[str, Any]) -> tuple[str, ...]:
    found: Any = [spec["country"]] if spec.get("country") else []
    location = spec.get("location_spec")
    if location is not None:
        places = location.get("geo_locations") if isinstance(location, Mapping) else None
        found = places.get("countries") if isinstance(places, Mapping) else None
        if not isinstance(found, list):
            raise _wrong("must have location_spec.geo_locations.countries; country groups are not offered here")
    if not found:
        raise _wrong("must have a country")
    for country in found:
        if not isinstance(country, str) or not _COUNTRY.fullmatch(country):
            raise _wrong(f"must have countries of two capital letters, got {country!r}")
    return tuple(dict.fromkeys(found))


def _seed(state: Platform, account: Account, origin_id: Any) -> Record:
    if origin_id is None:
        raise missing("origin_audience_id")
    seed = state.record(str(origin_id))
    if seed is None or seed.kind != "audience" or seed.account is not account:
        raise bad_param("origin_audience_id", f"is no custom audience of this account: {origin_id}")
    if seed.values["subtype"] == "LOOKALIKE":
        raise bad_param("origin_audience_id", "is a lookalike itself; give the audience that it was made from")
    if seed.hidden.get("flagged"):
        raise known(100, 1713232)
    return seed


def _other_origin(
    state: Platform, account: Account, spec: Mapping[str, Any], conversion: str
) -> tuple[dict[str, str], ...]:
    """People who converted on campaigns or ad sets, or fans of a page."""
    if conversion == "page_like":
        page = str(spec.get("page_id") or "")
        if page != state.credentials.page_id:
            raise _wrong(f"must have the page_id of a page that is yours, got {page!r}")
        return ({"id": page, "name": "Caudal emulator page", "type": "page"},)
    if conversion != "campaign_conversions":
        raise _wrong(f"must have conversion_type campaign_conversions or page_like, got {conversion}")
    ids = spec.get("origin_ids")
    listed = [str(one) for one in (ids if isinstance(ids, list) else [ids] if ids else [])]
    nodes = [node for one in listed if (node := account.find(one))]
    if not listed or len(nodes) < len(listed):
        raise _wrong("must have origin_ids, campaigns or ad sets of this account")
    return tuple({"id": node.id, "name": node.name, "type": "campaign_conversions"} for node in nodes)


def _wrong(reason: str) -> GraphError:
    return bad_param("lookalike_spec", reason)
