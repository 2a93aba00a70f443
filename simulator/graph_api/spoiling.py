"""Answers gone wrong: what each kind of fault makes of a response or of its bytes. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from simulator.graph_api.errors import GraphError, from_entry, known, throttled, too_much_data
from simulator.graph_api.fault_kinds import Fault
from simulator.graph_api.messages import Request, Response
from simulator.graph_api.paging import encode, url

JSON_TYPE = "application/json; charset=UTF-8"
HTML_TYPE = "text/html; charset=utf-8"
PAGE = (
    "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>Sorry, something went wrong.</h1></body></html>"
)
TITLES = {500: "Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}")
CONVERSIONS = ("actions", "action_values", "conversions", "conversion_values", "purchase_roas", "results")
PER_CONVERSION = ("cost_per_action_type", "cost_per_conversion", "cost_per_result")


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes to send; None in the place of a reply means that the connection ends without one.

    `wait_seconds` (real) pass before the first byte, `drip_seconds` (real) from the first to the last; a `silent` reply
    sends nothing at all, and the connection ends after `wait_seconds` if the client has not left before.
    """

    status: int
    headers: dict[str, str]
    payload: bytes
    wait_seconds: float = 0.0
    drip_seconds: float = 0.0
    silent: bool = False


# --- errors in place of an answer ---------------------------------------------------------------------------------


def refusal(fault: Fault, *, insights: bool) -> GraphError | None:
    """The error of a fault that the platform itself puts into words; None for the others."""
    if fault.kind in ("error", "error_200"):
        return _as_told(fault)
    if fault.kind == "throttle":
        return throttled(insights=insights)
    if fault.kind == "too_much_data":
        return too_much_data()
    if fault.kind in ("transient", "http_500_json"):
        return known(2)
    return known(2).but(is_transient=False) if fault.kind == "wrong_transient" else None


def _as_told(fault: Fault) -> GraphError:
    error = from_entry(fault.entry)
    if (form := fault.options["error_data"]) is not None:
        data = {"blame_field_specs": [list(path) for path in fault.entry.blame]}
        error = error.but(error_data=json.dumps(data) if form == "text" else data)
    if (transient := fault.options["is_transient"]) is not None:
        error = error.but(is_transient=transient)
    return error


# --- well-formed answers that mislead -----------------------------------------------------------------------------


def emptied(request: Request, response: Response) -> Response:
    """A page without rows that says there are more; the rows come when its cursor is followed.

    Meta's lists can do this, and a client that stops at the first empty page loses what follows.
    """
    if _rows(response) is None:
        return response
    cursor = str(request.params.get("after") or encode(""))
    paging = {"cursors": {"before": cursor, "after": cursor}, "next": url(request, after=cursor)}
    return replace(response, body={**response.body, "data": [], "paging": paging})


def repeated(request: Request, response: Response) -> Response:
    """A page whose `after` leads to this same page: a client that follows it without looking goes round for ever."""
    if not _rows(response):
        return response
    cursor = str(request.params.get("after") or encode(""))
    cursors = {**response.body.get("paging", {}).get("cursors", {}), "after": cursor}
    paging = {**response.body.get("paging", {}), "cursors": cursors, "next": url(request, after=cursor)}
    return replace(response, body={**response.body, "paging": paging})


def restated(response: Response, share: float) -> Response:
    """Insights with a share of the conversions and of their value taken back, rounded down as counts are."""
    rows = _rows(response)
    return (
        response if rows is None else replace(response, body={**response.body, "data": [_less(r, share) for r in rows]})
    )


def _less(row: Any, share: float) -> Any:
    if not isinstance(row, dict):
        return row
    factors = dict.fromkeys(CONVERSIONS, 1 - share)
    if share < 1:
        factors |= dict.fromkeys(PER_CONVERSION, 1 / (1 - share))
    return {name: _scaled(value, factors[name]) if name in factors else value for name, value in row.items()}


def _scaled(value: Any, factor: float) -> Any:
    """Numbers in text scaled wherever they stand; whole ones stay whole. Names of actions and windows stay."""
    if isinstance(value, list):
        return [_scaled(item, factor) for item in value]
    if isinstance(value, dict):
        kept = ("action_type", "indicator")
        return {name: item if name in kept else _scaled(item, factor) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    try:
        return str(int(int(value) * factor)) if value.isdigit() else f"{float(value) * factor:.6g}"
    except ValueError:
        return value


def report_state(response: Response, status: str, percent: int = 100, **error: Any) -> Response:
    """The state of an asynchronous report, told otherwise (Meta: "Insights API: asynchronous jobs")."""
    if not isinstance(response.body, dict) or "async_status" not in response.body:
        return response
    told = {"async_status": status, "async_percent_completion": percent, "is_running": status == "Job Running"}
    return replace(response, body={**response.body, **told, **error})


def skewed(response: Response, seconds: float) -> Response:
    """Every timestamp of the body moved."""
    return replace(response, body=_moved(response.body, timedelta(seconds=seconds)))


def _moved(value: Any, by: timedelta) -> Any:
    if isinstance(value, Mapping):
        return {name: _moved(item, by) for name, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, by) for item in value]
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return (datetime.fromisoformat(value) + by).strftime("%Y-%m-%dT%H:%M:%S%z")
    return value


def _rows(response: Response) -> list[Any] | None:
    rows = response.body.get("data") if isinstance(response.body, dict) else None
    return rows if isinstance(rows, list) else None


FAILED_REPORT: dict[str, Any] = {"error_code": -2, "error_subcode": 2490547, "error_message": "Report failed"}

MISLEADING: dict[str, Callable[[Request, Response, Fault], Response]] = {
    "empty_page": lambda request, response, _: emptied(request, response),
    "repeated_cursor": lambda request, response, _: repeated(request, response),
    "restated": lambda _, response, fault: restated(response, fault.options["share"]),
    "report_failed": lambda _, response, __: report_state(response, "Job Failed", **FAILED_REPORT),
    "report_skipped": lambda _, response, __: report_state(response, "Job Skipped", percent=0),
    "report_stuck": lambda _, response, __: report_state(response, "Job Running"),
    "clock_skew": lambda _, response, fault: skewed(response, fault.options["seconds"]),
}

# --- bytes on the way ---------------------------------------------------------------------------------------------


def delivered(response: Response, now: datetime, fault: Fault | None, headers: Mapping[str, str]) -> Reply | None:
    """What is sent of an answer; None: the connection ends.

    Args:
        response: the answer, misleading or not.
        now: simulated, for the Date header.
        fault: what happens to it on the way.
        headers: that every answer has.
    """
    skew = fault.options["seconds"] if fault and fault.kind == "clock_skew" else 0.0
    common = {"Date": format_datetime(now + timedelta(seconds=skew), usegmt=True), **headers}
    payload = json.dumps(response.body, separators=(",", ":")).encode()
    whole = Reply(response.status, {"Content-Type": JSON_TYPE, **common, **response.headers}, payload)
    if fault is None:
        return whole
    kind = OUTAGES[int(fault.luck("outage") * len(OUTAGES))] if fault.kind == "outage" else fault.kind
    on_the_way = ON_THE_WAY.get(kind)
    return on_the_way(fault, whole, common) if on_the_way else whole


def _seconds(fault: Fault) -> float:
    return float(fault.options.get("seconds") or 0.0)


def _status(fault: Fault) -> int:
    return int(fault.options.get("status") or 503)


def _page(fault: Fault, _: Reply, common: dict[str, str]) -> Reply:
    status = _status(fault)
    return Reply(status, {"Content-Type": HTML_TYPE, **common}, PAGE.format(title=TITLES[status]).encode())


def _plain_json(fault: Fault, _: Reply, common: dict[str, str]) -> Reply:
    status = _status(fault)
    body = json.dumps({"message": TITLES[status]}).encode()
    return Reply(status, {"Content-Type": JSON_TYPE, **common}, body)


def _truncated(_: Fault, whole: Reply, common: dict[str, str]) -> Reply:
    half = max(1, len(whole.payload) // 2)
    return Reply(whole.status, {"Content-Type": JSON_TYPE, **common}, whole.payload[:half])


ON_THE_WAY: dict[str, Callable[[Fault, Reply, dict[str, str]], Reply | None]] = {
    "drop": lambda *_: None,
    "lost_answer": lambda *_: None,
    "latency": lambda fault, whole, _: replace(whole, wait_seconds=_seconds(fault)),
    "slow_drip": lambda fault, whole, _: replace(whole, drip_seconds=_seconds(fault)),
    "timeout": lambda fault, *_: Reply(504, {}, b"", wait_seconds=_seconds(fault), silent=True),
    "empty_200": lambda _, __, common: Reply(200, {"Content-Type": JSON_TYPE, **common}, b""),
    "empty_500": lambda fault, _, common: Reply(_status(fault), {"Content-Type": JSON_TYPE, **common}, b""),
    "truncated_json": _truncated,
    "http_500_html": _page,
    "http_500_json": lambda fault, whole, _: replace(whole, status=_status(fault)),
    "http_500_plain_json": _plain_json,
    "error_200": lambda _, whole, __: replace(whole, status=200),
}
OUTAGES = ("http_500_html", "http_500_plain_json", "empty_500", "drop")
"""What a platform that is down answers, one as likely as the other."""
