"""Worlds behind a port that nobody changes, and Meta's SDK to read their reports with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread

SMALL, EVERYTHING, VOLATILE = (f"act_100000000000000{seed}" for seed in (1, 2, 3))
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def api() -> Iterator[FacebookAdsApi]:
    """The SDK in front of a plain world, one with every mechanism, and one in a currency without minor units."""
    accounts = (AccountConfig("small", 1), AccountConfig("everything", 2), AccountConfig("volatile", 3))
    with run_in_thread(EmulatorConfig(accounts)) as running:
        facts = running.facts
        session = FacebookSession(facts["app_id"], facts["app_secret"], facts["access_token"], timeout=20)
        session.GRAPH = facts["url"]
        session.requests.trust_env = False
        yield FacebookAdsApi(session)
        session.requests.close()


@pytest.fixture
def report(api: FacebookAdsApi) -> Callable[..., Rows]:
    """Rows of `AdAccount.get_insights`, all pages, as plain values."""

    def read(account: str, fields: str = "spend,impressions", **params: Any) -> Rows:
        asked = {"date_preset": "last_7d", "limit": 500, **params}
        return [row.export_all_data() for row in AdAccount(account, api=api).get_insights(fields.split(","), asked)]

    return read
