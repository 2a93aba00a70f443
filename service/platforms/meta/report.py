"""Insights of all ad sets by day: at once, asynchronously where that is much, in parts where even that is too much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from service.errors import Unavailable
from service.platforms.meta.errors import Malformed, NotReady, TooMuchData
from service.platforms.meta.paging import Place, all_rows
from service.platforms.meta.runs import completed_run
from service.platforms.meta.slices import Slice, cut
from service.platforms.meta.wire import REPORT_FIELDS

if TYPE_CHECKING:
    from facebook_business.api import FacebookAdsApi

    from service.platforms.meta.calls import Calls

PAGE_ROWS = 500
AT_ONCE_ROWS = 10_000
"""Reports that may have more rows than this are asked for asynchronously from the start."""

MOST_PARTS = 256
_KEY_FIELD = "adset_id"
_NOT_READY_SECONDS = (2.0, 4.0, 8.0, 15.0)

Row = Mapping[str, Any]


def insights_rows(
    api: FacebookAdsApi, calls: Calls, account_id: str, since: date, until: date, known_ids: Sequence[str] = ()
) -> list[Row]:
    """Insights rows by ad set and day from `since` to `until`, both included; a day without delivery has no row.

    Args:
        api: the account's.
        calls: the account's.
        account_id: act_ and digits.
        since: first day.
        until: last day.
        known_ids: the account's ad sets as far as known: to guess the size, and to ask in parts.

    Raises:
        Malformed: a row came twice with different figures, or without an ad set or a day.
        TooMuchData: a single field of a single ad set and day is still too much.
        Unavailable: it could not be read in time.
    """
    what = f"reading the report of {account_id} from {since} to {until}"
    waiting = [Slice(since, until, tuple(name for name in REPORT_FIELDS if name != _KEY_FIELD))]
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for _ in range(MOST_PARTS):
        part = waiting.pop()
        failure = None
        try:
            found = _rows_of(api, calls, what, account_id, part, len(known_ids))
        except TooMuchData as error:
            found, failure = [], error
        if failure is not None:
            smaller = cut(part, known_ids)
            if not smaller:
                raise failure
            waiting += reversed(smaller)
        _merge(what, rows, found)
        if not waiting:
            return list(rows.values())
    raise Unavailable(f"{what}: given up after {MOST_PARTS} parts")


def page_of(
    api: FacebookAdsApi,
    calls: Calls,
    what: str,
    path: tuple[str, str],
    params: Mapping[str, Any],
    place: Place,
    *,
    insights: bool = False,
) -> Mapping[str, Any]:
    """One page of an edge through the SDK."""
    asked = {"limit": PAGE_ROWS, **params, **place}
    page: Mapping[str, Any] = calls.read(what, lambda: api.call("GET", path, params=asked).json(), insights=insights)
    return page


def _rows_of(api: FacebookAdsApi, calls: Calls, what: str, account_id: str, part: Slice, ad_sets: int) -> list[Row]:
    """The rows of one part: at once, or where that is too much or may be, from an asynchronous run."""
    fields = (_KEY_FIELD, *part.fields)
    if ad_sets * part.days <= AT_ONCE_ROWS:
        params = {**part.params(), "fields": ",".join(fields)}
        try:
            return _pages(api, calls, what, (account_id, "insights"), params)
        except TooMuchData:
            pass  # outside the handler, so that what fails next does not chain to it
    run_id = completed_run(api, calls, what, account_id, fields, part.params())
    return _run_pages(api, calls, what, run_id)


def _run_pages(api: FacebookAdsApi, calls: Calls, what: str, run_id: str) -> list[Row]:
    """The rows of a complete run, which Meta may still call not ready for a moment."""
    for seconds in _NOT_READY_SECONDS:
        try:
            return _pages(api, calls, what, (run_id, "insights"), {})
        except NotReady:
            calls.pause(what, seconds)
    return _pages(api, calls, what, (run_id, "insights"), {})


def _pages(api: FacebookAdsApi, calls: Calls, what: str, path: tuple[str, str], params: Mapping[str, Any]) -> list[Row]:
    def fetch(place: Place) -> Mapping[str, Any]:
        return page_of(api, calls, what, path, params, place, insights=True)

    return all_rows(what, fetch, key=_name_of)


def _name_of(row: Row) -> tuple[str, str]:
    return str(row.get(_KEY_FIELD)), str(row.get("date_start"))


def _merge(what: str, rows: dict[tuple[str, str], dict[str, Any]], found: list[Row]) -> None:
    """Add rows of a part; one of the same ad set and day brings other fields, or the same figures."""
    for row in found:
        known = rows.setdefault(_name_of(row), {})
        if any(known.get(name, value) != value for name, value in row.items()):
            raise Malformed(f"{what}: {_name_of(row)} comes twice, with different figures")
        known.update(row)
