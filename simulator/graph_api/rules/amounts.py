"""The least that budgets, bids and limits may be (Meta: "Ad set", "Minimum budgets", "Ad campaign group").

Meta's illustrative minimums for automatic bids are 0.50 USD a day for impressions, 2.50 for clicks, likes and views and
40 for rarer actions: the account's least, five times and eighty times that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.graph_api.amounts import major
from simulator.graph_api.errors import GraphError, known

if TYPE_CHECKING:
    from simulator.graph_api.account import Account

HIGH_FREQUENCY, LOW_FREQUENCY = 5, 80
_OFTEN = frozenset({"LINK_CLICKS", "PAGE_LIKES", "POST_ENGAGEMENT", "THRUPLAY", "CLICKS"})
_RARELY = frozenset({"APP_INSTALLS", "OFFER_CLAIMS", "PURCHASE", "LISTING_INTERACTION"})
PER_DOLLAR = {
    "AUD": 1.5, "BRL": 5.5, "CAD": 1.4, "CHF": 0.85, "CLP": 950, "COP": 4100, "CRC": 510, "CZK": 23, "DKK": 6.8,
    "EUR": 0.9, "GBP": 0.78, "HKD": 7.8, "HUF": 360, "IDR": 16000, "ILS": 3.6, "INR": 85, "ISK": 130, "JPY": 150,
    "KRW": 1400, "MXN": 19, "NOK": 10.7, "NZD": 1.65, "PLN": 3.9, "PYG": 7500, "SEK": 10.3, "SGD": 1.33, "TRY": 38,
    "TWD": 32, "USD": 1, "VND": 25500, "ZAR": 18,
}  # fmt: skip
"""Rough rates, of which no more is asked than that a least amount is about right (assumption)."""
_LEAST_CAP_DOLLARS = 100
_LEAST_BID_DOLLARS = {True: 0.02, False: 0.01}


def dollars(account: Account, amount: float) -> int:
    """An amount of US dollars in the account's minor units."""
    scenario = account.scenario
    return max(1, round(amount * PER_DOLLAR.get(scenario.currency, 1.0) * scenario.minor_per_major))


def least_spend_cap(account: Account) -> int:
    """The smallest spending limit of a campaign."""
    return dollars(account, _LEAST_CAP_DOLLARS)


def least_bid(account: Account, billing_event: str) -> int:
    """The smallest bid: 2 cents for a thousand impressions, one for anything else."""
    return dollars(account, _LEAST_BID_DOLLARS[billing_event == "IMPRESSIONS"])


def least_daily(account: Account, billing_event: str, bid_minor: int | None) -> int:
    """The smallest daily budget under a billing event and, where there is one, a bid cap."""
    if bid_minor is not None:
        return max(account.scenario.minimum_budget_minor, bid_minor * (1 if billing_event == "IMPRESSIONS" else 5))
    factor = HIGH_FREQUENCY if billing_event in _OFTEN else LOW_FREQUENCY if billing_event in _RARELY else 1
    return account.scenario.minimum_budget_minor * factor


def too_low(account: Account, least_minor: int, name: str, *, subcode: int = 1885272) -> GraphError:
    """A budget or limit below the least."""
    shown = major(least_minor, account.scenario.minor_per_major)
    return known(100, subcode, minimum=shown, currency=account.scenario.currency, blame=[[name]])
