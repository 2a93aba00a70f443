"""A Meta ad account behind the port: reads are patient, a write is sent once and proves nothing by itself."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
from facebook_business.adobjects.adaccount import AdAccount as SdkAdAccount
from facebook_business.adobjects.adset import AdSet as SdkAdSet
from facebook_business.api import FacebookAdsApi

from agents.vocabulary import AdSet
from service.errors import InvalidRequest
from service.platforms import AccountFacts, Report
from service.platforms.meta import wire
from service.platforms.meta.calls import Calls
from service.platforms.meta.connection import MetaConnection
from service.platforms.meta.errors import Malformed
from service.platforms.meta.money import MAX_MINOR
from service.platforms.meta.paging import all_rows
from service.platforms.meta.report import insights_rows, page_of
from service.platforms.meta.session import GraphTransport, open_api
from service.platforms.meta.usage import Usage

__all__ = ["MetaAdAccount", "MetaConnection", "open_account"]


class MetaAdAccount:
    """`service.platforms.AdAccount` over the Graph API, thread-safe; keeps usage and the account's constants."""

    def __init__(
        self, connection: MetaConnection, api: FacebookAdsApi, transport: GraphTransport, calls: Calls
    ) -> None:
        """Made by `open_account`."""
        self._connection = connection
        self._api = api
        self._transport = transport
        self._calls = calls
        self._minor_per_major: int | None = None
        self._minimum_minor: int | None = None

    @property
    def id(self) -> str:
        """The account's id, act_ and digits."""
        return self._connection.account_id

    def usage(self) -> Usage | None:
        """The allowances as the latest answer that spoke of them had it; None before the first."""
        return self._transport.latest_usage

    def facts(self) -> AccountFacts:
        """Currency, time zone, status."""
        what = f"reading account {self.id}"

        def ask() -> Mapping[str, Any]:
            account = SdkAdAccount(self.id, api=self._api).api_get(fields=list(wire.ACCOUNT_FIELDS))
            row: Mapping[str, Any] = account.export_all_data()
            return row

        row = self._calls.read(what, ask)
        facts = wire.account_facts(row)
        if facts.id != self.id:
            raise Malformed(f"{what}: Meta answered for {facts.id}")
        self._minor_per_major, self._minimum_minor = facts.minor_per_major, wire.minimum_budget_minor(row)
        return facts

    def ad_sets(self) -> tuple[AdSet, ...]:
        """Every ad set that is not archived or deleted, with its budget as it stands now.

        Its floor is what Meta accepts at least in this account, or what the connection asks for if that is more.
        """
        if self._minimum_minor is None:
            self.facts()
        floor = max(self._connection.floor_minor, self._minimum_minor or 0)
        rows = self._ad_set_rows("reading the ad sets", wire.AD_SET_FIELDS)
        kept = (row for row in rows if row.get("effective_status") not in wire.GONE)
        return tuple(wire.ad_set(row, floor) for row in kept)

    def report(self, since: date, until: date) -> Report:
        """Daily rows from `since` to `until`, both included, as Meta reports them now.

        `collected_through` is the last of these days on which anything was delivered, so that an account whose figures
        stopped coming looks stale.
        """
        if since > until:
            raise InvalidRequest(f"a report from {since} to {until} has no days")
        offset = self._minor_per_major or self.facts().minor_per_major
        answers = insights_rows(self._api, self._calls, self.id, since, until)
        rows = tuple(wire.daily_row(row, offset, self._connection.reward_action_type) for row in answers)
        rows = tuple(row for row in rows if since <= row.day <= until)
        delivered = (row.day for row in rows if row.impressions or row.spend_minor)
        return Report(rows, max(delivered, default=None))

    def budgets_minor(self) -> Mapping[str, int]:
        """Daily budgets by ad set id, read now; 0 where an ad set has none of its own."""
        rows = self._ad_set_rows("reading the budgets", wire.BUDGET_FIELDS)
        return {str(row["id"]): wire.daily_budget_minor(row) for row in rows}

    def set_daily_budget(self, ad_set_id: str, budget_minor: int) -> None:
        """Ask for an absolute daily budget, once. That Meta says yes is no proof; `budgets_minor` is.

        Raises:
            Refused: Meta said no, or it was never asked as no budget can be that; nothing changed.
            Throttled, Unauthorised: Meta did not look at it; nothing changed.
            OutcomeUnknown: it may or may not have been applied (timeout, 5xx, malformed answer).
        """
        if not re.fullmatch(r"[0-9]{1,32}", ad_set_id):
            raise InvalidRequest(f"{ad_set_id!r} is no ad set id: it must be digits")
        if isinstance(budget_minor, bool) or not isinstance(budget_minor, int) or not 0 < budget_minor <= MAX_MINOR:
            raise InvalidRequest(f"ad set {ad_set_id}: {budget_minor!r} is no daily budget in minor units")

        def ask() -> None:
            SdkAdSet(ad_set_id, api=self._api).api_update(params={"daily_budget": budget_minor})

        self._calls.write(f"setting the daily budget of ad set {ad_set_id} to {budget_minor}", ask)

    def _ad_set_rows(self, what: str, fields: tuple[str, ...]) -> list[Mapping[str, Any]]:
        what = f"{what} of {self.id}"
        params = {"fields": ",".join(fields)}
        return all_rows(what, lambda after: page_of(self._api, self._calls, what, (self.id, "adsets"), params, after))


def open_account(
    connection: MetaConnection,
    *,
    rng: np.random.Generator | None = None,
    wait: Callable[[float], None] = time.sleep,  # noqa: TID251 - this is the adapter
) -> MetaAdAccount:
    """The account a connection names. No call is made yet.

    Args:
        connection: where and as whom.
        rng: jitter of retries; fresh entropy where none is given.
        wait: sleeps so many seconds, between retries and polls.
    """
    api, transport = open_api(connection)
    return MetaAdAccount(connection, api, transport, Calls(rng or np.random.default_rng(), wait))
