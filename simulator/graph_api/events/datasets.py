"""Datasets, which Meta's API still calls pixels: whose they are, who may use them, when they last fired.

`hidden` of a dataset's record holds "accounts" (that may use it), "shops" (accounts whose simulated shop has its code),
"events" (see `store`), "users" (assigned, with their tasks) and "resent_events" (see `store`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.graph_api.account import Account
from simulator.graph_api.events.browser import browser_events
from simulator.graph_api.events.statistics import Happened, happened
from simulator.graph_api.events.store import counted, events_of
from simulator.graph_api.records import Record

if TYPE_CHECKING:
    from simulator.graph_api.state import Platform

DEFAULTS = {
    "can_proxy": True,
    "data_use_setting": "ADVERTISING_AND_ANALYTICS",
    "enable_automatic_matching": False,
    "automatic_matching_fields": [],
    "first_party_cookie_status": "FIRST_PARTY_COOKIE_ENABLED",
    "is_created_by_business": True,
    "is_consolidated_container": True,
    "is_crm": False,
    "is_mta_use": False,
    "is_restricted_use": False,
    "is_unavailable": False,
}


def plant(state: Platform) -> None:
    """The dataset that there is from the beginning: the shop of every account has its code."""
    values = {**DEFAULTS, "name": "Caudal emulator pixel", "owner_business": owner(state)}
    pixel = state.add_record("pixel", None, values, object_id=state.credentials.pixel_id)
    pixel.hidden["accounts"] = list(state.accounts.values())
    pixel.hidden["shops"] = list(state.accounts.values())


def make(state: Platform, name: str, account: Account | None, *, is_crm: bool = False) -> Record:
    """A new dataset of the business; no shop has its code, so it knows what servers send and nothing else."""
    values: dict[str, Any] = {**DEFAULTS, "name": name, "is_crm": is_crm, "owner_business": owner(state)}
    if account:
        values["owner_ad_account"] = {"id": account.id, "account_id": account.number}
    pixel = state.add_record("pixel", None, values)
    pixel.hidden["accounts"] = [account] if account else []
    return pixel


def owner(state: Platform) -> dict[str, str]:
    """The business that owns everything here."""
    return {"id": state.credentials.business_id, "name": "Caudal emulator"}


def accounts_of(pixel: Record) -> list[Account]:
    """Accounts that may use it."""
    found: list[Account] = pixel.hidden.setdefault("accounts", [])
    return found


def shops(pixel: Record, now: datetime) -> list[Account]:
    """Accounts whose simulated shop reports to it, up to date."""
    found: list[Account] = pixel.hidden.get("shops", [])
    for account in found:
        account.catch_up(now)
    return found


def history(pixel: Record, since: datetime, until: datetime, now: datetime) -> list[Happened]:
    """Events that count of since..until (the end excluded), of servers and browsers."""
    servers = [event for event in counted(pixel) if since <= event.at < until]
    return list(happened(servers, browser_events(shops(pixel, now), since, until)))


def last_fired_at(pixel: Record) -> datetime | None:
    """When the last event came in: a shop's code fires all the time, as far as its account has been looked at."""
    instants = [account.now for account in pixel.hidden.get("shops", ())]
    instants += [event.received_at for event in events_of(pixel)[-1:]]
    return max(instants, default=None)
