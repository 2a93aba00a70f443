"""The dashboard's routes: the page, and the part of it that refreshes itself."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Controller, MediaType, Request, Response, get
from litestar.params import FromQuery, QueryParameter

from service.api.catalogue import summary_of
from service.api.convert import today_of
from service.api.given import GivenBooks, GivenClock, GivenMlflowUrl, GivenStore, GivenUnread, GivenVersion
from service.dashboard import words
from service.dashboard.assets import asset
from service.dashboard.view import TABLE_DAYS, AccountView, PageView, PolicyCard, account_view
from service.decision import AccountState
from service.errors import ServiceError
from service.ports import Books, Clock, PolicyStore

log = logging.getLogger("caudal.dashboard")
SHOWN_ACCOUNTS = 12
SHOWN_DECISIONS = 7
CHART_DAYS = 90


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("service.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"asset": asset, "chart_days": CHART_DAYS, "count": words.count}
    environment.filters |= {
        "long_day": words.long_day,
        "short_day": words.short_day,
        "sentence": words.sentence,
        "commands": words.commands,
    }
    return environment


TEMPLATES = _environment()


def _html(template: str, status_code: int = 200, **context: Any) -> Response[str]:
    text = TEMPLATES.get_template(template).render(**context)
    return Response(text, media_type=MediaType.HTML, status_code=status_code)


def _sorry(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """The page when it cannot be made: in words, without internals."""
    request_id = secrets.token_hex(8)
    log.error("%s failed (request %s)", request.scope["path"], request_id, exc_info=error)
    status = error.status_code if isinstance(error, ServiceError) else HTTPStatus.INTERNAL_SERVER_ERROR
    what = str(error) if isinstance(error, ServiceError) else "Something unexpected went wrong while reading the books."
    return _html("sorry.html", status, what=what, request_id=request_id)


class DashboardController(Controller):
    """Today's accounts, budgets over time, decisions with their reasons."""

    include_in_schema = False
    exception_handlers = {ServiceError: _sorry, Exception: _sorry}  # noqa: RUF012 - Litestar's own attribute

    @get("/", sync_to_thread=True)
    def page(
        self,
        books: GivenBooks,
        store: GivenStore,
        clock: GivenClock,
        version: GivenVersion,
        mlflow_url: GivenMlflowUrl,
        unread: GivenUnread,
        account: Annotated[
            str | None, QueryParameter(description="Show only this account's charts and decisions.")
        ] = None,
    ) -> Response[str]:
        """The whole page."""
        view = look(books, store, clock, mlflow_url, unread(), account or None)
        status = HTTPStatus.NOT_FOUND if view.stranger else HTTPStatus.OK
        return _html("page.html", status, view=view, version=version)

    @get("/dashboard/today", sync_to_thread=True)
    def today(
        self,
        books: GivenBooks,
        store: GivenStore,
        clock: GivenClock,
        mlflow_url: GivenMlflowUrl,
        unread: GivenUnread,
        seen: FromQuery[str] = "",
        account: FromQuery[str | None] = None,
    ) -> Response[str]:
        """The page's content, or 204 where the browser has already `seen` it."""
        view = look(books, store, clock, mlflow_url, unread(), account or None)
        if view.digest == seen:
            return Response("", status_code=HTTPStatus.NO_CONTENT)
        return _html("today.html", view=view)


def look(
    books: Books,
    store: PolicyStore,
    clock: Clock,
    mlflow_url: str | None,
    unread: Mapping[str, str],
    only: str | None,
) -> PageView:
    """Everything the page shows; charts and decisions of `only` one account, or of the first dozen."""
    states = books.accounts()
    shown = tuple(s.facts.id for s in states if only is None or s.facts.id == only)[:SHOWN_ACCOUNTS]
    policy = policy_card(store)
    return PageView(
        policy=policy,
        accounts=tuple(
            _account(books, clock, state, policy.problem, detailed=state.facts.id in shown) for state in states
        ),
        shown=shown,
        mlflow_url=mlflow_url,
        unread=tuple(sorted(unread.items())),
        only=only,
    )


def _account(books: Books, clock: Clock, state: AccountState, no_policy: str, *, detailed: bool) -> AccountView:
    now = clock.now()
    records = books.decisions(state.facts.id, limit=SHOWN_DECISIONS if detailed else 1)
    since = today_of(state.facts, now) - timedelta(days=TABLE_DAYS - 1)
    points = books.budget_points(state.facts.id, since) if detailed else ()
    return account_view(state, records, points, now, no_policy=no_policy)


def policy_card(store: PolicyStore) -> PolicyCard:
    """The promoted policy in words; a store that fails is said, not raised: the accounts are still worth seeing."""
    try:
        spec, version = store.promoted()
    except ServiceError as error:
        return PolicyCard(problem=str(error))
    except Exception as error:
        log.warning("policy store is not readable", exc_info=error)
        return PolicyCard(problem=f"The policy store cannot be read ({type(error).__name__}); the log says why.")
    params = tuple((name.replace("_", " "), str(value)) for name, value in sorted(spec.params.items()))
    return PolicyCard(name=spec.name, version=version, summary=summary_of(spec.name), params=params)
