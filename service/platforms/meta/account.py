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
from service.errors import HeldBack, InvalidRequest, OutcomeUnknown, Throttled
from service.platforms import AccountFacts, Report
from service.platforms.meta import wire
from service.platforms.meta.calls import Calls
from service.platforms.meta.connection import MetaConnection
from service.platforms.meta.creates import Created, Creator, Kind, Search
from service.platforms.meta.edits import HOUR_SECONDS, EditBook
from service.platforms.meta.errors import Malformed
from service.platforms.meta.gate import AppShare, Gate
from service.platforms.meta.making import Maker
from service.platforms.meta.money import MAX_MINOR
from service.platforms.meta.paging import all_rows
from service.platforms.meta.read_back import Written, proven
from service.platforms.meta.report import insights_rows, page_of
from service.platforms.meta.retrying import READS, WRITES, Patience
from service.platforms.meta.session import GraphTransport, open_api
from service.platforms.meta.urgency import Urgency
from service.platforms.meta.usage import Usage
from service.platforms.meta.versions import VersionDrift

__all__ = ["AppShare", "MetaAdAccount", "MetaConnection", "open_account"]


class MetaAdAccount:
    """`service.platforms.AdAccount` over the Graph API, thread-safe; keeps usage and the account's constants."""

    def __init__(
        self,
        connection: MetaConnection,
        api: FacebookAdsApi,
        transport: GraphTransport,
        calls: Calls,
        creator: Creator,
        wait: Callable[[float], None],
    ) -> None:
        """Made by `open_account`."""
        self._connection = connection
        self._api = api
        self._transport = transport
        self._calls = calls
        self._creator = creator
        self._wait = wait
        self._edits = EditBook()
        self._minor_per_major: int | None = None
        self._minimum_minor: int | None = None

    @property
    def id(self) -> str:
        """The account's id, act_ and digits."""
        return self._connection.account_id

    def usage(self) -> Usage | None:
        """The allowances as the latest answer that spoke of them had it; None before the first."""
        return self._transport.latest_usage

    def version_drift(self) -> VersionDrift | None:
        """That Meta answers in another version than it is asked in; None where it does not."""
        return self._transport.drift

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

        Its floor is what Meta accepts at least in this account, or what the connection asks for if that is more; its
        ceiling is the connection's.
        """
        if self._minimum_minor is None:
            self.facts()
        floor = max(self._connection.floor_minor, self._minimum_minor or 0)
        rows = self._ad_set_rows("reading the ad sets", wire.AD_SET_FIELDS)
        kept = (row for row in rows if row.get("effective_status") not in wire.GONE)
        found = tuple(wire.ad_set(row, floor, self._connection.ceiling_minor) for row in kept)
        self._edits.seen({ad_set.id: ad_set.budget_minor for ad_set in found})
        return found

    def report(self, since: date, until: date) -> Report:
        """Daily rows from `since` to `until`, both included, as Meta reports them now.

        `collected_through` is the last of these days on which anything was delivered, so that an account whose figures
        stopped coming looks stale.
        """
        if since > until:
            raise InvalidRequest(f"a report from {since} to {until} has no days")
        with self._calls.operation():
            offset = self._minor_per_major or self.facts().minor_per_major
            answers = insights_rows(self._api, self._calls, self.id, since, until, self._edits.ids)
        rows = tuple(wire.daily_row(row, offset, self._connection.reward_action_type) for row in answers)
        rows = tuple(row for row in rows if since <= row.day <= until)
        delivered = (row.day for row in rows if row.impressions or row.spend_minor)
        return Report(rows, max(delivered, default=None))

    def budgets_minor(self) -> Mapping[str, int]:
        """Daily budgets by ad set id, read now; 0 where an ad set has none of its own."""
        rows = self._ad_set_rows("reading the budgets", wire.BUDGET_FIELDS)
        found = {wire.ad_set_id(row): wire.daily_budget_minor(row) for row in rows}
        self._edits.seen(found)
        return found

    def set_daily_budget(self, ad_set_id: str, budget_minor: int) -> None:
        """Ask for an absolute daily budget, once. That Meta says yes is no proof; `budgets_minor` is.

        A budget below the one last read goes before everything else that waits, and may use what is kept in reserve.

        Raises:
            Refused: Meta said no, or it was never asked, as no budget can be that or the ad set has had the changes of
                its hour; nothing changed.
            Throttled, Unauthorised: Meta did not look at it, or it was not sent; nothing changed.
            OutcomeUnknown: it may or may not have been applied (timeout, 5xx, malformed answer).
        """
        _check_ad_set_id(ad_set_id)
        if isinstance(budget_minor, bool) or not isinstance(budget_minor, int) or not 0 < budget_minor <= MAX_MINOR:
            raise InvalidRequest(f"ad set {ad_set_id}: {budget_minor!r} is no daily budget in minor units")
        lowers, now = self._edits.lowers(ad_set_id, budget_minor), self._calls.gate.time.now
        self._edits.check(ad_set_id, now(), lowers=lowers)
        what = f"setting the daily budget of ad set {ad_set_id} to {budget_minor}"
        try:
            self._update(what, ad_set_id, {"daily_budget": budget_minor}, Urgency.LOWER if lowers else Urgency.RAISE)
        except Throttled as error:
            if not isinstance(error, HeldBack) and (error.retry_after_seconds or 0.0) >= HOUR_SECONDS:
                self._edits.blocked(ad_set_id, now())
            raise
        except OutcomeUnknown:
            self._edits.edited(ad_set_id, now(), budget_minor, certain=False)
            raise
        self._edits.edited(ad_set_id, now(), budget_minor, certain=True)

    def set_status(self, ad_set_id: str, *, active: bool) -> None:
        """Ask for an ad set to be active or paused, once; a pause goes before everything else that waits.

        Raises:
            Refused, Throttled, Unauthorised, OutcomeUnknown: as `set_daily_budget`.
        """
        _check_ad_set_id(ad_set_id)
        status = "ACTIVE" if active else "PAUSED"
        what = f"setting ad set {ad_set_id} to {status}"
        self._update(what, ad_set_id, {"status": status}, Urgency.RAISE if active else Urgency.LOWER)

    def write_daily_budget(self, ad_set_id: str, budget_minor: int) -> Written[int]:
        """`set_daily_budget`, read back: what became of it, and the budget as it stands in minor units.

        Raises:
            Throttled, Unauthorised: nothing changed.
        """

        def read() -> int:
            return wire.daily_budget_minor(self._ad_set_row(ad_set_id, wire.BUDGET_FIELDS))

        return proven(lambda: self.set_daily_budget(ad_set_id, budget_minor), read, budget_minor, wait=self._wait)

    def write_status(self, ad_set_id: str, *, active: bool) -> Written[str]:
        """`set_status`, read back: what became of it, and the status that is configured.

        Raises:
            Throttled, Unauthorised: nothing changed.
        """

        def read() -> str:
            return str(self._ad_set_row(ad_set_id, ("id", "status")).get("status"))

        wanted = "ACTIVE" if active else "PAUSED"
        return proven(lambda: self.set_status(ad_set_id, active=active), read, wanted, wait=self._wait)

    def created(self, kind: Kind, params: Mapping[str, Any], token: str) -> Created:
        """Create an object, paused, whose name ends in the token; or find the one that was created with it before.

        Args:
            kind: what to create.
            params: the edge's parameters; `name` is needed, `status` is set to PAUSED.
            token: unique for this object, 8 to 64 letters, digits, _ or -.

        Raises:
            Refused, Throttled, Unauthorised: nothing was created.
            OutcomeUnknown: it may have been created, and is not seen; ask again later with the same token.
            Unavailable: it could not be read whether the token is there already; nothing was sent.
        """
        maker = Maker(self._api, self._calls, self._creator, self.id, self._rows)
        return maker.created(kind, params, token)

    def _update(self, what: str, ad_set_id: str, params: Mapping[str, Any], urgency: Urgency) -> None:
        def ask() -> None:
            SdkAdSet(ad_set_id, api=self._api).api_update(params=dict(params))

        self._calls.write(what, ask, urgency=urgency)

    def _ad_set_row(self, ad_set_id: str, fields: tuple[str, ...]) -> Mapping[str, Any]:
        what = f"reading ad set {ad_set_id}"
        row: Mapping[str, Any] = self._calls.read(
            what, lambda: SdkAdSet(ad_set_id, api=self._api).api_get(fields=list(fields)).export_all_data()
        )
        if row.get("id") != ad_set_id:
            raise Malformed(f"{what}: Meta answered for {row.get('id')!r}")
        return row

    def _ad_set_rows(self, what: str, fields: tuple[str, ...]) -> list[Mapping[str, Any]]:
        return self._rows(f"{what} of {self.id}", "adsets", {"fields": ",".join(fields)})

    def _rows(
        self, what: str, edge: str, params: Mapping[str, Any], *, counted: bool = False
    ) -> list[Mapping[str, Any]]:
        path = (self.id, edge)
        with self._calls.operation():
            return all_rows(
                what,
                lambda place: page_of(self._api, self._calls, what, path, params, place),
                key=lambda row: f"object {row.get('id')}",
                counted=counted,
            )


def _check_ad_set_id(ad_set_id: str) -> None:
    if not re.fullmatch(r"[0-9]{1,32}", ad_set_id):
        raise InvalidRequest(f"{ad_set_id!r} is no ad set id: it must be digits")


def open_account(
    connection: MetaConnection,
    *,
    rng: np.random.Generator | None = None,
    wait: Callable[[float], None] = time.sleep,  # noqa: TID251 - this is the adapter
    monotonic: Callable[[], float] = time.monotonic,
    share: AppShare | None = None,
    reads: Patience = READS,
    writes: Patience = WRITES,
    search: Search = Search(),  # noqa: B008 - frozen
) -> MetaAdAccount:
    """An ad account, its transport and its retries. Nothing is asked of the platform yet.

    Args:
        connection: where and as whom.
        rng: jitter of retries; fresh entropy where none is given.
        wait: sleeps so many seconds, between retries and polls.
        monotonic: real seconds that pass.
        share: what all accounts of the app use up together; the account is the app's only one where none is given.
        reads: the budget of each read.
        writes: the budget of each write.
        search: how long to look for an object whose creation is unknown.
    """
    gate = Gate(monotonic, wait, share or AppShare(), at_once=connection.calls_at_once)
    api, transport = open_api(connection, gate.heard)
    calls = Calls(gate, rng or np.random.default_rng(), wait, monotonic, reads=reads, writes=writes)
    return MetaAdAccount(connection, api, transport, calls, Creator(wait, monotonic, search), wait)
