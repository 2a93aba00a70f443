"""All that the emulator knows: its accounts, its reports, its clock reading. Everything in it follows from requests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from simulator.graph_api import organisation
from simulator.graph_api.account import Account
from simulator.graph_api.config import EmulatorConfig
from simulator.graph_api.creatives import planted
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.events import datasets
from simulator.graph_api.limits import Limits
from simulator.graph_api.messages import Request
from simulator.graph_api.records import Record
from simulator.graph_api.reporting.shelf import Shelf
from simulator.graph_api.reports import ReportRun
from simulator.graph_api.tokens import Access, Credentials
from simulator.graph_api.tree import Node

OPENING = time(2, 30)
"""Local time of the first account when everything begins: early on the first morning of its scenario."""

FIRST_ID = 120_990_000_000_000_000
"""Ids of what clients create begin here: far from those of the simulated tree."""


class Platform:
    """State of the whole emulator, advanced by `routing.answer` alone.

    Args:
        config: which accounts there are.
    """

    def __init__(self, config: EmulatorConfig) -> None:
        first = config.accounts[0].market
        opening = datetime.combine(first.start_day, OPENING, ZoneInfo(first.time_zone))
        self.now = opening.astimezone(UTC)
        self.credentials = Credentials.derive(config)
        self.access = Access(self.credentials, self.now, require_proof=config.require_proof)
        self.limits = Limits(config.tier, lambda account: len(self.records_of("audience", account)))
        self._homes: dict[str, Account] = {}
        accounts = [Account(account, account.market, self.now, self._homes) for account in config.accounts]
        self.accounts = {account.id: account for account in accounts}
        for account in accounts:
            account.pixel_id = self.credentials.pixel_id
        self.reports: dict[str, ReportRun] = {}
        self.report_stage_seconds = 0.0
        self.reports_made = 0
        self.tables: Shelf[Any] = Shelf()
        self.records: dict[str, Record] = {}
        self.mutations: list[Request] = []
        self.changes = 0
        """How many requests have changed something."""
        self.answered = 0
        self.created = 0
        datasets.plant(self)
        organisation.plant(self)

    def advance(self, now: datetime) -> None:
        """Time is `now`; accounts catch up when they are looked at.

        Raises:
            EmulatorError: `now` lies in the past.
        """
        if now < self.now:
            raise EmulatorError(f"simulated time is {self.now.isoformat()} and cannot go back to {now.isoformat()}")
        self.now = now

    def account(self, account_id: str) -> Account | None:
        """The account, up to date."""
        found = self.accounts.get(account_id)
        if found:
            found.catch_up(self.now)
        return found

    def find(self, object_id: str) -> tuple[Account, Node] | None:
        """The campaign, ad set or ad with this id, and its account, up to date."""
        account = self._homes.get(object_id)
        if account is None:
            return None
        account.catch_up(self.now)
        node = account.find(object_id)
        return (account, node) if node else None

    def record(self, object_id: str) -> Record | None:
        """The record with this id, its account up to date; None also where it has been deleted."""
        found = self.records.get(object_id) or planted(self, object_id)
        if found is None or found.deleted:
            return None
        if found.account:
            found.account.catch_up(self.now)
        return found

    def records_of(self, kind: str, account: Account | None = None) -> list[Record]:
        """Records of a kind that are not deleted, oldest first; of one account where it is given."""
        ours = (record for record in self.records.values() if record.kind == kind and not record.deleted)
        return [record for record in ours if account is None or record.account is account]

    def add_record(
        self, kind: str, account: Account | None, values: Mapping[str, Any], *, object_id: str | None = None
    ) -> Record:
        """A new record with an id of its own (or the one that its kind gives it)."""
        made = Record(object_id or self.next_id(), kind, self.now, self.now, account, dict(values))
        self.records[made.id] = made
        return made

    def next_id(self) -> str:
        """The id of the next object: numeric, ascending, and the same again when the same requests come again."""
        self.created += 1
        return str(FIRST_ID + self.created)

    def mutated(self, request: Request) -> None:
        """Remember a request that changed something, for the state file; who sent it does not matter there."""
        self.changes += 1
        self.mutations.append(Request(request.method, request.path, request.asked))

    def take_mutations(self) -> list[Request]:
        """What changed since this was last asked."""
        taken, self.mutations = self.mutations, []
        return taken

    def trace_id(self) -> str:
        """The next fbtrace_id: distinct, and the same again when the same requests come again."""
        self.answered += 1
        return "A" + hashlib.sha256(f"trace {self.answered}".encode()).hexdigest()[:22]

    def next_report_id(self) -> str:
        """The id of the next asynchronous report."""
        self.reports_made += 1
        return str(6 * 10**14 + self.reports_made)
