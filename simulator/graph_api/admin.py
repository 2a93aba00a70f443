"""The door beside the API: the clock, the truth, the log of requests, and faults. All JSON, no token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import inf
from typing import Any

import numpy as np

from simulator.graph_api import data_admin
from simulator.graph_api.access_doors import ACCESS_DOORS
from simulator.graph_api.account import Account
from simulator.graph_api.emulator import Emulator
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.fault_doors import FAULT_DOORS
from simulator.graph_api.messages import Response
from simulator.graph_api.page.view import view
from simulator.graph_api.params import parsed

MOST_REQUESTS = 10_000
ELSEWHERE = ("GET webhooks", "POST webhooks", "GET worlds", "POST worlds", "DELETE worlds/NAME")
"""Doors of the process rather than of a world; worlds are at the address without a world's name only."""


def admin(emulator: Emulator, method: str, name: str, params: Mapping[str, Any]) -> Response:
    """Answer GET or POST /_emulator/<name>."""
    handler = DOORS.get((method, name))
    if handler is None:
        doors = ", ".join((*(f"{known} {door}" for known, door in DOORS), *ELSEWHERE))
        asked = f"{method} /_emulator/{name}".rstrip("/")
        return Response({"error": f"there is no {asked}; known: {doors}"}, 404)
    try:
        return Response(handler(emulator, params))
    except EmulatorError as error:
        return Response({"error": str(error)}, 400)


def _clock(emulator: Emulator, _: Mapping[str, Any]) -> Any:
    return {"now": emulator.now().isoformat(), "speed": emulator.clock.speed}


def _move_clock(emulator: Emulator, params: Mapping[str, Any]) -> Any:
    """{"advance_days": n} | {"advance_seconds": s} | {"to": iso} moves, {"speed": x} changes the pace; or both."""
    _only("the clock", params, "advance_days", "advance_seconds", "to", "speed")
    if moves := set(params) - {"speed"}:
        if len(moves) > 1:
            raise EmulatorError(f"one move at a time, got {', '.join(sorted(moves))}")
        emulator.move(_target(emulator.now(), params))
    if "speed" in params:
        emulator.run_at(_number(params, "speed"))
    return _clock(emulator, {})


def _target(now: datetime, params: Mapping[str, Any]) -> datetime:
    if "to" in params:
        try:
            to = datetime.fromisoformat(str(params["to"]))
        except ValueError as error:
            raise EmulatorError(f"to must be an ISO instant, got {params['to']!r}") from error
        if to.tzinfo is None:
            raise EmulatorError(f"to must say its offset from UTC, got {params['to']!r}")
        return to.astimezone(now.tzinfo)
    days, seconds = _number(params, "advance_days"), _number(params, "advance_seconds")
    try:
        return now + timedelta(days=days, seconds=seconds)
    except OverflowError as error:
        raise EmulatorError(
            f"{days} days and {seconds} seconds from {now.isoformat()} is beyond the calendar"
        ) from error


def _only(what: str, params: Mapping[str, Any], *known: str) -> None:
    """A misspelt word is refused, not passed over."""
    if unknown := set(params) - set(known):
        raise EmulatorError(f"{what} knows no {', '.join(sorted(unknown))}; known: {', '.join(known)}")


def _number(params: Mapping[str, Any], name: str) -> float:
    value = parsed(params, name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
        raise EmulatorError(f"{name} must be a number of at least 0, got {value!r}")
    return value


def _world(emulator: Emulator, _: Mapping[str, Any]) -> Any:
    """The truth, which no client of the API may see."""
    emulator.now()
    return {"accounts": [_truth(account) for i in emulator.state.accounts if (account := emulator.state.account(i))]}


def _truth(account: Account) -> dict[str, Any]:
    world = account.world
    expected, caused = world.expected_value_minor(world.budgets_minor)[0], world.caused()
    spend = world.report_range(world.first_day, account.today)["spend_minor"][0].sum(axis=-1)
    return {
        "id": account.id,
        "scenario": account.scenario.name,
        "seed": account.config.seed,
        "currency": account.scenario.currency,
        "time_zone": account.scenario.time_zone,
        "first_day": world.first_day.isoformat(),
        "start_day": account.scenario.start_day.isoformat(),
        "today": world.today.isoformat(),
        "ad_sets": [
            {
                "id": ad_set.id,
                "name": ad_set.name,
                "budget_minor": account.budget_minor(ad_set),
                "active": bool(world.active[0, ad_set.index]),
                "expected_value_minor": float(np.round(expected[ad_set.index], 6)),
                "spend_minor": int(spend[ad_set.index]),
                "caused_conversions": int(caused["conversions"][0, ad_set.index].sum()),
                "caused_value_minor": int(caused["value_minor"][0, ad_set.index].sum()),
            }
            for ad_set in account.ad_sets.values()
            if ad_set.market is None
        ],
    }


def _requests(emulator: Emulator, params: Mapping[str, Any]) -> Any:
    """The log after number `after`, oldest first, at most `limit` entries; `total` counts all there ever were."""
    _only("the log", params, "after", "limit")
    after, limit = int(_number(params, "after")), int(_number({"limit": MOST_REQUESTS, **params}, "limit"))
    entries = [entry for entry in emulator.log if entry["n"] > after]
    return {"requests": entries[:limit], "total": emulator.log[-1]["n"] if emulator.log else 0}


def _pace_reports(emulator: Emulator, params: Mapping[str, Any]) -> Any:
    """{"stage_seconds": s}: how long each stage of an asynchronous report lasts; 0 lets every look bring it on."""
    _only("the pace of reports", params, "stage_seconds")
    if "stage_seconds" not in params:
        raise EmulatorError('say how long a stage lasts: {"stage_seconds": 30}, or 0 to let every look bring it on')
    emulator.state.report_stage_seconds = _number(params, "stage_seconds")
    return {"stage_seconds": emulator.state.report_stage_seconds}


DOORS = {
    ("GET", "page"): view,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _move_clock,
    ("GET", "world"): _world,
    ("GET", "requests"): _requests,
    ("POST", "reports"): _pace_reports,
    ("GET", "events"): data_admin.received,
    ("POST", "controls"): data_admin.control,
    **FAULT_DOORS,
    **ACCESS_DOORS,
}
