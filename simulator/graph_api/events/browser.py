"""What the simulated shop's own pixel reports from browsers: the world's clicks and orders, hour by hour.

A click is a PageView and an order a Purchase, as reported today (assumption; the world knows no other page events).
These events carry no event_id, for the world's orders have none: they never deduplicate with server events.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from simulator.graph_api.account import Account
from simulator.traffic import hour_shares

NAMES = {"PageView": "clicks", "Purchase": "conversions"}
"""Event names by the metric that they come from."""
SHOP_HOST = "shop.example"
PAGES = {"PageView": f"https://{SHOP_HOST}/", "Purchase": f"https://{SHOP_HOST}/thank-you"}
HOURS = 24


@dataclass(frozen=True, slots=True)
class BrowserEvents:
    """`count` events of one name in the hour that begins at `at`; `value` of all of them in major units."""

    name: str
    at: datetime
    count: int
    value: float


def browser_events(accounts: Sequence[Account], since: datetime, until: datetime) -> list[BrowserEvents]:
    """Events of the hours that begin in since..until (the end excluded), of all accounts, in order of time."""
    found = [events for account in accounts for events in _of_account(account, since, until)]
    return sorted(found, key=lambda events: (events.at, events.name))


def spread(count: int, shares: Sequence[float]) -> list[int]:
    """A whole number over places with these shares, as whole numbers with the same sum.

    >>> spread(10, [0.5, 0.25, 0.25])
    [5, 2, 3]
    """
    total, passed, before, found = sum(shares), 0.0, 0, []
    for place, share in enumerate(shares):
        passed += share
        reached = count if place == len(shares) - 1 else int(count * passed / total + 1e-9) if total else 0
        found.append(reached - before)
        before = reached
    return found


def _of_account(account: Account, since: datetime, until: datetime) -> Iterator[BrowserEvents]:
    first = max(since.astimezone(account.zone).date(), account.world.first_day)
    last = min(until.astimezone(account.zone).date(), account.today)
    if first > last:
        return
    figures = account.figures(first, last)
    value_minor = figures["value_minor"].sum(axis=0)
    for place in range((last - first).days + 1):
        day = first + timedelta(days=place)
        shares = _shares_so_far(account, day)
        values = spread(int(value_minor[place]), shares)
        for name, metric in NAMES.items():
            counts = spread(int(figures[metric].sum(axis=0)[place]), shares)
            for hour, count in enumerate(counts):
                at = datetime(day.year, day.month, day.day, hour, tzinfo=account.zone)
                if count and since <= at < until:
                    worth = values[hour] / account.scenario.minor_per_major if name == "Purchase" else 0.0
                    yield BrowserEvents(name, at, count, worth)


def _shares_so_far(account: Account, day: date) -> list[float]:
    """Traffic of each hour of a day; hours to come have none."""
    shares = [float(share) for share in hour_shares(day.weekday())]
    if day < account.today:
        return shares
    hour = account.local(account.now).hour
    return shares[: hour + 1]
