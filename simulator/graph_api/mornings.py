"""What is new on a morning, and what becomes due in between: launches, reviews, edits by the scenario's people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.graph_api import steering
from simulator.graph_api.call import Activity
from simulator.graph_api.planting import campaigns_share, seat
from simulator.graph_api.presence import hashed
from simulator.graph_api.tree import APPROVED, DISAPPROVED, GONE, PENDING, Ad, AdSet, Campaign, level_of
from simulator.mechanisms.ad_review import AdReview, status

if TYPE_CHECKING:
    from simulator.graph_api.account import Account

_PEOPLE = "A person in Ads Manager"
_REVIEW_MINUTES = (5, 25)
_WORDS = {"ACTIVE": APPROVED, "PENDING_REVIEW": PENDING, "DISAPPROVED": DISAPPROVED}


def pass_night(account: Account) -> None:
    """Let the account's day end and the next one begin."""
    world = account.world
    active, budgets = world.active[0].tolist(), world.budgets_minor[0].tolist()
    account.told = {s.id: (active[s.index], budgets[s.index]) for s in account.ad_sets.values() if s.market is None}
    steering.close_day(account)
    _wake(account)


def _wake(account: Account) -> None:
    """Take over what the world's people and reviewers did overnight, and divide the new day's money."""
    mechanisms = account.scenario.mechanisms
    if account.world.has_places:
        seat(account, account.world.today, *account.world.standing())
        _switch(account)
    if "ad_review" in mechanisms:
        _review(account)
    if "outside_edits" in mechanisms:
        _edits(account)
    if mechanisms or account.created_ad_sets or account.factors or _limited(account):
        account.refresh_delivery()


def _limited(account: Account) -> bool:
    return bool(account.spend_cap_minor) or any(
        campaign.has_budget or campaign.spend_cap_minor is not None for campaign in account.campaigns.values()
    )


def happen(account: Account, object_id: str) -> None:
    """An object is due: its review is over, or it begins or ends."""
    found = account.find(object_id)
    if isinstance(found, Ad) and found.review == PENDING:
        found.review = verdict(account, found)
        account.activities.append(_by_meta(account, found))
    if found is not None:
        account.refresh_delivery((found.campaign,))


def _by_meta(account: Account, ad: Ad) -> Activity:
    word = "ad_review_approved" if ad.review == APPROVED else "ad_review_declined"
    return Activity(account.now, word, ad.id, "ad", ad.name, actor_name="Meta")


def submit(account: Account, ad: Ad) -> None:
    """Have an ad reviewed: some minutes, by a hash of its id and what it is (assumption: Meta says within 24 hours).

    Where the scenario's own market reviews the ads of its places, that decides.
    """
    ad.review = PENDING
    if ad.place is not None and "ad_review" in account.scenario.mechanisms:
        return
    low, more = _REVIEW_MINUTES
    minutes = low + more * hashed(f"review {ad.id} {ad.creative_id}")
    account.due(account.now + timedelta(minutes=int(minutes)), ad.id)


def verdict(account: Account, ad: Ad) -> str:
    """What the review of an ad finds: a small share is rejected where the scenario has ad review."""
    mechanism = account.scenario.mechanisms.get("ad_review")
    share = mechanism.first_rejected if isinstance(mechanism, AdReview) else 0.0
    return DISAPPROVED if hashed(f"verdict {ad.id} {ad.creative_id}") < share else APPROVED


def _switch(account: Account) -> None:
    """Statuses of ads that people switched off or on overnight."""
    on = account.world.mechanism_state("creatives").on[0]
    waits = "ad_review" not in account.scenario.mechanisms
    for ad in account.ads.values():
        if ad.place is None or ad.last_day is not None or ad.status in GONE or (waits and ad.review != APPROVED):
            continue
        ad.status = "ACTIVE" if on[ad.ad_set.index, ad.place] else "PAUSED"


def _review(account: Account) -> None:
    """Where the scenario's reviewers stand with each ad of the world."""
    reviews = account.world.mechanism_state("ad_review")
    places = account.world.has_places
    words = status(reviews, account.world.mechanism_state("creatives").generation if places else None)[0]
    for ad_set in account.ad_sets.values():
        if ad_set.market is not None:
            continue
        for ad in ad_set.ads if places else ad_set.ads[:1]:
            if (ad.place is not None or not places) and ad.last_day is None:
                ad.review = _WORDS[str(words[ad_set.index, ad.place or 0])]


def _edits(account: Account) -> None:
    """Statuses and budgets that people changed overnight."""
    active, budgets = account.world.active[0], account.world.budgets_minor[0]
    for ad_set in account.ad_sets.values():
        if ad_set.market is not None:
            continue
        told_active, told_budget = account.told[ad_set.id]
        now_active, now_budget = bool(active[ad_set.index]), int(budgets[ad_set.index])
        if now_active != told_active and ad_set.status not in GONE and not _held(account, ad_set):
            old, ad_set.status = ad_set.status, "ACTIVE" if now_active else "PAUSED"
            _by_people(account, ad_set, "update_ad_set_run_status", old, ad_set.status)
        if campaigns_share(account.scenario) and (now_active, now_budget) != (told_active, told_budget):
            _sum_up(account, ad_set.campaign)
        if now_budget != told_budget:
            _by_people(account, ad_set, "update_ad_set_budget", str(told_budget), str(now_budget))


def _sum_up(account: Account, campaign: Campaign) -> None:
    """A campaign's budget after people have edited its parts: what its running ad sets have together."""
    active, budgets = account.world.active[0], account.world.budgets_minor[0]
    rows = [ad_set.index for ad_set in campaign.ad_sets if ad_set.market is None and active[ad_set.index]]
    if campaign.daily_budget_minor is not None and rows and all(s.market is None for s in campaign.ad_sets):
        campaign.daily_budget_minor = int(budgets[rows].sum())
        campaign.divided = ()


def _held(account: Account, ad_set: AdSet) -> bool:
    """Whether something above or below it keeps an ad set from delivering, whatever its own status."""
    resting = not account.world.has_places and not any(ad.status == "ACTIVE" for ad in ad_set.ads)
    return resting or ad_set.campaign.status != "ACTIVE"


def _by_people(account: Account, ad_set: AdSet, event: str, old: str, new: str) -> None:
    extra = {"old_value": old, "new_value": new}
    account.activities.append(
        Activity(account.now, event, ad_set.id, level_of(ad_set), ad_set.name, actor_name=_PEOPLE, extra=extra)
    )
