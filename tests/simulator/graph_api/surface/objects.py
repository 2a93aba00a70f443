"""Campaigns, ad sets and ads as a client makes them through Meta's SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.campaign import Campaign
from facebook_business.exceptions import FacebookRequestError

from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread

from .conftest import Client

CAMPAIGN = {
    "name": "Spring",
    "objective": "OUTCOME_SALES",
    "special_ad_categories": [],
    "is_adset_budget_sharing_enabled": False,
    "status": "ACTIVE",
}
AD_SET = {
    "name": "Runners",
    "daily_budget": 20_000,
    "billing_event": "IMPRESSIONS",
    "optimization_goal": "OFFSITE_CONVERSIONS",
    "targeting": {"geo_locations": {"countries": ["US"]}},
    "status": "ACTIVE",
}


@contextmanager
def opened(scenario: str, seed: int = 1, **more: Any) -> Iterator[Client]:
    """A client of an emulator of its own."""
    with run_in_thread(EmulatorConfig((AccountConfig(scenario, seed),), **more)) as running:
        found = Client(running)
        yield found
        found.api._session.requests.close()


def code(action: Callable[[], Any]) -> tuple[int, int | None]:
    """Code and subcode of the error that a call must end in."""
    with pytest.raises(FacebookRequestError) as caught:
        action()
    return caught.value.api_error_code(), caught.value.api_error_subcode()


def message(action: Callable[[], Any]) -> str:
    """What the error says that a call must end in."""
    with pytest.raises(FacebookRequestError) as caught:
        action()
    return str(caught.value.api_error_message())


def campaign(client: Client, **more: Any) -> Campaign:
    """A new campaign; None takes a parameter out."""
    return client.account.create_campaign(params=_chosen(CAMPAIGN, more))


def ad_set_params(client: Client, campaign_id: str, **more: Any) -> dict[str, Any]:
    """What an ad set for conversions needs."""
    promoted = {"pixel_id": client.facts["pixel_id"], "custom_event_type": "PURCHASE"}
    return _chosen({**AD_SET, "campaign_id": campaign_id, "promoted_object": promoted}, more)


def ad_set(client: Client, campaign_id: str, **more: Any) -> Any:
    """A new ad set."""
    made = client.account.create_ad_set(params=ad_set_params(client, campaign_id, **more))
    return client.of(AdSet, made["id"])


def creative(client: Client, link: str = "https://shop.example/") -> str:
    """The id of a new creative."""
    data = {"link": link, "message": "See what is new."}
    story = {"page_id": client.facts["page_id"], "link_data": data}
    return str(client.account.create_ad_creative(params={"name": link, "object_story_spec": story})["id"])


def ad(client: Client, ad_set_id: str, **more: Any) -> Any:
    """A new ad."""
    params = {"name": "Shoe", "adset_id": ad_set_id, "status": "ACTIVE", **more}
    params.setdefault("creative", {"creative_id": creative(client)})
    return client.of(Ad, client.account.create_ad(params=params)["id"])


def read(client: Client, object_id: str, *fields: str) -> dict[str, Any]:
    """Fields of an object by its id."""
    found: dict[str, Any] = client.raw("GET", object_id, fields=",".join(fields))
    return found


def spend(client: Client, level: str = "adset", preset: str = "maximum") -> dict[str, float]:
    """Spend by object and day, in major units, keyed as id/day."""
    params = {"level": level, "date_preset": preset, "time_increment": 1, "limit": 500}
    rows = client.account.get_insights(params=params, fields=[f"{level}_id", "spend"])
    return {f"{row[f'{level}_id']}/{row['date_start']}": float(row["spend"]) for row in rows}


def spent_by(client: Client, object_id: str) -> list[float]:
    """What an object spent, day by day, oldest first; days without spend are not there."""
    rows = client.raw(
        "GET", f"{object_id}/insights", fields="spend", date_preset="maximum", time_increment=1, limit=500
    )["data"]
    return [float(row["spend"]) for row in rows]


def _chosen(usual: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**usual, **more}.items() if value is not None}
