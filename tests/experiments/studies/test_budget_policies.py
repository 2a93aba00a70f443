"""The study of all budget policies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.registry import build_policy, policies
from experiments.studies.budget_policies import STUDY
from experiments.study import Study, load_study, run_study


def few(*labels: str) -> Study:
    """Some lines of the study on a few worlds, half as long."""
    kept = {label: STUDY.policies[label] for label in labels}
    return replace(
        STUDY, policies=kept, candidates=(), scenarios=("reference",), replications=12, days=30, first_seed=500
    )


def test_every_budget_policy_has_a_line_but_those_that_need_campaigns() -> None:
    named = {spec.name for spec in STUDY.policies.values()}

    assert set(policies()) - named <= {"campaign_level"}


def test_each_can_be_built() -> None:
    for spec in load_study("budget_policies").policies.values():
        build_policy(spec)


@pytest.mark.slow
def test_the_order_of_ideas_comes_out_on_a_few_worlds() -> None:
    study = few("hold", "equal_split", "rules", "linear_thompson", "greedy_elasticity", "curve_thompson")

    shares = {
        row.policy: row.figures["share_of_oracle_percent"].value
        for row in run_study(study).rows
        if row.scenario == "reference"
    }

    assert shares["equal_split"] < shares["linear_thompson"] < shares["hold"] < shares["rules"]
    assert shares["rules"] < shares["greedy_elasticity"] < shares["curve_thompson"] < shares["capped_oracle"]


@pytest.mark.slow
def test_a_promise_around_the_textbook_bandit_keeps_it_near_holding() -> None:
    runs = run_study(few("hold", "rules", "linear_thompson", "conservative_linear")).runs

    hold = runs["reference", "hold"].expected_value_minor.cumsum(-1)
    kept = {
        label: runs["reference", label].expected_value_minor.cumsum(-1) / hold
        for label in ("linear_thompson", "conservative_linear")
    }
    below = {label: (share < 0.98).mean() for label, share in kept.items()}

    assert below["linear_thompson"] > 0.3
    assert below["conservative_linear"] < below["linear_thompson"] / 3
    assert kept["conservative_linear"].min() > kept["linear_thompson"].min() + 0.03
