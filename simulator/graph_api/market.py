"""The markets of an account: the world that it began with, and a small world for every ad set that a client creates.

An ad set of its own world changes nothing about the others' luck. It is born without history, and delivers for the
part of a day's traffic in which it may: its budget of the day is for that part (Meta: "Pacing and scheduling").
"""

from __future__ import annotations

import hashlib
from datetime import date
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.ledger import METRICS
from simulator.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from simulator.scenario import Scenario

    Ints = NDArray[np.int64]

_OFF = ("campaign_budget", "creatives", "lifetime_budget", "outside_edits")
"""Mechanisms that the emulator stands in for: it divides and paces budgets itself, and clients have no people."""
_ATTEMPTS = 12
_SEEDS = 2**63


class AccountWorld(World):
    """The account's world, which remembers what stood in its ads' places on each day and tells today's ads apart."""

    def __init__(self, scenario: Scenario, seeds: Sequence[int]) -> None:
        """As `World`."""
        self.places: list[tuple[Ints, NDArray[np.bool_]]] = []
        """Of each day that has passed: launches so far, and whether there was an ad, (A, C)."""
        super().__init__(scenario, seeds)

    @property
    def has_places(self) -> bool:
        """Whether an ad set has room for several ads (mechanism `creatives`)."""
        return "creatives" in self.scenario.mechanisms

    def standing(self) -> tuple[Ints, NDArray[np.bool_]]:
        """What stands in the ads' places this morning: launches so far, and whether there is an ad, (A, C)."""
        state = self.mechanism_state("creatives")
        return np.broadcast_to(state.generation, state.on.shape)[0].copy(), state.exists[0].copy()

    def step(self) -> None:
        """Let today happen."""
        if self.has_places:
            self.places.append(self.standing())
        super().step()

    def today_by_ad(self) -> dict[str, Ints]:
        """What today will have brought by ad, (A, C), if budgets stay; reach is of the ad set and not here."""
        day = self._outcome(self._set_out_to_spend())
        figures = {"spend_minor": day.spend_minor, "impressions": day.impressions, "clicks": day.clicks}
        summed = {"conversions": day.orders.sum(axis=0), "value_minor": day.worth_minor.sum(axis=0)}
        return {name: np.asarray(array)[0] for name, array in {**figures, **summed}.items()}


class Market:
    """One ad set alone, from `day` on, with the luck of `seed`."""

    def __init__(self, scenario: Scenario, seed: int, day: date) -> None:
        off = {name: None for name in _OFF if name in scenario.mechanisms}
        bids: dict[str, Any] = {"bid_strategies": {"share": 0.0}}  # none until a client bids
        alone = scenario.having(ad_sets=1, history_days=0, start_day=day, **off, **bids)
        self.world = World(alone, seeds=[seed])
        self.world.set_active(0, 0, active=False)
        self._seen: tuple[tuple[object, ...], dict[str, int]] = ((), {})

    def figures(self, since: date, until: date) -> Mapping[str, Ints]:
        """Arrays (D,) of days that have passed, as known this morning; zero before it began."""
        return {name: array[0, 0] for name, array in self.world.report_range(since, until).items()}

    def today(self, budget_minor: int, part: float, delivered: float, limit_minor: float = inf) -> dict[str, int]:
        """Figures of today so far.

        Args:
            budget_minor: for a whole day.
            part: of today's traffic in which the ad set delivers, as it looks now.
            delivered: of today's traffic, what has passed of that part.
            limit_minor: what today may cost at most.
        """
        key = self.world.today, budget_minor, part, delivered, limit_minor
        if self._seen[0] != key:
            self._set(budget_minor, part, limit_minor)
            found = self.world.peek_today(min(1.0, delivered / part) if part > 0 else 0.0)
            self._seen = key, {name: int(found[name][0, 0]) for name in METRICS}
        return self._seen[1]

    def forget(self) -> None:
        """What today looked like is no longer so: the market itself has been changed."""
        self._seen = ((), {})

    def close(self, budget_minor: int, part: float, limit_minor: float = inf) -> None:
        """Let today happen; arguments as of `today`."""
        self._set(budget_minor, part, limit_minor)
        self.world.step()

    def _set(self, budget_minor: int, part: float, limit_minor: float) -> None:
        """Today's budget, so low that the day stays within the limit."""
        wanted = int(budget_minor * part)
        self.world.set_active(0, 0, active=wanted > 0)
        self.world.set_budget(0, 0, wanted)
        if not isfinite(limit_minor):
            return
        for _ in range(_ATTEMPTS):
            spend = int(self.world.peek_today(1.0)["spend_minor"][0, 0])
            if spend <= limit_minor:
                return
            wanted = int(wanted * max(limit_minor, 0.0) / spend)
            self.world.set_budget(0, 0, wanted)
        self.world.set_budget(0, 0, 0)


def seed_of(account_seed: int, ordinal: int) -> int:
    """The luck of the ad set that was created as the `ordinal`-th of an account.

    >>> seed_of(1, 1) != seed_of(1, 2) != seed_of(2, 1)
    True
    """
    digest = hashlib.sha256(f"ad set {account_seed} {ordinal}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _SEEDS
