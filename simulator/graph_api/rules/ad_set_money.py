"""Budgets, bids and schedules of ad sets (Meta: "Ad set", "Bid strategy", "Pacing and scheduling")."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulator.graph_api.errors import bad_param, known
from simulator.graph_api.params import parsed
from simulator.graph_api.rules.amounts import dollars, least_bid, least_daily, too_low
from simulator.graph_api.rules.campaigns import CAPPED, MIN_ROAS
from simulator.graph_api.rules.reading import money, rows
from simulator.graph_api.steering import days_left

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.rules.ad_sets import AdSetDraft

_DAY = timedelta(hours=24)
_ROAS = (100, 10_000_000)
_HOUR, _MIDNIGHT = 60, 24 * 60
_WEEKDAYS = range(7)


def read_budget(account: Account, draft: AdSetDraft, asked: Mapping[str, Any], *, new: bool) -> None:
    """Daily or lifetime budget, where the campaign has none.

    Raises:
        GraphError: both, the campaign's, or none at all.
    """
    given = [name for name in ("daily_budget", "lifetime_budget") if name in asked and asked[name] is not None]
    amounts = {name: money(asked, name) for name in given}
    amounts = {name: amount for name, amount in amounts.items() if amount or len(given) == 1}
    if draft.campaign.has_budget:
        if amounts:
            raise known(100, 1885621)
        return
    if len(amounts) > 1:
        raise bad_param("lifetime_budget", "cannot be set together with daily_budget")
    if not amounts:
        if new:
            raise too_low(account, account.scenario.minimum_budget_minor, "daily_budget")
        return
    name, amount = next(iter(amounts.items()))
    before = "lifetime_budget" if draft.lifetime_budget_minor is not None else "daily_budget"
    if not new and name != before:
        raise bad_param(name, f"cannot replace a {before}: copy the ad set")
    draft.daily_budget_minor = amount if name == "daily_budget" else None
    draft.lifetime_budget_minor = amount if name == "lifetime_budget" else None


def check_budget(account: Account, draft: AdSetDraft) -> None:
    """Whether the budget is enough and fits the schedule, and least and most spend fit each other.

    Raises:
        GraphError: it is not.
    """
    _check_bounds(draft)
    if draft.campaign.has_budget:
        if draft.campaign.lifetime_budget_minor is not None and not (draft.end_at or draft.campaign.stop_at):
            raise bad_param("end_time", "is required in a campaign with a lifetime budget and no stop_time")
        return
    capped = draft.settings.get("bid_amount") if draft.strategy == "LOWEST_COST_WITH_BID_CAP" else None
    least = least_daily(account, draft.settings["billing_event"], capped)
    if draft.daily_budget_minor is not None:
        if draft.daily_budget_minor < least:
            raise too_low(account, least, "daily_budget")
        if draft.end_at is not None and draft.end_at - (draft.start_at or account.now) <= _DAY:
            raise bad_param("end_time", "must be more than 24 hours after start_time with a daily budget")
    elif draft.lifetime_budget_minor is not None:
        if draft.end_at is None:
            raise bad_param("end_time", "is required with a lifetime budget")
        least *= max(1, round(days_left(account, draft.end_at)))
        if draft.lifetime_budget_minor < least:
            raise too_low(account, least, "lifetime_budget")


def _check_bounds(draft: AdSetDraft) -> None:
    settings = draft.settings
    for kind, needs in (
        ("daily", draft.campaign.daily_budget_minor),
        ("lifetime", draft.campaign.lifetime_budget_minor),
    ):
        low, high = settings.get(f"{kind}_min_spend_target"), settings.get(f"{kind}_spend_cap")
        if (low or high) and needs is None:
            name = f"{kind}_min_spend_target" if low else f"{kind}_spend_cap"
            raise bad_param(name, f"needs a campaign with a {kind} budget of its own")
        if low and high and low > high:
            raise bad_param(f"{kind}_min_spend_target", f"must not be more than {kind}_spend_cap")
        if low and needs is not None and low > needs:
            raise bad_param(f"{kind}_min_spend_target", "must not be more than the campaign's budget")


def check_bids(account: Account, draft: AdSetDraft) -> None:
    """Whether bid, strategy, goal, billing and pacing fit each other.

    Raises:
        GraphError: they do not.
    """
    settings, strategy = draft.settings, draft.strategy
    bid, billing = settings.get("bid_amount"), settings["billing_event"]
    if strategy in CAPPED and not bid:
        raise bad_param("bid_amount", f"is required with bid strategy {strategy}")
    if strategy not in CAPPED and bid:
        raise bad_param("bid_amount", f"cannot be set with bid strategy {strategy}")
    if bid and bid < least_bid(account, billing):
        least = least_bid(account, billing)
        raise bad_param("bid_amount", f"must be at least {least} (two US cents for IMPRESSIONS, one otherwise)")
    if bid and bid > dollars(account, 1_000_000):
        raise bad_param("bid_amount", "must be less than a million US dollars")
    if strategy == "COST_CAP" and (billing != "IMPRESSIONS" or "no_pacing" in settings.get("pacing_type", ())):
        raise bad_param("bid_strategy", "COST_CAP needs billing_event IMPRESSIONS and standard pacing")
    floor = (settings.get("bid_constraints") or {}).get("roas_average_floor")
    if strategy != MIN_ROAS:
        if floor is not None:
            raise bad_param("bid_constraints", f"needs bid strategy {MIN_ROAS}")
        return
    low, high = _ROAS
    if isinstance(floor, bool) or not isinstance(floor, int) or not low <= floor <= high:
        raise bad_param(
            "bid_constraints", f"must have roas_average_floor, ten thousand times the ROAS, {low} to {high}"
        )
    if settings["optimization_goal"] != "VALUE":
        raise bad_param("bid_strategy", f"{MIN_ROAS} needs optimization_goal VALUE")


def check_schedule(draft: AdSetDraft, asked: Mapping[str, Any]) -> None:
    """Whether the hours of the week in which an ad set may run are whole hours of a lifetime budget.

    Raises:
        GraphError: they are not.
    """
    if "adset_schedule" not in asked or not parsed(asked, "adset_schedule"):
        return
    if draft.lifetime_budget_minor is None and draft.campaign.lifetime_budget_minor is None:
        raise bad_param("adset_schedule", "needs a lifetime budget")
    if "day_parting" not in (draft.settings.get("pacing_type") or draft.campaign.settings.get("pacing_type") or ()):
        raise bad_param("pacing_type", "must be ['day_parting'] with an adset_schedule")
    for row in rows(asked, "adset_schedule"):
        start, end = row.get("start_minute"), row.get("end_minute")
        whole = all(isinstance(m, int) and 0 <= m <= _MIDNIGHT and m % _HOUR == 0 for m in (start, end))
        if not whole or start >= end:  # type: ignore[operator]
            raise bad_param("adset_schedule", "must begin and end on whole hours, in minutes from midnight")
        if not row.get("days") or any(day not in _WEEKDAYS for day in row["days"]):
            raise bad_param("adset_schedule", "must name days from 0 (Sunday) to 6 (Saturday)")
        if row.get("timezone_type", "USER") not in ("USER", "ADVERTISER"):
            raise bad_param("adset_schedule", "must have timezone_type USER or ADVERTISER")
