"""Whether what decisions say of themselves is so, against the truth of simulated worlds; and what saying it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import process_time
from typing import TYPE_CHECKING, Literal

import numpy as np

from agents.explanation import Account, account_of
from agents.randomness import decision_rng, decision_seed
from agents.registry import build_policy
from agents.vocabulary import PolicySpec
from experiments.account import SimulatedAccount
from experiments.bench import Figure
from service.cycle import look
from simulator.scenarios import load_scenario
from simulator.world import World

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray

POLICY = PolicySpec("curve_thompson")
SCENARIOS = ("small", "medium", "volatile")
WORLDS, MORNINGS = 12, 20


@dataclass(frozen=True, eq=False, slots=True)
class Morning:
    """What was said one morning, and what was so: true values of the day (A,) when holding and as decided."""

    said: Account
    held: FloatArray
    decided: FloatArray
    seconds: tuple[float, float]

    @property
    def gain(self) -> float:
        """What the decision truly returns more than holding."""
        return float((self.decided - self.held).sum())


def bench(seed: int) -> tuple[Figure, ...]:
    """How often the truth lies within the 80 % intervals, what comes of expected gains, and what explaining costs."""
    mornings = [m for name in SCENARIOS for w in range(WORLDS) for m in _mornings(name, 200_000 + 1_000 * seed + w)]
    how = (
        f"{POLICY.name}, {len(mornings)} mornings: {WORLDS} worlds of each of {', '.join(SCENARIOS)}, "
        f"{MORNINGS} mornings each"
    )
    said, true = (np.array(x) for x in zip(*((_expected(m), m.gain) for m in mornings), strict=True))
    deciding, explaining = (sum(m.seconds[k] for m in mornings) for k in (0, 1))
    expected = 100.0 * float(np.mean([m.said.summary.p_gain or 0.0 for m in mornings]))
    figures: dict[str, tuple[float, str, Literal["higher", "lower"]]] = {
        "account_gain_in_interval": (_share(mornings, _account_inside), "%", "higher"),
        "ad_set_value_in_interval": (_share(mornings, _values_inside), "%", "higher"),
        "ad_set_gain_in_interval": (_share(mornings, _gains_inside), "%", "higher"),
        "true_over_expected_gain": (float(true.sum() / said.sum()), "", "higher"),
        "mornings_that_gain": (100.0 * float((true > 0).mean()), "%", "higher"),
        "mornings_expected_to_gain": (expected, "%", "higher"),
        "explaining_over_deciding": (explaining / deciding, "x", "lower"),
    }
    return tuple(Figure(name, value, unit, None, better, how) for name, (value, unit, better) in figures.items())


def _mornings(scenario: str, seed: int) -> Iterator[Morning]:
    """One account steered by the policy, with what it says each morning and the truth beside it."""
    world = World(load_scenario(scenario), [seed])
    account, policy = SimulatedAccount(world), build_policy(POLICY)
    total = sum(ad_set.budget_minor for ad_set in account.ad_sets() if ad_set.active)
    for _ in range(MORNINGS):
        observation = look(account, day=world.today, budget_minor=total)
        entropy = decision_seed(seed, observation.account_id, observation.day)
        start = process_time()
        allocation = policy.decide(observation, decision_rng(entropy))
        decided_at = process_time()
        said = account_of(policy, observation, allocation, decision_rng(entropy), sentences=())
        seconds = (decided_at - start, process_time() - decided_at)
        budgets = dict(zip(observation.ad_sets.ids, allocation.budgets_minor.tolist(), strict=True))
        held, decided = _true_values(world, account, budgets)
        yield Morning(said, held, decided, seconds)
        for ad_set_id, minor in budgets.items():
            account.set_daily_budget(ad_set_id, minor)
        world.step()


def _true_values(world: World, account: SimulatedAccount, budgets: Mapping[str, int]) -> tuple[FloatArray, FloatArray]:
    """Expected values of today (A,), by id: under the present budgets, and under those decided."""
    ids = [ad_set.id for ad_set in account.ad_sets()]
    order = np.argsort(ids, kind="stable")
    asked = np.array([[budgets[i] for i in ids]], dtype=np.float64)
    held, decided = (world.expected_value_minor(b)[0][order] for b in (world.budgets_minor, asked))
    return held, decided


def _expected(morning: Morning) -> float:
    gain = morning.said.summary.gain_minor
    return gain.expected if gain else 0.0


def _account_inside(morning: Morning) -> list[bool]:
    gain = morning.said.summary.gain_minor
    return [gain.low <= morning.gain <= gain.high] if gain else []


def _values_inside(morning: Morning) -> list[bool]:
    said = [entry.value_now_minor for entry in morning.said.ad_sets]
    return [v.low <= true <= v.high for v, true in zip(said, morning.held.tolist(), strict=True) if v and v.high]


def _gains_inside(morning: Morning) -> list[bool]:
    said = [entry.gain_minor for entry in morning.said.ad_sets]
    gains = (morning.decided - morning.held).tolist()
    return [g.low <= true <= g.high for g, true in zip(said, gains, strict=True) if g and g.expected]


def _share(mornings: list[Morning], inside: Callable[[Morning], list[bool]]) -> float:
    """How often, in percent."""
    return 100.0 * float(np.mean([hit for morning in mornings for hit in inside(morning)]))


BENCH = bench
