"""Accounts: what they are, and what a person may change."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, get, patch
from litestar.params import Body, PathParameter

from agents.errors import did_you_mean
from service.api import convert, schemas
from service.api.given import GivenBooks, GivenClock
from service.api.problems import declared
from service.decision import AccountState
from service.errors import NotFound
from service.ports import Books

AccountPath = Annotated[str, PathParameter(description="The platform's id of the account, for instance act_42.")]


class AccountsController(Controller):
    """The accounts that Caudal looks after."""

    path = "/api/v1/meta/accounts"
    tags = ("accounts",)

    @get(sync_to_thread=True, operation_id="list_accounts", summary="Every account", responses=declared())
    def all(self, books: GivenBooks, clock: GivenClock) -> schemas.Accounts:
        """Every onboarded account, by id."""
        now = clock.now()
        return schemas.Accounts(items=[convert.account(state, now) for state in books.accounts()])

    @get(
        "/{account_id:str}",
        sync_to_thread=True,
        operation_id="get_account",
        summary="One account",
        responses=declared(404),
    )
    def one(self, account_id: AccountPath, books: GivenBooks, clock: GivenClock) -> schemas.Account:
        """One onboarded account."""
        return convert.account(find(books, account_id), clock.now())

    @patch(
        "/{account_id:str}",
        sync_to_thread=True,
        operation_id="change_account",
        summary="Change mode or budget",
        responses=declared(404, 409, 413),
    )
    def change(
        self,
        account_id: AccountPath,
        data: Annotated[schemas.AccountChange, Body(title="What changes")],
        books: GivenBooks,
        clock: GivenClock,
    ) -> schemas.Account:
        """Change what is allowed: `mode` (shadow or live) and the money a day. Takes effect on the next morning."""
        find(books, account_id)
        state = books.update_account(account_id, mode=data.mode, daily_budget_minor=data.daily_budget_minor)
        return convert.account(state, clock.now())


def find(books: Books, account_id: str) -> AccountState:
    """One account.

    Raises:
        NotFound: no such account; names the nearest one that is there.
    """
    try:
        return books.account(account_id)
    except NotFound as error:
        known = [state.facts.id for state in books.accounts()]
        hint = did_you_mean(account_id, known) if known else "none is onboarded yet"
        raise NotFound(f"there is no account {account_id!r}: {hint}") from error
