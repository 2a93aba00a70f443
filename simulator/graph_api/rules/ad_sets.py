"""Ad sets: budgets and bids, goals, targeting, schedules (Meta: "Ad set", "Bid strategy", "Pacing and scheduling")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.graph_api.bidding import strategy_of
from simulator.graph_api.errors import archived_object, bad_param, known
from simulator.graph_api.params import parsed
from simulator.graph_api.rules.ad_set_money import check_bids, check_budget, check_schedule, read_budget
from simulator.graph_api.rules.campaigns import STRATEGIES, pacing_of
from simulator.graph_api.rules.goals import (
    BILLING,
    CONVERTING,
    DESTINATIONS,
    GOALS,
    ONE_DAY,
    USUAL_GOAL,
    USUAL_WINDOWS,
    check_goal,
    check_promoted,
    check_windows,
)
from simulator.graph_api.rules.reading import asked_of, instant_of, mapping, missing, money, name_of, option, words
from simulator.graph_api.rules.targeting import checked_targeting, flagged_in, in_europe
from simulator.graph_api.tree import GONE, STATUSES, AdSet, Campaign

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.state import Platform

MOST_AD_SETS = 200
SETTABLE = words(
    """
    ad_set_goal adlabels adset_schedule attribution_count_type attribution_spec automatic_manual_state
    bid_adjustments bid_amount bid_constraints bid_strategy billing_event brand_safety_config
    budget_schedule_specs budget_source budget_split_set_id campaign_attribution campaign_id campaign_spec
    creative_sequence creative_sequence_repetition_pattern daily_budget daily_imps daily_min_spend_target
    daily_spend_cap destination_type dsa_beneficiary dsa_payor end_time existing_customer_budget_percentage
    frequency_control_specs full_funnel_exploration_mode is_ba_skip_delayed_eligible
    is_budget_schedule_enabled is_dc_follow_optimized is_dynamic_creative is_incremental_attribution_enabled
    is_sac_cfca_terms_certified is_sequenced_conversion_creation lifetime_budget lifetime_imps
    lifetime_min_spend_target lifetime_spend_cap line_number live_video_ad_campaign_config
    max_budget_spend_percentage meta_moment_maker_spec min_budget_spend_percentage
    multi_event_conversion_attribution_window_seconds multi_optimization_goal_weight name optimization_goal
    optimization_sub_event pacing_type placement_soft_opt_out promoted_object rb_prediction_id
    regional_regulated_categories regional_regulation_identities relative_value rf_prediction_id
    source_adset_id start_time status targeting time_based_ad_rotation_id_blocks
    time_based_ad_rotation_intervals time_start time_stop topline_id trending_topics_spec tune_for_category
    value_rule_set_id value_rules_applied account_id
    """
)
_TOLD = words(
    """
    account_id adlabels attribution_spec bid_amount bid_constraints bid_strategy billing_event budget_schedule_specs
    campaign_id campaign_spec daily_budget daily_min_spend_target daily_spend_cap destination_type end_time
    lifetime_budget lifetime_min_spend_target lifetime_spend_cap name optimization_goal pacing_type
    promoted_object start_time status targeting time_start time_stop
    """
)
SIGNIFICANT = ("targeting", "optimization_goal", "billing_event", "bid_strategy", "promoted_object")
"""Changes after which an ad set learns anew and its ads are reviewed again (not: bids, budgets, schedules)."""
SPEND_BOUNDS = ("daily_min_spend_target", "daily_spend_cap", "lifetime_min_spend_target", "lifetime_spend_cap")


@dataclass(slots=True)
class AdSetDraft:
    """An ad set as a write would have it; money in minor units."""

    campaign: Campaign
    name: str = ""
    status: str = "ACTIVE"
    settings: dict[str, Any] = field(default_factory=dict)
    daily_budget_minor: int | None = None
    lifetime_budget_minor: int | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    flagged: frozenset[str] = frozenset()

    @property
    def strategy(self) -> str:
        """The bid strategy that holds: the campaign's where it says one (it has the budget, or ad sets share)."""
        return str(
            self.campaign.settings.get("bid_strategy") or self.settings.get("bid_strategy") or "LOWEST_COST_WITHOUT_CAP"
        )


def drafted(account: Account, ad_set: AdSet) -> AdSetDraft:
    """A draft of what the ad set is now."""
    daily = ad_set.daily_budget_minor
    if ad_set.market is None and not ad_set.campaign.has_budget and ad_set.lifetime_budget_minor is None:
        daily = account.budget_minor(ad_set)
    return AdSetDraft(
        ad_set.campaign,
        ad_set.name,
        ad_set.status,
        dict(ad_set.settings),
        daily,
        ad_set.lifetime_budget_minor,
        ad_set.start_at,
        ad_set.end_at,
        ad_set.flagged,
    )


def read_ad_set(
    state: Platform | None, account: Account, ad_set: AdSet | None, params: Mapping[str, Any], usual: Mapping[str, Any]
) -> AdSetDraft:
    """The ad set as a create (of None) or an update would have it, checked.

    Args:
        state: where pixels, pages and audiences are.
        account: whose it is.
        ad_set: what it is now.
        params: of the write.
        usual: settings that hold where the ad set says nothing: those of the scenario's own ad sets.

    Raises:
        GraphError: a value or a combination that Meta refuses.
    """
    asked = asked_of(params, SETTABLE, "AdSet")
    if ad_set is None:
        draft = AdSetDraft(campaign_of(account, asked))
        if len(draft.campaign.living) >= MOST_AD_SETS:
            raise bad_param("campaign_id", f"has {MOST_AD_SETS} ad sets, the most that a campaign can have")
    else:
        draft = drafted(account, ad_set)
        draft.settings = {**usual, **draft.settings}
        if "campaign_id" in asked and str(asked["campaign_id"]) != ad_set.campaign.id:
            raise bad_param("campaign_id", "cannot be changed: copy the ad set into the other campaign")
    if ad_set is None or "name" in asked:
        draft.name = name_of(asked)
    if "status" in asked:
        draft.status = option(asked, "status", STATUSES[:2] if ad_set is None else STATUSES)
    _read_times(account, draft, asked, new=ad_set is None)
    _read_goal(state, account, draft, asked, new=ad_set is None)
    _read_bids(draft, asked)
    read_budget(account, draft, asked, new=ad_set is None)
    draft.settings |= {name: parsed(asked, name) for name in asked if name not in _TOLD}
    check_schedule(draft, asked)
    if ad_set is None or set(asked) & _MONEY:
        check_bids(account, draft)
        check_budget(account, draft)
    if ad_set is None or set(asked) & {"targeting", "dsa_payor", "dsa_beneficiary"}:
        _check_payors(account, draft, new=ad_set is None)
    _check_sharing(draft, ad_set)
    return draft


_MONEY = words(
    """
    daily_budget lifetime_budget bid_amount bid_strategy bid_constraints billing_event end_time start_time
    daily_min_spend_target daily_spend_cap lifetime_min_spend_target lifetime_spend_cap pacing_type optimization_goal
    """
)


def campaign_of(account: Account, asked: Mapping[str, Any]) -> Campaign:
    """The campaign that a new ad set is to be in.

    Raises:
        GraphError: none named, none of this account's, or one that is archived or deleted.
    """
    if asked.get("campaign_id") is None:
        raise missing("campaign_id")
    found = account.campaigns.get(str(asked["campaign_id"]))
    if found is None:
        raise bad_param("campaign_id", f"{asked['campaign_id']} is no campaign of this account")
    if found.status in GONE:
        raise known(100, 1487566) if found.status == "DELETED" else archived_object()
    return found


def _read_times(account: Account, draft: AdSetDraft, asked: Mapping[str, Any], *, new: bool) -> None:
    for name in ("start_time", "time_start"):
        if name in asked:
            draft.start_at = instant_of(asked, name, account)
    if new and draft.start_at is None:
        draft.start_at = account.now
    for name in ("end_time", "time_stop"):
        if name in asked:
            draft.end_at = instant_of(asked, name, account)
            if draft.end_at is not None and draft.end_at <= account.now:
                raise known(100, 1487033)
    if draft.end_at is not None and draft.start_at is not None and draft.end_at <= draft.start_at:
        raise bad_param("end_time", "must be after start_time")


def _read_goal(
    state: Platform | None, account: Account, draft: AdSetDraft, asked: Mapping[str, Any], *, new: bool
) -> None:
    settings = draft.settings
    _read_words(draft, asked, new=new)
    if "promoted_object" in asked:
        settings["promoted_object"] = mapping(asked, "promoted_object")
    if new or {"optimization_goal", "promoted_object"} & set(asked):
        check_promoted(state, account, settings["optimization_goal"], settings.get("promoted_object"))
    if "targeting" in asked:
        settings["targeting"] = checked_targeting(state, account, parsed(asked, "targeting"))
        draft.flagged = flagged_in(state, settings["targeting"]) if state else frozenset()
    if "attribution_spec" in asked:
        spec = parsed(asked, "attribution_spec")
        check_windows(settings["optimization_goal"], spec)
        settings["attribution_spec"] = spec
    elif new:
        settings["attribution_spec"] = USUAL_WINDOWS if settings["optimization_goal"] in CONVERTING else ONE_DAY


def _read_words(draft: AdSetDraft, asked: Mapping[str, Any], *, new: bool) -> None:
    """Goal, billing event and destination."""
    settings, objective = draft.settings, str(draft.campaign.settings.get("objective", "OUTCOME_SALES"))
    if new:
        settings["optimization_goal"] = USUAL_GOAL[objective]
        for name in ("billing_event", "targeting"):
            if name not in asked:
                raise missing(name)
    every = frozenset().union(*GOALS.values()) | words("DERIVED_EVENTS NONE")
    for name, options in (
        ("optimization_goal", every),
        ("billing_event", BILLING | {"CLICKS"}),
        ("destination_type", DESTINATIONS),
    ):
        if name in asked:
            settings[name] = option(asked, name, options)
    if new or {"optimization_goal", "billing_event"} & set(asked):
        check_goal(objective, settings["optimization_goal"], settings["billing_event"])


def _read_bids(draft: AdSetDraft, asked: Mapping[str, Any]) -> None:
    settings = draft.settings
    if "bid_strategy" in asked:
        chosen = option(asked, "bid_strategy", STRATEGIES)
        given = draft.campaign.settings.get("bid_strategy")
        if (draft.campaign.has_budget or given) and chosen != draft.strategy:
            raise bad_param("bid_strategy", f"is the campaign's: {draft.strategy}")
        settings["bid_strategy"] = chosen
    if "bid_amount" in asked:
        settings["bid_amount"] = money(asked, "bid_amount") or None
        free = not draft.campaign.has_budget and "bid_strategy" not in {**draft.campaign.settings, **settings}
        if settings["bid_amount"] and free:
            settings["bid_strategy"] = "LOWEST_COST_WITH_BID_CAP"  # as Meta takes a bid that comes alone (assumption)
    if "bid_constraints" in asked:
        settings["bid_constraints"] = mapping(asked, "bid_constraints")
    if "bid_strategy" in asked and draft.strategy == "LOWEST_COST_WITHOUT_CAP" and "bid_amount" not in asked:
        settings.pop("bid_amount", None)
    if "pacing_type" in asked:
        settings["pacing_type"] = pacing_of(asked)
    for name in SPEND_BOUNDS:
        if name in asked:
            settings[name] = money(asked, name) or None


def _check_payors(account: Account, draft: AdSetDraft, *, new: bool) -> None:
    if not in_europe(draft.settings.get("targeting") or {}):
        return
    payor = draft.settings.get("dsa_payor") or account.settings.get("default_dsa_payor")
    beneficiary = draft.settings.get("dsa_beneficiary") or account.settings.get("default_dsa_beneficiary")
    if not new and not payor and not beneficiary:
        raise known(100, 3858152)
    if not payor:
        raise known(100, 3858079)
    if not beneficiary:
        raise known(100, 3858081)


def _check_sharing(draft: AdSetDraft, ad_set: AdSet | None) -> None:
    """Ad sets that share budgets must be alike."""
    if not draft.campaign.settings.get("is_adset_budget_sharing_enabled") or draft.campaign.has_budget:
        return
    mine = draft.lifetime_budget_minor is None, draft.strategy, draft.end_at
    for other in draft.campaign.living:
        if other is not ad_set and mine != (other.lifetime_budget_minor is None, strategy_of(other), other.end_at):
            raise known(100, 4834009)
