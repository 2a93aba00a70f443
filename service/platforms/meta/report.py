"""Insights of all ad sets by day: at once where Meta can, as an asynchronous report where it is too much."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adreportrun import AdReportRun

from service.errors import Unavailable
from service.platforms.meta.errors import TooMuchData
from service.platforms.meta.paging import all_rows
from service.platforms.meta.wire import REPORT_FIELDS

if TYPE_CHECKING:
    from facebook_business.api import FacebookAdsApi

    from service.platforms.meta.calls import Calls

PAGE_ROWS = 500
_POLL_SECONDS = (1.0, 2.0, 4.0, 8.0, *(15.0,) * 40)
_DONE = "Job Completed"
_LOST = frozenset({"Job Failed", "Job Skipped"})


def insights_rows(
    api: FacebookAdsApi, calls: Calls, account_id: str, since: date, until: date
) -> list[Mapping[str, Any]]:
    """Insights rows by ad set and day from `since` to `until`, both included; a day without delivery has no row."""
    what = f"reading the report of {account_id} from {since} to {until}"
    params = {
        "level": "adset",
        "time_increment": "1",
        "time_range": {"since": since.isoformat(), "until": until.isoformat()},
    }
    try:
        at_once = {**params, "fields": ",".join(REPORT_FIELDS)}
        return all_rows(what, lambda after: page_of(api, calls, what, (account_id, "insights"), at_once, after))
    except TooMuchData:
        pass  # outside the handler, so that what fails next does not chain to it
    return _asynchronous(api, calls, what, account_id, params)


def page_of(
    api: FacebookAdsApi, calls: Calls, what: str, path: tuple[str, str], params: Mapping[str, Any], after: str | None
) -> Mapping[str, Any]:
    """One page of an edge through the SDK."""
    asked = {"limit": PAGE_ROWS, **params, **({"after": after} if after else {})}
    page: Mapping[str, Any] = calls.read(what, lambda: api.call("GET", path, params=asked).json())
    return page


def _asynchronous(
    api: FacebookAdsApi, calls: Calls, what: str, account_id: str, params: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """The same rows from a report run: start, poll until it is complete, read its pages."""

    def start() -> AdReportRun:
        account = AdAccount(account_id, api=api)
        return account.get_insights_async(fields=list(REPORT_FIELDS), params=dict(params))

    run_id = str(calls.read(what, start)["id"])
    _await_run(calls, what, lambda: _status(api, calls, what, run_id))
    return all_rows(what, lambda after: page_of(api, calls, what, (run_id, "insights"), {}, after))


def _status(api: FacebookAdsApi, calls: Calls, what: str, run_id: str) -> tuple[str, int]:
    fields = ["async_status", "async_percent_completion"]
    run = calls.read(what, lambda: AdReportRun(run_id, api=api).api_get(fields=fields).export_all_data())
    percent = run.get("async_percent_completion")
    return str(run.get("async_status")), percent if isinstance(percent, int) else 0


def _await_run(calls: Calls, what: str, status: Callable[[], tuple[str, int]]) -> None:
    """Return when a run is complete: Meta may say 100 % while it still runs, so both must be so.

    Raises:
        Unavailable: it failed, was skipped, or took more than ten minutes.
    """
    for seconds in _POLL_SECONDS:
        state, percent = status()
        if state == _DONE and percent == 100:  # noqa: PLR2004 - per cent
            return
        if state in _LOST:
            raise Unavailable(f"{what}: the asynchronous report ended as {state!r}")
        calls.wait(seconds)
    raise Unavailable(f"{what}: the asynchronous report is not complete after {sum(_POLL_SECONDS):.0f} seconds")
