"""Decisions with their reasons and receipts, and the budgets that came of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from litestar import Controller, get
from litestar.params import PathParameter, QueryParameter

from service.api import convert, schemas
from service.api.accounts import AccountPath, find
from service.api.given import GivenBooks, GivenClock
from service.api.problems import declared
from service.decision import DecisionRecord
from service.errors import NotFound

MOST_DECISIONS = 100
MOST_DAYS = 366


class DecisionsController(Controller):
    """What was decided for an account, and what became of it."""

    path = "/api/v1/meta/accounts/{account_id:str}"
    tags = ("decisions",)

    @get(
        "/decisions",
        sync_to_thread=True,
        operation_id="list_decisions",
        summary="Decisions, newest first",
        responses=declared(404),
    )
    def page(
        self,
        account_id: AccountPath,
        books: GivenBooks,
        limit: Annotated[int, QueryParameter(ge=1, le=MOST_DECISIONS, description="How many at most.")] = 20,
        before: Annotated[date | None, QueryParameter(description="Only days before this one.")] = None,
    ) -> schemas.Decisions:
        """A page of decisions; `next_before` of the answer asks for the page after it."""
        facts = find(books, account_id).facts
        records = books.decisions(account_id, limit=limit + 1, before=before)
        items = [convert.decision(record, facts) for record in records[:limit]]
        return schemas.Decisions(items=items, next_before=items[-1].day if len(records) > limit else None)

    @get(
        "/decisions/{day:str}",
        sync_to_thread=True,
        operation_id="get_decision",
        summary="One morning's decision",
        responses=declared(404),
    )
    def one(
        self,
        account_id: AccountPath,
        day: Annotated[date, PathParameter(description="The day that was decided, in the account's time zone.")],
        books: GivenBooks,
    ) -> schemas.Decision:
        """The decision for one day, with reasons, guardrail findings and receipts."""
        facts = find(books, account_id).facts
        records = books.decisions(account_id, limit=1, before=None if day == date.max else day + timedelta(days=1))
        if not records or records[0].decision.day != day:
            raise NotFound(f"account {account_id} has no decision for {day}{_nearest(records)}")
        return convert.decision(records[0], facts)

    @get(
        "/budgets",
        sync_to_thread=True,
        operation_id="get_budgets",
        summary="Budgets over time",
        responses=declared(404),
    )
    def budgets(
        self,
        account_id: AccountPath,
        books: GivenBooks,
        clock: GivenClock,
        days: Annotated[
            int, QueryParameter(ge=1, le=MOST_DAYS, description="How many days back, today included.")
        ] = 90,
    ) -> schemas.Budgets:
        """The budget of every ad set after each morning, as last verified, in columns aligned with `days`."""
        facts = find(books, account_id).facts
        since = convert.today_of(facts, clock.now()) - timedelta(days=days - 1)
        return convert.budgets(facts, books.budget_points(account_id, since))


def _nearest(earlier: tuple[DecisionRecord, ...]) -> str:
    return f"; the last one before it is for {earlier[0].decision.day}" if earlier else ""
