"""Decide on campaigns, then move each campaign's ad sets together: for accounts whose budgets are set on campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agents.allocation import conclude, leeway, proportional
from agents.campaigns import by_campaign, campaign_keys, spread
from agents.explanation.words import money
from agents.policies._words import check_single, sentences
from agents.policies._wrapping import cap_of, usual_policy, wrapped
from agents.vocabulary import Allocation, Observation, Policy, Rng


@dataclass(frozen=True, slots=True)
class CampaignLevel:
    """Another policy on campaigns in the place of ad sets; ad sets outside campaigns stand for themselves.

    Within a campaign, budgets keep their proportions as far as bounds and the change cap of single ad sets allow.

    Attributes:
        policy: what decides, {"name", "params"}.
    """

    policy: Mapping[str, Any] = field(default_factory=usual_policy)

    def __post_init__(self) -> None:
        wrapped(self.policy)

    @property
    def max_change(self) -> float | None:
        """The change cap of the policy inside, which holds for campaigns and ad sets alike."""
        return cap_of(wrapped(self.policy))

    def decide(self, observation: Observation, rng: Rng) -> Allocation:
        """Budgets (..., A); the certificate has the multiplier of the campaigns' decision."""
        policy = wrapped(self.policy)
        asked = policy.decide(by_campaign(observation), rng)
        room = leeway(observation, cap_of(policy))
        budgets = proportional(spread(observation, asked.budgets_minor), room)
        dual = None if asked.certificate is None else asked.certificate.dual_value
        return conclude(observation, room, budgets, dual_value=dual)

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,): what its campaign does."""
        check_single(observation)
        sets, keys = observation.ad_sets, campaign_keys(observation.ad_sets)
        free, unit = sets.adjustable, observation.currency

        def because(i: int) -> str:
            own = np.array([key == keys[i] for key in keys]) & free
            now, then = (int(b[own].sum()) for b in (sets.budgets_minor, allocation.budgets_minor))
            moved = f"goes from {money(now, observation)} to" if now != then else "stays at"
            return (
                f"{keys[i]} {moved} {money(then, observation)} {unit}, and its {int(own.sum())} ad sets keep "
                f"their proportions"
            )

        return sentences(observation, allocation, self.max_change, because)


POLICY: type[Policy] = CampaignLevel
