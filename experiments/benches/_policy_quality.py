"""How much the promoted budget policy earns, and what it may cost, in many worlds of every scenario."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.vocabulary import PolicySpec
from experiments.bench import Figure
from experiments.metrics import gain_over
from experiments.policy_table import DAYS, GAP, HOLD, TUNED, Table, table
from experiments.rule_grid import TYPICAL, tuned_rules
from experiments.studies.budget_policies import STUDY
from simulator.scenarios import load_scenario, scenarios

if TYPE_CHECKING:
    from simulator.scenario import Scenario

PROMOTED = PolicySpec("curve_thompson")
POLICY = PROMOTED.name
BLIND, MISLED, SPARING, CROWDED = "without clicks", "wrong prior", "spends less", "crowded"
ELSEWHERE: Mapping[str, Any] = {
    "elasticity": 0.75,
    "elasticity_sd": 0.1,
    "drift": 0.005,
    "delay": (0.30, 0.15, 0.15, 0.10, 0.10, 0.08, 0.07, 0.05),
}
"""A population as accounts of another kind might have taught it: steeper, more alike, calmer, slower to order."""
WORLDS = 300
COSTLY = {"everything": 40}
"""Fewer worlds where the oracles take a large part of a second for one day of one world."""
OVERLAPPING = "overlapping"
"""Where ad sets bid for the same people, which results cannot tell but an owner may know."""


@dataclass(frozen=True, slots=True)
class Size:
    """A size of the reference world: its scenario, and the goals of its figures, in percent."""

    scenario: str
    ad_sets: int
    gap: float
    bad_days: float
    bad_totals: float


SIZES = (
    Size("reference", 20, gap=78.0, bad_days=0.05, bad_totals=0.1),
    Size("reference_small", 5, gap=80.0, bad_days=0.8, bad_totals=3.0),
    Size("reference_large", 100, gap=76.0, bad_days=0.05, bad_totals=0.1),
)


def reference(seed: int, worlds: int = WORLDS) -> Iterator[Figure]:
    """The worlds of the published comparison, in three sizes; every variant in the first of them."""
    for size in SIZES:
        main = size is SIZES[0]
        found = measured(load_scenario(size.scenario), seed, worlds, _questions() | (_variants() if main else {}))
        how = _how(found)
        yield from _of_size(size, found, how)
        yield _lead(f"lead_over_tuned_rules_{size.ad_sets}", found, 20.0 if main else 0.0)
        for label in _variants() if main else ():
            yield Figure(f"gap_captured/{label}", found.value(label, GAP), "% of the gap", None, "higher", how)


def elsewhere(seed: int, worlds: int = WORLDS) -> Iterator[Figure]:
    """Every other scenario: the lead over the rules that are best there, or the loss where there is nothing to gain."""
    leads = []
    for name in sorted(set(scenarios()) - {size.scenario for size in SIZES}):
        known = {CROWDED: PolicySpec(PROMOTED.name, {"crowding": 0.4})} if name == OVERLAPPING else {}
        found = measured(load_scenario(name), seed, worlds, known)
        if GAP in found.leads[POLICY]:
            leads.append(_lead(f"lead_over_tuned_rules/{name}", found, 0.0))
            yield leads[-1]
            for label in known:
                yield _lead(f"lead_over_tuned_rules/{name}/{label}", found, 0.0, label)
        else:
            gain = found.value(POLICY, "gain_over_hold_percent")
            yield Figure(f"gain_over_hold/{name}", gain, "%", -0.3, "higher", f"{_how(found)}; nothing to gain here")
    mean = float(np.mean([figure.value for figure in leads]))
    how = f"mean of {len(leads)} scenarios where there is something to gain"
    yield Figure("lead_over_tuned_rules_mean", mean, "points of the gap", 10.0, "higher", how)


def hopeless(seed: int, worlds: int = WORLDS) -> Iterator[Figure]:
    """What is still spent where nothing pays and the owner allows that less is spent; and where it does pay."""
    for name, goal in (("hopeless", 5.0), ("reference", None)):
        found = measured(load_scenario(name), seed, min(worlds, 100), {SPARING: _sparing()}, rules={})
        spent = 100.0 * found.last_budgets[SPARING]
        how = f"{_how(found)}; a unit of money that returns less than itself may stay unspent; mean of the last week"
        yield Figure(f"money_still_given_out/{name}", spent, "% of the budget", goal, "lower", how)


def measured(
    scenario: Scenario,
    seed: int,
    worlds: int,
    more: Mapping[str, PolicySpec] | None = None,
    rules: Mapping[str, PolicySpec] | None = None,
) -> Table:
    """The promoted policy, the typical rules and `more` on worlds that no study uses."""
    policies = {HOLD: PolicySpec(HOLD), TYPICAL: PolicySpec("rules"), POLICY: PROMOTED, **(more or {})}
    count = min(worlds, COSTLY.get(scenario.name, worlds))
    sys.stderr.write(f"policies: {count} worlds of {scenario.name}, {len(policies)} policies\n")
    return table(
        scenario,
        policies,
        tuned_rules() if rules is None else rules,
        worlds=count,
        first_seed=100_000 + 1_000 * seed,
        workers=os.cpu_count() or 1,
    )


def _questions() -> dict[str, PolicySpec]:
    """The promoted policy with less to see, and with a prior from elsewhere."""
    return {
        BLIND: PolicySpec(PROMOTED.name, {"use_clicks": False}),
        MISLED: PolicySpec(PROMOTED.name, dict(ELSEWHERE)),
    }


def _variants() -> dict[str, PolicySpec]:
    """Every other way of moving budgets that the study of budget policies compares."""
    return {label: spec for label, spec in STUDY.policies.items() if label not in (HOLD, TYPICAL, POLICY)}


def _sparing() -> PolicySpec:
    return PolicySpec(PROMOTED.name, {"spend_at_most": True, "least_return": 1.0})


def _of_size(size: Size, found: Table, how: str) -> Iterator[Figure]:
    n = size.ad_sets
    for name, label, goal in (
        ("gap_captured", POLICY, size.gap),
        ("gap_captured_without_clicks", BLIND, None),
        ("gap_captured_wrong_prior", MISLED, 60.0),
    ):
        words = f"{how}; the money of all worlds together; by mean shares of the oracle {found.value(label, GAP):.1f} %"
        yield Figure(f"{name}_{n}", found.gap_in_money(label), "% of the gap", goal, "higher", words)
    gains = gain_over(found.outcomes[POLICY].value_minor, found.outcomes[HOLD].value_minor)
    yield Figure(f"gain_in_the_fifth_worst_of_100_worlds_{n}", float(np.percentile(gains, 5)), "%", 0.0, "higher", how)
    for name, figure, goal in (
        (f"days_below_95_percent_of_hold_{n}", "days_below_hold_percent", size.bad_days),
        (f"days_with_total_below_98_percent_of_hold_{n}", "cumulative_below_98_percent", size.bad_totals),
        (f"churn_{n}", "churn_percent_per_day", 5.5),
    ):
        yield Figure(name, found.value(POLICY, figure), "% a day" if "churn" in name else "%", goal, "lower", how)


def _lead(name: str, found: Table, goal: float, ours: str = POLICY) -> Figure:
    lead = found.leads[ours][GAP]
    shares = ", ".join(f"{label} {found.value(label, GAP):.1f}" for label in (ours, TUNED, TYPICAL))
    rules = ", ".join(f"{key} {value}" for key, value in found.tuned.params.items()) if found.tuned else "none"
    interval = f"95 %: {lead.low or 0.0:.1f} to {lead.high or 0.0:.1f}"
    how = f"{_how(found)}; {interval}; share of the gap: {shares}; best of {len(tuned_rules())} rules: {rules}"
    return Figure(name, lead.value, "points of the gap", goal, "higher", how)


def _how(found: Table) -> str:
    return f"{found.worlds} worlds of {found.scenario}, {DAYS} days, default guardrails"
