"""Bids of ad sets, as their markets keep them: a cost, a bid or a return is promised, and spend is what keeps it.

Only for conversions does the simulated market know what a bid is about; under other goals it bids automatically.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.graph_api.rules.goals import CONVERTING
from simulator.mechanisms.bid_strategies import BID_CAP, COST_CAP, LOWEST_COST, MINIMUM_ROAS, with_levels

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.tree import AdSet

NAMES = {
    LOWEST_COST: "LOWEST_COST_WITHOUT_CAP",
    COST_CAP: "COST_CAP",
    BID_CAP: "LOWEST_COST_WITH_BID_CAP",
    MINIMUM_ROAS: "LOWEST_COST_WITH_MIN_ROAS",
}
ROAS_UNIT = 10_000
_CODES = {name: code for code, name in NAMES.items()}
_MECHANISM = "bid_strategies"


def strategy_of(ad_set: AdSet) -> str:
    """The bid strategy in force: the campaign's where it says one (with a budget, or where budgets are shared)."""
    return str(
        ad_set.campaign.settings.get("bid_strategy") or ad_set.settings.get("bid_strategy") or NAMES[LOWEST_COST]
    )


def bid(account: Account, ad_set: AdSet) -> None:
    """Tell an ad set's market its strategy and level."""
    world, place = (account.world, ad_set.index) if ad_set.market is None else (ad_set.market.world, 0)
    if _MECHANISM not in world.scenario.mechanisms:
        return
    state = world.mechanism_state(_MECHANISM)
    code = _CODES[strategy_of(ad_set)]
    level: float | None = ad_set.settings.get("bid_amount")
    if code == MINIMUM_ROAS:
        floor = (ad_set.settings.get("bid_constraints") or {}).get("roas_average_floor")
        level = floor / ROAS_UNIT if floor else None
    if ad_set.settings.get("optimization_goal", "OFFSITE_CONVERSIONS") not in CONVERTING or not level:
        code, level = LOWEST_COST, 1.0
    strategies, levels = np.array(state.strategy), np.array(state.level)
    strategies[0, place], levels[0, place] = code, level
    world.replace_mechanism_state(_MECHANISM, with_levels(state, levels, strategies))
    if ad_set.market is not None:
        ad_set.market.forget()


def planted_bid(account: Account, ad_set: AdSet) -> dict[str, object]:
    """Bid settings of an ad set of the account's world, as the scenario drew them."""
    if _MECHANISM not in account.scenario.mechanisms:
        return {"bid_strategy": NAMES[LOWEST_COST]}
    state = account.world.mechanism_state(_MECHANISM)
    code, level = int(state.strategy[0, ad_set.index]), float(state.level[0, ad_set.index])
    if code == MINIMUM_ROAS:
        return {"bid_strategy": NAMES[code], "bid_constraints": {"roas_average_floor": round(level * ROAS_UNIT)}}
    return {"bid_strategy": NAMES[code]} | ({"bid_amount": max(1, round(level))} if code != LOWEST_COST else {})
