"""Levels of prices, rates and returns: vendors' benchmarks, so ranges rather than truths.

Those of shops are widened by a tenth, because most are medians of one agency. An account whose clicks convert at 5 % or
more is judged as one that buys leads, any other as a shop: benchmarks for shops end at 3.5 %, those for leads begin at
7.7 %. Amounts are turned into US dollars at rounded rates of 2025.
"""

from __future__ import annotations

from collections.abc import Callable

from experiments.laboratory import Laboratory
from experiments.sim_to_real import Target
from experiments.targets._dollars import DOLLARS

_LEADS = 0.05
_SHOPS = 0.1


def _ratio(
    top: str, bottom: str, *, leads: bool, money: str = "", times: float = 1.0
) -> Callable[[Laboratory], float | None]:
    """A ratio of sums over all worlds; `money` says where an amount stands: "over", "under" or nowhere."""

    def measure(laboratory: Laboratory) -> float | None:
        sample = laboratory.sample()
        if sample.total("clicks") == 0 or sample.total("conversions") == 0:
            return None
        dollars = DOLLARS.get(laboratory.scenario.currency)
        is_leads = sample.total("conversions") / sample.total("clicks") >= _LEADS
        if is_leads != leads or (money and dollars is None):
            return None
        value = times * sample.total(top) / sample.total(bottom)
        return value * dollars / laboratory.scenario.minor_per_major if money and dollars is not None else value

    return measure


def _shops(top: str, bottom: str, *, money: str = "", times: float = 1.0) -> Callable[[Laboratory], float | None]:
    return _ratio(top, bottom, leads=False, money=money, times=times)


def _leads(top: str, bottom: str, *, money: str = "", times: float = 1.0) -> Callable[[Laboratory], float | None]:
    return _ratio(top, bottom, leads=True, money=money, times=times)


_WORDSTREAM = "WordStream/LocaliQ 2024-2025, US lead campaigns, medians"

TARGETS = (
    Target(
        "CPM of shops",
        6.0,
        28.0,
        "Creascale: regions from 6-9 (MENA) to 18-28 (UK, AU); P. House: mean 14.50",
        _shops("spend_minor", "impressions", money="over", times=1000.0),
        _SHOPS,
        "USD",
    ),
    Target(
        "CTR of shops",
        0.9,
        2.5,
        "P. House: mean 0.9, healthy 1.1-1.5; AdLibrary: 1.2-2.5",
        _shops("clicks", "impressions", times=100.0),
        _SHOPS,
        "%",
    ),
    Target(
        "CVR of shops",
        1.5,
        3.5,
        "P. House: mean 1.5, healthy 2.8-3.5",
        _shops("conversions", "clicks", times=100.0),
        _SHOPS,
        "%",
    ),
    Target(
        "CPC of shops",
        0.56,
        2.02,
        "AdLibrary: 0.5-1.8 EUR",
        _shops("spend_minor", "clicks", money="over"),
        _SHOPS,
        "USD",
    ),
    Target(
        "CPA of shops",
        14.0,
        58.0,
        "Creascale: from 14-22 (phone accessories) to 38-58 (footwear)",
        _shops("spend_minor", "conversions", money="over"),
        _SHOPS,
        "USD",
    ),
    Target(
        "ROAS of shops",
        1.9,
        3.8,
        "Creascale: median 1.9, top decile from 3.8; P. House: mean 2.8",
        _shops("value_minor", "spend_minor"),
        _SHOPS,
    ),
    Target("CTR of lead accounts", 2.53, 2.59, _WORDSTREAM, _leads("clicks", "impressions", times=100.0), 0.25, "%"),
    Target("CVR of lead accounts", 7.72, 8.78, _WORDSTREAM, _leads("conversions", "clicks", times=100.0), 0.25, "%"),
    Target("CPC of lead accounts", 1.88, 1.92, _WORDSTREAM, _leads("spend_minor", "clicks", money="over"), 0.25, "USD"),
    Target("cost per lead", 21.98, 27.66, _WORDSTREAM, _leads("spend_minor", "conversions", money="over"), 0.25, "USD"),
)
