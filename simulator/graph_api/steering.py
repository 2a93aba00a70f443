"""What the markets are told: who may deliver, and how much money there is for it.

* The budget of a campaign is divided among its ad sets that may deliver, each local day and whenever something changes:
  half of it equally, half by the results of the last seven days (plus one each), within the ad sets' own least and
  most (assumption; Meta does not publish its rule). Where the scenario's own market divides campaigns' money, the
  emulator only sees to the sum.
* A lifetime budget is what is left of it, divided evenly among the days that are left.
* The hours of the week in an `adset_schedule` are kept and shown and change nothing here (simplification).
* A spending limit that would be reached today lowers today's budgets so far that it is just reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from simulator.graph_api.apportioning import divided
from simulator.graph_api.planting import campaigns_share
from simulator.graph_api.schedules import raised, today
from simulator.graph_api.tree import APPROVED, Ad, AdSet, Campaign
from simulator.mechanisms.creatives import with_active

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.market import Market

RESULT_DAYS = 7
_EQUAL = 0.5


def market_of(ad_set: AdSet) -> Market:
    """The market of an ad set that a client created.

    Raises:
        ValueError: the ad set is the account's world's.
    """
    if ad_set.market is None:
        raise ValueError(f"ad set {ad_set.id} has no market of its own")
    return ad_set.market


def refresh(account: Account, campaigns: Sequence[Campaign]) -> None:
    """Tell the markets what these campaigns, their ad sets and ads now say."""
    for campaign in campaigns:
        for ad_set in campaign.ad_sets:
            _permit(account, ad_set)
    for campaign in campaigns:
        if campaign.has_budget:
            _divide(account, campaign)


def delivering(account: Account, ad_set: AdSet) -> list[Ad]:
    """The ads of an ad set that may be shown now, oldest first."""
    return [ad for ad in ad_set.ads if ad.effective_status == "ACTIVE"] if _in_time(account, ad_set) else []


def _in_time(account: Account, ad_set: AdSet) -> bool:
    """Whether an ad set and its campaign are active, without issues, and between their beginning and end."""
    begun = ad_set.start_at is None or ad_set.start_at <= account.now
    ended = ad_set.end_at is not None and ad_set.end_at <= account.now
    stopped = ad_set.campaign.stop_at is not None and ad_set.campaign.stop_at <= account.now
    return ad_set.permitted == "ACTIVE" and not ad_set.flagged and begun and not ended and not stopped


def _permit(account: Account, ad_set: AdSet) -> None:
    shown, world = delivering(account, ad_set), account.world
    if ad_set.presence is not None:
        ids = [ad.id for ad in shown]
        if ids != list(ad_set.presence.weights):
            ad_set.presence.change(account.share_at(account.now), ids)
    if ad_set.market is not None:
        return
    if world.has_places:
        _fill_places(account, ad_set)
    active = _in_time(account, ad_set) and (world.has_places or any(_runs(account, ad) for ad in ad_set.ads))
    if bool(world.active[0, ad_set.index]) != active:
        world.set_active(0, ad_set.index, active=active)


def _runs(account: Account, ad: Ad) -> bool:
    """Whether an ad of the account's world may be shown, as far as that is not for its reviewers to say."""
    return ad.status == "ACTIVE" and (ad.review == APPROVED or "ad_review" in account.scenario.mechanisms)


def _fill_places(account: Account, ad_set: AdSet) -> None:
    """Switch the places of an ad set's ads on and off."""
    state = account.world.mechanism_state("creatives")
    on = state.on.copy()
    for ad in ad_set.ads:
        if ad.place is not None and ad.last_day is None:
            on[0, ad_set.index, ad.place] = _runs(account, ad)
    if not np.array_equal(on & state.exists, state.on):
        account.world.replace_mechanism_state("creatives", with_active(state, on))


def _divide(account: Account, campaign: Campaign) -> None:
    """Divide today's part of a campaign's budget."""
    able = [ad_set for ad_set in campaign.ad_sets if delivering(account, ad_set)]
    total = today_of(account, campaign)
    planted = [ad_set for ad_set in able if ad_set.market is None]
    told: tuple[object, ...] = (total, tuple(ad_set.id for ad_set in able), account.world.today)
    by_world = campaigns_share(account.scenario)
    if by_world and len(planted) == len(able):
        told = told[:2]
    if not able or campaign.divided == told:
        return
    first, campaign.divided = not campaign.divided, told
    if by_world and len(planted) == len(able) and first and total == sum(_in_world(account, s) for s in able):
        return
    least, most = zip(*(_bounds(ad_set) for ad_set in able), strict=True)
    parts = divided(total, _weights(account, able, by_world=by_world), least, most)
    for ad_set, part in zip(able, parts, strict=True):
        ad_set.allotted_minor = part
        if ad_set.market is None and part != _in_world(account, ad_set):
            account.world.set_budget(0, ad_set.index, part)


def _in_world(account: Account, ad_set: AdSet) -> int:
    return int(account.world.budgets_minor[0, ad_set.index])


def _weights(account: Account, able: Sequence[AdSet], *, by_world: bool) -> list[float]:
    rows = [ad_set.index for ad_set in able]
    if by_world:
        inside = {s.id: float(_in_world(account, s)) for s in able if s.market is None}
        usual = sum(inside.values()) / len(inside) if inside else 1.0
        return [inside.get(ad_set.id, usual) for ad_set in able]
    yesterday = account.world.today - timedelta(days=1)
    if yesterday < account.world.first_day:
        return [1.0] * len(able)
    since = max(account.world.first_day, yesterday - timedelta(days=RESULT_DAYS - 1))
    results = account.figures(since, yesterday)["conversions"][rows].sum(axis=1) + 1.0
    return [float(_EQUAL / len(able) + (1.0 - _EQUAL) * part) for part in results / results.sum()]


def _bounds(ad_set: AdSet) -> tuple[int, int | None]:
    """Least and most that an ad set gets of its campaign's budget in a day."""
    least, most = (ad_set.settings.get(name) for name in ("daily_min_spend_target", "daily_spend_cap"))
    return int(least or 0), None if most is None else int(most)


def today_of(account: Account, campaign: Campaign) -> int:
    """What a campaign's own budget is today."""
    if campaign.daily_budget_minor is not None:
        return campaign.daily_budget_minor
    if campaign.lifetime_budget_minor is None:
        return 0
    ends = [campaign.stop_at, *(ad_set.end_at for ad_set in campaign.living)]
    left = campaign.lifetime_budget_minor - account.spent_minor(campaign.ad_sets, today=False)
    return int(max(0, left) / days_left(account, max((at for at in ends if at), default=None)))


def planned_minor(account: Account, ad_set: AdSet) -> int:
    """What an ad set is to spend on a whole day like today, before limits and schedules."""
    if ad_set.market is None:
        if ad_set.lifetime_budget_minor is None:
            return _in_world(account, ad_set)
    elif ad_set.campaign.has_budget:
        return ad_set.allotted_minor
    if ad_set.lifetime_budget_minor is not None:
        left = ad_set.lifetime_budget_minor - account.spent_minor([ad_set], today=False)
        return int(max(0, left) / days_left(account, ad_set.end_at))
    return ad_set.daily_budget_minor or 0


def days_left(account: Account, end_at: datetime | None) -> float:
    """Days of traffic from this morning to the end, or thirty where there is none (assumption); at least a bit."""
    if end_at is None:
        return 30.0
    whole = (account.local(end_at).date() - account.world.today).days
    last = account.midnight(account.local(end_at).date())
    return max(0.01, whole + (end_at - last) / timedelta(days=1))


def _force(account: Account, ad_set: AdSet) -> float:
    """By how much today's budget of an ad set differs from what is planned: schedules and limits."""
    factor = account.factors.get(ad_set.id, 1.0)
    if not today(account):
        return factor
    campaign = ad_set.campaign
    if campaign.has_budget and (whole := today_of(account, campaign)):
        factor *= raised(account, campaign, whole) / whole
    planned = planned_minor(account, ad_set)
    return factor * raised(account, ad_set, planned) / planned if planned else factor


@contextmanager
def in_force(account: Account) -> Iterator[None]:
    """The world with today's budgets as schedules and limits have them; afterwards, as people set them."""
    world = account.world
    if not account.factors and not today(account):
        yield
        return
    planned = world.budgets_minor
    forced = planned.copy()
    for ad_set in account.ad_sets.values():
        if ad_set.market is None:
            forced[0, ad_set.index] = int(planned[0, ad_set.index] * _force(account, ad_set))
    world.set_budgets(forced)
    try:
        yield
    finally:
        changed = world.budgets_minor != forced
        world.set_budgets(np.where(changed, world.budgets_minor, planned))


def created_today(account: Account, ad_set: AdSet, *, whole_day: bool = False) -> dict[str, int]:
    """Figures of today so far of an ad set with a market of its own, or of the day as it will have been."""
    part, delivered = _parts(account, ad_set)
    budget, limit = _money(account, ad_set)
    return market_of(ad_set).today(budget, part, part if whole_day else delivered, limit)


def _parts(account: Account, ad_set: AdSet) -> tuple[float, float]:
    """Of today's traffic, in which part an ad set delivers as it looks now, and how much of that has passed."""
    presence = ad_set.presence
    if presence is None:
        return 0.0, 0.0
    share = account.share_at(account.now)
    ends = [account.share_at(at) for at in (ad_set.end_at, ad_set.campaign.stop_at) if at is not None]
    delivered = presence.delivered(share)
    return delivered + (max(0.0, min([1.0, *ends]) - share) if presence.weights else 0.0), delivered


def _money(account: Account, ad_set: AdSet) -> tuple[int, float]:
    """Today's budget of a created ad set, and what today may cost at most."""
    planned = planned_minor(account, ad_set)
    limit, campaign = inf, ad_set.campaign
    if not campaign.has_budget and ad_set.lifetime_budget_minor is not None:
        limit = ad_set.lifetime_budget_minor - account.spent_minor([ad_set], today=False)
    elif campaign.lifetime_budget_minor is not None and (whole := today_of(account, campaign)):
        left = campaign.lifetime_budget_minor - account.spent_minor(campaign.ad_sets, today=False)
        limit = left * planned / whole
    return int(planned * _force(account, ad_set)), limit


def close_day(account: Account) -> None:
    """Let the world's day happen, and that of every created ad set."""
    day = account.world.today
    for ad_set in account.created_ad_sets:
        market, (part, _) = market_of(ad_set), _parts(account, ad_set)
        market.close(_money(account, ad_set)[0], part, _money(account, ad_set)[1])
    with in_force(account):
        account.world.step()
    for ad_set in account.ad_sets.values():
        if ad_set.presence is not None:
            ad_set.presence.close(day)
