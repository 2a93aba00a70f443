"""Asynchronous insights: a report run is started, watched until it is complete, and read (Meta: "Async Jobs")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adreportrun import AdReportRun

from service.errors import Unavailable
from service.platforms.meta.errors import Malformed, NotReady, TooMuchData

if TYPE_CHECKING:
    from facebook_business.api import FacebookAdsApi

    from service.platforms.meta.calls import Calls

_POLL_SECONDS = (1.0, 2.0, 4.0, 8.0, *(15.0,) * 40)
_DONE = "Job Completed"
_LOST = frozenset({"Job Failed", "Job Skipped"})
_TOO_LARGE = frozenset({1487534, 1504018, 1504038, 1504045})
STARTS = 2
"""How often a run that fails is started at all; after that the report is asked for in parts."""


class RunFailed(TooMuchData):
    """Every run of this report failed: perhaps it is too much."""


def completed_run(
    api: FacebookAdsApi, calls: Calls, what: str, account_id: str, fields: tuple[str, ...], params: Mapping[str, Any]
) -> str:
    """The id of a complete run; one that fails is started once more.

    Raises:
        RunFailed: it failed again, or said at once that it is too much.
        Unavailable: it is not complete after ten minutes.
    """

    def start() -> AdReportRun:
        return AdAccount(account_id, api=api).get_insights_async(fields=list(fields), params=dict(params))

    state = "never started"
    for _ in range(STARTS):
        run_id = str(calls.read(what, start, insights=True).get("id"))
        if not run_id.isdecimal():
            raise Malformed(f"{what}: Meta started a report without an id")
        state, subcode = _end_of(api, calls, what, run_id)
        if state == _DONE:
            return run_id
        if subcode in _TOO_LARGE:
            break
    raise RunFailed(f"{what}: the asynchronous report ended as {state!r}")


def _end_of(api: FacebookAdsApi, calls: Calls, what: str, run_id: str) -> tuple[str, object]:
    """How a run ended, and the subcode of its error if it has one.

    Meta may say 100 % while it still runs, so both must be so.
    """
    for seconds in _POLL_SECONDS:
        run = _look(api, calls, what, run_id)
        state, percent = str(run.get("async_status")), run.get("async_percent_completion")
        if state == _DONE and percent == 100:  # noqa: PLR2004 - per cent
            return state, None
        if state in _LOST:
            return state, run.get("error_subcode")
        calls.pause(what, seconds)
    raise Unavailable(f"{what}: the asynchronous report is not complete after {sum(_POLL_SECONDS):.0f} seconds")


def _look(api: FacebookAdsApi, calls: Calls, what: str, run_id: str) -> Mapping[str, Any]:
    """The run as it stands; nothing in particular where Meta says that it is not ready."""
    try:
        run: Mapping[str, Any] = calls.read(
            what, lambda: AdReportRun(run_id, api=api).api_get().export_all_data(), insights=True
        )
    except NotReady:
        return {}
    return run
