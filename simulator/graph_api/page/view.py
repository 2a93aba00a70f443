"""What the page shows, as JSON: one account's tree as clients see it, the clock, the last requests, faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.emulator import Emulator
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.fault_kinds import KINDS
from simulator.graph_api.params import MAX_PAGE
from simulator.graph_api.profiles import built_in
from simulator.graph_api.routing import look
from simulator.graph_api.state import Platform

REQUESTS = 100
BUDGETS = "daily_budget,lifetime_budget"
FIELDS = {
    "campaigns": f"id,name,effective_status,{BUDGETS}",
    "adsets": f"id,name,effective_status,campaign_id,{BUDGETS},learning_stage_info",
    "ads": "id,name,effective_status,adset_id",
}
METRICS = "spend,impressions,clicks,actions"
ORDERS = "offsite_conversion.fb_pixel_purchase"


def view(emulator: Emulator, params: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of one account (`account`, the first unless told) and the requests after number `after`.

    Raises:
        EmulatorError: there is no such account.
    """
    account_id, after = str(params.get("account") or ""), str(params.get("after") or "0")
    shown = emulator.inside(lambda state: _account(state, account_id or next(iter(state.accounts))))
    newest = [entry for entry in list(emulator.log)[-REQUESTS:] if entry["n"] > int(after if after.isdecimal() else 0)]
    return {
        **shown,
        "speed": emulator.clock.speed,
        "requests": newest,
        "faults": _faults(emulator),
    }


def _faults(emulator: Emulator) -> dict[str, Any]:
    following = emulator.faults.profile
    return {
        "planned": emulator.faults.planned,
        "kinds": [kind for kind in KINDS if kind != "error"],
        "profile": following.name if following else None,
        "profiles": list(built_in()),
    }


def _account(state: Platform, account_id: str) -> dict[str, Any]:
    account = state.account(account_id)
    if account is None:
        raise EmulatorError(f"there is no account {account_id!r}; known: {', '.join(state.accounts)}")
    scenario = account.scenario
    return {
        "now": state.now.isoformat(),
        "local": account.local(state.now).isoformat(),
        "accounts": [{"id": other.id, "name": other.name} for other in state.accounts.values()],
        "account": {
            "id": account.id,
            "name": account.name,
            "scenario": scenario.name,
            "currency": scenario.currency,
            "minor_per_major": scenario.minor_per_major,
            "time_zone": scenario.time_zone,
            "day": (account.today - scenario.start_day + timedelta(days=1)).days,
        },
        "campaigns": _tree(state, account),
    }


def _tree(state: Platform, account: Account) -> list[dict[str, Any]]:
    """Campaigns with their ad sets with their ads; each with today's figures."""
    found = {edge: _rows(state, f"{account.id}/{edge}", fields=fields) for edge, fields in FIELDS.items()}
    for edge, level in (("campaigns", "campaign"), ("adsets", "adset"), ("ads", "ad")):
        figures = _today(state, account, level)
        for row in found[edge]:
            row["today"] = figures.get(row["id"], {})
    ads = _by(found["ads"], "adset_id")
    for ad_set in found["adsets"]:
        ad_set["ads"] = ads.get(ad_set["id"], [])
        ad_set["learning"] = (ad_set.pop("learning_stage_info", None) or {}).get("status")
    ad_sets = _by(found["adsets"], "campaign_id")
    return [{**campaign, "adsets": ad_sets.get(campaign["id"], [])} for campaign in found["campaigns"]]


def _today(state: Platform, account: Account, level: str) -> dict[str, dict[str, Any]]:
    rows = _rows(state, f"{account.id}/insights", level=level, date_preset="today", fields=f"{level}_id,{METRICS}")
    return {row[f"{level}_id"]: {**_figures(row)} for row in rows}


def _figures(row: Mapping[str, Any]) -> dict[str, str]:
    orders = {action["action_type"]: action["value"] for action in row.get("actions", [])}.get(ORDERS, "0")
    return {name: row.get(name, "0") for name in ("spend", "impressions", "clicks")} | {"orders": orders}


def _rows(state: Platform, path: str, **params: str) -> list[dict[str, Any]]:
    body = look(state, path, {**params, "limit": MAX_PAGE})
    return list(body["data"])


def _by(rows: Iterable[dict[str, Any]], name: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found
