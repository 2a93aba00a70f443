"""Changing objects: the whole write is checked before anything of it is applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulator.graph_api.account import Account
from simulator.graph_api.ad_set_fields import usual_settings
from simulator.graph_api.bidding import bid
from simulator.graph_api.errors import archived_object, budget_changed_too_often, deleted_object, known
from simulator.graph_api.mornings import submit
from simulator.graph_api.rules.ad_sets import SIGNIFICANT, AdSetDraft, read_ad_set
from simulator.graph_api.rules.ads import AdDraft, read_ad
from simulator.graph_api.rules.campaigns import CampaignDraft, read_campaign
from simulator.graph_api.rules.reading import MANNERS, only_validates
from simulator.graph_api.tree import GONE, Ad, AdSet, Campaign, Node, level_of

if TYPE_CHECKING:
    from simulator.graph_api.state import Platform

CHANGES_AN_HOUR = 4
HOUR = timedelta(hours=1)
Plan = Callable[[], None]
"""What a checked write does."""


def update(account: Account, node: Node, params: Mapping[str, Any], state: Platform | None = None) -> bool:
    """Apply a write; says whether anything was applied (not under validate_only).

    Args:
        account: whose object it is.
        node: what is changed.
        params: what is asked.
        state: where creatives, pixels, pages and audiences are looked up; without it they are taken on trust.

    Raises:
        GraphError: a value the platform refuses, or a fifth budget change within an hour.
    """
    asked = {name for name in params if name not in MANNERS}
    _check_state(node, asked, params.get("status"))
    plan = _planned(account, node, params, state)
    if only_validates(params) or not asked:
        return False
    plan()
    account.refresh_delivery((node.campaign,))
    return True


def _planned(account: Account, node: Node, params: Mapping[str, Any], state: Platform | None) -> Plan:
    if isinstance(node, Campaign):
        campaign, drafted = node, read_campaign(account, node, params)
        _check_changes(account, *(account.ad_sets[ad_set_id] for ad_set_id in drafted.adset_budgets))
        return lambda: write_campaign(account, campaign, drafted)
    if isinstance(node, AdSet):
        ad_set, wanted = node, read_ad_set(state, account, node, params, usual_settings(account, node))
        if any(params.get(name) is not None for name in ("daily_budget", "lifetime_budget")):
            _check_changes(account, ad_set)
        return lambda: write_ad_set(account, ad_set, wanted)
    ad, described = node, read_ad(state, account, node, params)
    return lambda: write_ad(account, ad, described)


def _check_state(node: Node, asked: set[str], status: Any) -> None:
    """What is deleted or archived, itself or by what it is in, keeps its money and settings."""
    state = node.effective_status if node.effective_status in GONE else node.status
    if state == "DELETED" and asked - {"name"} and not (asked <= {"name", "status"} and status == "DELETED"):
        raise known(100, 1487566) if isinstance(node, Campaign) else deleted_object()
    if state == "ARCHIVED" and (asked - {"name", "status"} or status not in (None, "ARCHIVED", "DELETED")):
        raise archived_object()


def _check_changes(account: Account, *ad_sets: AdSet) -> None:
    """Four changes within an hour block the fifth until an hour after the fourth (Meta: "Rate limiting")."""
    for ad_set in ad_sets:
        last = ad_set.budget_changes[-CHANGES_AN_HOUR:]
        full = len(last) == CHANGES_AN_HOUR and last[-1] - last[0] < HOUR
        if full and account.now - last[-1] < HOUR:
            raise budget_changed_too_often()


def _name_and_status(account: Account, node: Node, name: str, status: str) -> bool:
    """Rename and switch; says whether that was anything."""
    kind = {"campaign": "campaign", "adset": "ad_set", "ad": "ad"}[level_of(node)]
    changed = (node.name, node.status) != (name, status)
    if node.name != name:
        old, node.name = node.name, name
        event = "update_ad_friendly_name" if kind == "ad" else f"update_{kind}_name"
        account.note(event, node, old_value=old, new_value=name)
    if node.status != status:
        before, node.status = node.status, status
        account.note(f"update_{kind}_run_status", node, old_value=before, new_value=status)
    return changed


def _settings(account: Account, node: Node, wanted: Mapping[str, Any]) -> list[str]:
    """Take over settings; says which are new."""
    changed = [name for name, value in wanted.items() if node.settings.get(name) != value]
    changed += [name for name in node.settings if name not in wanted]
    events = {"bid_strategy": "bid_strategy", "bid_amount": "bidding", "targeting": "target_spec"}
    for name in changed if isinstance(node, AdSet) else ():
        if name in (*events, "optimization_goal"):
            old, new = node.settings.get(name), wanted.get(name)
            account.note(f"update_ad_set_{events.get(name, name)}", node, old_value=old, new_value=new)
    node.settings = dict(wanted)
    return changed


def write_campaign(account: Account, campaign: Campaign, wanted: CampaignDraft) -> None:
    """Make the campaign what the draft says."""
    changed = _name_and_status(account, campaign, wanted.name, wanted.status)
    changed |= bool(_settings(account, campaign, wanted.settings))
    money = wanted.daily_budget_minor, wanted.lifetime_budget_minor
    had = campaign.daily_budget_minor, campaign.lifetime_budget_minor
    if money != had:
        if (money == (None, None)) != (had == (None, None)):
            campaign.toggled_at = account.now
        old, new = (amounts[0] if amounts[0] is not None else amounts[1] for amounts in (had, money))
        account.note("update_campaign_budget", campaign, old_value=old, new_value=new)
    campaign.daily_budget_minor, campaign.lifetime_budget_minor = money
    if wanted.spend_cap_minor != campaign.spend_cap_minor:
        old, new = campaign.spend_cap_minor, wanted.spend_cap_minor
        account.note("update_campaign_group_spend_cap", campaign, old_value=old, new_value=new)
    campaign.spend_cap_minor, campaign.stop_at = wanted.spend_cap_minor, wanted.stop_at
    if campaign.stop_at:
        account.due(campaign.stop_at, campaign.id)
    for ad_set in campaign.living if campaign.has_budget and had == (None, None) else ():
        ad_set.daily_budget_minor = ad_set.lifetime_budget_minor = None
    for ad_set_id, budget_minor in wanted.adset_budgets.items():
        account.set_budget(account.ad_sets[ad_set_id], budget_minor)
    for ad_set_id, amount in wanted.adset_bids.items():
        account.ad_sets[ad_set_id].settings["bid_amount"] = amount
        bid(account, account.ad_sets[ad_set_id])
    if changed:  # a budget or a limit does not move it: it is no change detector on Meta either
        campaign.updated_at = account.now


def write_ad_set(account: Account, ad_set: AdSet, wanted: AdSetDraft) -> None:
    """Make the ad set what the draft says."""
    changed = _name_and_status(account, ad_set, wanted.name, wanted.status)
    times = wanted.start_at, wanted.end_at
    if times != (ad_set.start_at, ad_set.end_at):
        account.note("update_campaign_schedule", ad_set, new_value=str(wanted.end_at))
        changed = True
    ad_set.start_at, ad_set.end_at = times
    ad_set.flagged = wanted.flagged
    for at in times:
        if at:
            account.due(at, ad_set.id)
    _write_budget(account, ad_set, wanted)
    before = {**usual_settings(account, ad_set), **ad_set.settings}
    fresh = {name: value for name, value in wanted.settings.items() if before.get(name) != value}
    gone = [name for name in ad_set.settings if name not in wanted.settings]
    if fresh or gone:
        kept = {name: value for name, value in ad_set.settings.items() if name not in gone}
        _settings(account, ad_set, {**kept, **fresh})
        bid(account, ad_set)
        changed = True
    if set(SIGNIFICANT) & set(fresh) and before.get("billing_event"):
        account.note_significant_edit(ad_set)
        if {"targeting", "optimization_goal", "billing_event"} & set(fresh):
            for ad in ad_set.living:
                submit(account, ad)
    if changed:
        ad_set.updated_at = account.now


def _write_budget(account: Account, ad_set: AdSet, wanted: AdSetDraft) -> None:
    if ad_set.campaign.has_budget:
        return
    daily, lifetime = wanted.daily_budget_minor, wanted.lifetime_budget_minor
    old = ad_set.lifetime_budget_minor if lifetime is not None else account.budget_minor(ad_set)
    new = daily if lifetime is None else lifetime
    if new is None or new == old:
        return
    account.note("update_ad_set_budget", ad_set, old_value=old, new_value=new)
    if daily is not None:
        account.set_budget(ad_set, daily)
    else:
        ad_set.lifetime_budget_minor = lifetime
        ad_set.budget_changes.append(account.now)


def write_ad(account: Account, ad: Ad, wanted: AdDraft) -> None:
    """Make the ad what the draft says; its creative is one that exists."""
    changed = _name_and_status(account, ad, wanted.name, wanted.status)
    changed |= bool(_settings(account, ad, wanted.settings))
    if isinstance(wanted.creative, str) and wanted.creative != ad.creative_id:
        account.note("update_ad_creative", ad, old_value=ad.creative_id, new_value=wanted.creative)
        ad.creative_id = wanted.creative
        account.note_significant_edit(ad.ad_set)
        if ad.status not in GONE:
            submit(account, ad)
        changed = True
    if changed:
        ad.updated_at = account.now
