"""Decide on campaigns, then move each campaign's ad sets together: for accounts whose budgets are set on campaigns."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import proportional
from agents.campaigns import by_campaign, campaign_keys, campaign_totals, spread
from agents.explanation import Account, Cause, account_of, explain_plainly
from agents.explanation.words import flip_words, money
from agents.policies._words import check_single, sentences
from agents.policies._wrapping import Around, account_along, concluded, has_curves, terms_of, wrapped
from agents.vocabulary import Allocation, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.explanation import Explanation
    from agents.vocabulary import IntArray

_SHARING = {False: "keep their proportions", True: "share that as far as their bounds allow"}


@dataclass(frozen=True, slots=True)
class CampaignLevel(Around):
    """Another policy on campaigns in the place of ad sets; ad sets outside campaigns stand for themselves.

    Within a campaign, budgets keep their proportions as far as bounds and the change cap of single ad sets allow.
    What is asked of the policy is asked of campaigns, and of single ad sets too where it is about these. Where what is
    believed of ad sets takes the account below an average that is asked, less is spent, in the same proportions.

    Attributes:
        policy: what decides, {"name", "params"}.
    """

    def __post_init__(self) -> None:
        wrapped(self.policy)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:
        """Budgets (..., A); the certificate has the multiplier of the campaigns' decision."""
        policy = wrapped(self.policy)
        asked = policy.decide(by_campaign(observation), rng)
        terms = terms_of(policy, observation)
        room = terms.room
        spent = np.clip(asked.budgets_minor.sum(axis=-1), room.lo_minor.sum(axis=-1), room.total_minor)
        wishes = spread(observation, asked.budgets_minor)
        spent, held_back = terms.affordable(wishes, spent)
        budgets = proportional(wishes, replace(room, total_minor=spent))
        missed = terms.broken(budgets, rounding=budgets.shape[-1])
        return concluded(observation, room, budgets, asked, beliefs=False, also=held_back, missed=missed)

    def account_for(
        self, observation: Observation, allocation: Allocation, rng: Rng, final_minor: IntArray | None = None
    ) -> Account:
        """The decision in figures, ad set by ad set, with the reasons of their campaigns: `rng` as `decide` got it.

        Figures are along the curves that the policy inside believes in of ad sets, where it has any. The decision came
        of the campaigns' curves, so what would turn it is told of the campaign, in words.
        """
        check_single(observation)
        policy, sets = wrapped(self.policy), observation.ad_sets
        campaigns = by_campaign(observation)
        again = deepcopy(rng)
        asked = policy.decide(campaigns, rng)
        of_campaigns = account_of(policy, campaigns, asked, again, sentences=policy.explain(campaigns, asked))
        entries = {entry.ad_set_id: entry for entry in of_campaigns.ad_sets}
        own = zip(self.explain(observation, allocation), campaign_keys(sets), sets.adjustable, strict=True)
        words = tuple(f"{told}; {_why(entries[key])}" if free else told for told, key, free in own)
        if has_curves(policy):
            return account_along(policy, observation, allocation, words, final_minor)
        return explain_plainly(observation, allocation, words, self.max_change, final_minor)

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,): what its campaign does."""
        check_single(observation)
        sets, keys = observation.ad_sets, campaign_keys(observation.ad_sets)
        then = allocation.budgets_minor
        before, after, count = (
            campaign_totals(sets, array) for array in (sets.budgets_minor, then, np.ones_like(then))
        )
        fair = sets.budgets_minor * (after / np.maximum(before, 1))
        parted = campaign_totals(sets, (np.abs(then - fair) > 1).astype(np.int64)) > 0
        unit = observation.currency

        def because(i: int) -> str:
            moved = f"goes from {money(before[i], observation)} to" if before[i] != after[i] else "stays at"
            said = f"{keys[i]} {moved} {money(after[i], observation)} {unit}"
            if count[i] == 1:
                return said
            return f"{said}, and its {count[i]} ad sets {_SHARING[bool(parted[i])]}"

        return sentences(observation, allocation, self.max_change, because)


def _why(campaign: Explanation) -> str:
    """The reason of what a campaign does, and what would turn it."""
    to_learn = campaign.reason is not Cause.POLICY
    turns = f"; {flip_words(campaign.flip, to_learn=to_learn)}" if campaign.flip else ""
    return f"of {campaign.ad_set_id}: {campaign.words}{turns}"


POLICY: type[Policy] = CampaignLevel
