"""Every budget policy there is in one table: the hands, the rules, the bandits of the textbook, curves, and options.

What is compared is kept small enough to read: one line for each idea, by its defaults where they have any. The best of
the rules is looked for elsewhere (`caudal bench policies`), on as many settings as people could have had.
"""

from __future__ import annotations

from typing import Any

from agents.vocabulary import PolicySpec
from experiments.study import Study

CURVES = "curve_thompson"


def around(wrapper: str, inner: str, **params: Any) -> PolicySpec:
    """A policy around another, which has its defaults but for `params`."""
    return PolicySpec(wrapper, {"policy": {"name": inner, "params": params}})


HANDS = {
    "hold": PolicySpec("hold"),
    "equal_split": PolicySpec("equal_split"),
    "proportional_roas": PolicySpec("proportional_roas"),
    "static_roas": PolicySpec("static_roas", {"weight": "roas"}),
    "static_budget_roas": PolicySpec("static_roas", {"weight": "budget_roas"}),
}
"""What people do without machines."""

RULES = {
    "rules": PolicySpec("rules"),
    "rules_gentle": PolicySpec(
        "rules", {"window_days": 28, "dead_band": 0.2, "step_up": 0.1, "step_down": 0.1, "every_days": 3}
    ),
}
"""The typical rule, and one that somebody patient would set."""

TEXTBOOK = {
    "linear_thompson": PolicySpec("linear_thompson"),
    "linear_p_best": PolicySpec("linear_thompson", {"split": "p_best"}),
    "linear_ucb": PolicySpec("linear_ucb"),
    "epsilon_greedy": PolicySpec("epsilon_greedy"),
    "greedy_elasticity": PolicySpec("greedy_elasticity"),
    "gp_thompson": PolicySpec("gp_thompson"),
    "gp_mean": PolicySpec("gp_thompson", {"temperature": 0}),
}
"""Bandits as they are written about."""

CURVE_FILTERS = {
    CURVES: PolicySpec(CURVES),
    "curve_full_draw": PolicySpec(CURVES, {"temperature": 1, "learning_days": 0}),
    "curve_tempered": PolicySpec(CURVES, {"temperature": 0.25, "learning_days": 0}),
    "curve_mean": PolicySpec(CURVES, {"temperature": 0, "learning_days": 0}),
    "curve_information": PolicySpec(CURVES, {"temperature": 0}),
    "curve_ucb": PolicySpec(CURVES, {"temperature": 0, "learning_days": 0, "optimism": 1}),
}
"""One filter, looked at in several ways."""

OPTIONS = {
    "risk_averse": PolicySpec("risk_averse"),
    "constrained": PolicySpec("constrained", {"least_return": 1.0}),
    "calm": PolicySpec("calm"),
    "calm_rules": around("calm", "rules"),
    "conservative": PolicySpec("conservative"),
    "conservative_rules": around("conservative", "rules"),
    "conservative_linear": around("conservative", "linear_thompson"),
}
"""What owners may ask for around a policy."""

STUDY = Study(
    name="budget_policies",
    question="Which way of moving budgets earns most, and what do the options around it cost?",
    policies=HANDS | RULES | TEXTBOOK | CURVE_FILTERS | OPTIONS,
    scenarios=("reference", "reference_small", "reference_large"),
    candidates=(CURVES,),
    days=75,
)
