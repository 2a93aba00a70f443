"""An examination for every guardrail there is, and for the gate that asks them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import SettingsError
from service.guardrails import DEFAULTS, LARGEST_MINOR, build_guardrails, check_all, guardrails
from service.guardrails._words import money

EVERY = sorted(guardrails())

# For each limit: (a setting that bites, a setting that does not, targets and observation that show it).
FIELD_EFFECTS = {
    ("stale_data", "max_age_days"): (1, 2, {"targets": (11_000, 20_000, 30_000), "age": 2}),
    ("floor_ceiling", "floor_minor"): (9_500, 0, {"targets": (9_000, 20_000, 30_000)}),
    ("floor_ceiling", "ceiling_minor"): (29_000, None, {"targets": (10_000, 20_000, 30_000)}),
    ("max_daily_change", "max_ratio"): (0.1, 0.3, {"targets": (12_000, 20_000, 30_000)}),
    ("max_daily_change", "max_step_minor"): (100, None, {"targets": (11_000, 20_000, 30_000)}),
    ("total_budget", "cap_minor"): (59_000, None, {"targets": (10_000, 20_000, 30_000)}),
}
WORDING_ONLY = {("freeze", "why")}


@st.composite
def mornings(draw, *, hostile=False):
    """Keyword arguments of an observation of one account, and targets for it."""
    a = draw(st.integers(1, 5))

    def each(values):
        return tuple(draw(st.lists(values, min_size=a, max_size=a)))

    budgets = each(st.integers(0, 200_000))
    floors = each(st.integers(0, 50_000))
    asked = st.integers(-10, 2**62) if hostile else st.integers(0, 400_000)
    kwargs = {
        "budgets": budgets,
        "floors": floors,
        "ceilings": tuple(f + extra for f, extra in zip(floors, each(st.integers(0, 300_000)), strict=True)),
        "active": each(st.booleans()),
        "protected": each(st.booleans()),
        "budget": draw(st.one_of(st.none(), st.integers(0, 600_000))),
    }
    return kwargs, np.array(each(asked), dtype=np.int64)


def default(name):
    return build_guardrails({name: DEFAULTS.get(name, {})})[name]


@pytest.mark.parametrize("name", EVERY)
@given(morning=mornings())
@settings(max_examples=60, derandomize=True, deadline=None)
def test_a_guardrail_keeps_its_promises(name, observation_of, morning):
    kwargs, targets = morning
    observation, guardrail = observation_of(**kwargs), default(name)
    now = observation.ad_sets.budgets_minor

    left = guardrail.check(observation, targets)

    assert left.dtype == np.int64
    assert left.shape == targets.shape
    assert (left >= 0).all()
    assert (left <= np.maximum(targets, now)).all(), "more than was asked, where that is a raise"
    assert ((targets > now) | (left <= now)).all(), "a cut became a raise"
    assert (guardrail.check(observation, left) == left).all(), "not satisfied with its own answer"


@pytest.mark.parametrize("name", EVERY)
@given(morning=mornings())
@settings(max_examples=40, derandomize=True, deadline=None)
def test_every_alteration_has_a_finding_in_words(name, observation_of, morning):
    kwargs, targets = morning
    observation = observation_of(**kwargs)

    verdict = check_all({name: default(name)}, observation, targets)

    altered = {observation.ad_sets.ids[i] for i in np.flatnonzero(verdict.targets_minor != targets)}
    assert {f.ad_set_id for f in verdict.findings} == altered
    assert all(f.guardrail == name and len(f.message) > 20 and "could not" not in f.message for f in verdict.findings)


@pytest.mark.parametrize("name", EVERY)
def test_a_batch_is_judged_like_each_account_alone(name, observation_of):
    rng = np.random.default_rng(7)
    budgets, targets = rng.integers(1, 50_000, (2, 40, 4))
    floors, extra = rng.integers(0, 20_000, (2, 40, 4))
    active, protected = rng.random((2, 40, 4)) < np.array([0.8, 0.2])[:, None, None]
    total = rng.integers(0, 100_000, 40)
    parts = {"floors": floors, "ceilings": floors + extra, "active": active, "protected": protected}
    guardrail = default(name)

    together = guardrail.check(observation_of(budgets, budget=total, **parts), targets)

    for w in range(40):
        one = observation_of(budgets[w], budget=total[w], **{k: v[w] for k, v in parts.items()})
        assert (guardrail.check(one, targets[w]) == together[w]).all()


def all_fields():
    return {(name, f.name) for name in EVERY for f in fields(guardrails()[name])}


def test_every_limit_of_every_guardrail_is_examined():
    assert all_fields() == set(FIELD_EFFECTS) | WORDING_ONLY


@pytest.mark.parametrize(("name", "field"), sorted(FIELD_EFFECTS))
def test_every_limit_has_an_effect(name, field, observation_of):
    bites, spares, case = FIELD_EFFECTS[name, field]
    observation = observation_of()
    if "age" in case:
        observation = observation_of(collected_through=observation.day - timedelta(days=case["age"]))
    targets = np.array(case["targets"], dtype=np.int64)

    strict = build_guardrails({name: {field: bites}})[name].check(observation, targets)
    lax = build_guardrails({name: {field: spares}})[name].check(observation, targets)

    assert (lax == targets).all()
    assert (strict != targets).any()


def test_the_reason_of_a_freeze_is_what_people_read(observation_of):
    active = build_guardrails({"freeze": {"why": "the owner is on holiday"}})

    verdict = check_all(active, observation_of(), np.array([10_001, 20_000, 29_000]))

    assert verdict.targets_minor.tolist() == [10_000, 20_000, 29_000]
    assert [f.message for f in verdict.findings] == [
        "the owner is on holiday: stays at 100.00 EUR instead of 100.01 EUR"
    ]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"total_budgets": {}}, "did you mean 'total_budget'"),
        ({"total_budget": {"cap_minr": 3}}, "did you mean 'cap_minor'"),
        ({"total_budget": {"cap_minor": -1}}, "cap_minor must be a whole number of at least 0"),
        ({"total_budget": {"cap_minor": 1.5}}, "cap_minor must be a whole number"),
        ({"max_daily_change": {"max_ratio": 1.2}}, "max_ratio must be between 0 and 1"),
        ({"max_daily_change": {"max_ratio": float("nan")}}, "max_ratio must be between 0 and 1"),
        ({"max_daily_change": {"max_ratio": "x"}}, "max_daily_change"),
        ({"max_daily_change": {"max_step_minor": True}}, "max_step_minor must be a whole number"),
        ({"floor_ceiling": {"floor_minor": 5, "ceiling_minor": 4}}, "ceiling_minor must be a whole number"),
        ({"stale_data": {"max_age_days": -1}}, "max_age_days"),
        ({"freeze": {"why": " "}}, "why must be a sentence"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_in_words(config, words):
    with pytest.raises(SettingsError, match=words):
        build_guardrails(config)


# What each guardrail is for.


def test_paused_and_protected_ad_sets_keep_their_budgets(observation_of):
    observation = observation_of(active=(False, True, True), protected=(False, True, False))

    left = default("protected").check(observation, np.array([0, 40_000, 40_000]))

    assert left.tolist() == [10_000, 20_000, 40_000]


@pytest.mark.parametrize("days_back", [None, 2, 3, -1])
def test_without_fresh_data_nothing_rises_and_cuts_pass(observation_of, days_back):
    day = observation_of().day
    observation = observation_of(collected_through=None if days_back is None else day - timedelta(days=days_back))

    left = default("stale_data").check(observation, np.array([11_000, 15_000, 30_000]))

    assert left.tolist() == [10_000, 15_000, 30_000]


@pytest.mark.parametrize("days_back", [0, 1])
def test_with_fresh_data_raises_pass(observation_of, days_back):
    observation = observation_of(collected_through=observation_of().day - timedelta(days=days_back))

    assert default("stale_data").check(observation, np.array([11_000, 1, 1])).tolist() == [11_000, 1, 1]


def test_a_cut_stops_at_the_floor_and_a_budget_below_it_is_not_raised(observation_of):
    observation = observation_of(floors=(9_000, 25_000, 0), ceilings=(12_000, 30_000, 28_000))

    left = default("floor_ceiling").check(observation, np.array([1, 15_000, 30_000]))

    assert left.tolist() == [9_000, 20_000, 28_000]


def test_a_budget_moves_at_most_a_fifth_a_day_rounded_down(observation_of):
    observation = observation_of((1_004, 1_004, 4))

    left = default("max_daily_change").check(observation, np.array([9_999, 0, 9]))

    assert left.tolist() == [1_204, 804, 4]


def test_the_total_is_taken_from_raises_first_in_proportion_to_the_cent(observation_of):
    observation = observation_of((10_000, 20_000, 30_000), budget=60_000)

    left = default("total_budget").check(observation, np.array([10_301, 20_100, 30_000]))
    half_paid = default("total_budget").check(observation, np.array([10_300, 20_100, 29_800]))

    assert left.tolist() == [10_000, 20_000, 30_000]
    assert half_paid.tolist() == [10_150, 20_050, 29_800]


def test_a_lowered_total_lowers_everything_down_to_the_floors_but_never_protected_ones(observation_of):
    observation = observation_of(
        (10_000, 20_000, 30_000), budget=45_000, protected=(True, False, False), floors=(0, 15_000, 0)
    )
    tight = observation_of((10_000, 20_000), budget=5_000, protected=(True, False), floors=(0, 15_000))

    left = default("total_budget").check(observation, np.array([10_000, 20_000, 30_000]))
    cannot = default("total_budget").check(tight, np.array([10_000, 20_000]))

    assert left.tolist() == [10_000, 17_857, 17_143]
    assert cannot.tolist() == [10_000, 15_000]


@given(
    raised=st.lists(st.integers(0, 10**9), min_size=1, max_size=30),
    allowed=st.integers(0, 10**10),
)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_what_the_total_leaves_sums_to_the_limit_exactly(raised, allowed, observation_of):
    now = np.full(len(raised), 1_000, dtype=np.int64)
    observation = observation_of(now, budget=int(now.sum()) + allowed)

    left = default("total_budget").check(observation, now + np.array(raised, dtype=np.int64))

    assert left.sum() == now.sum() + min(sum(raised), allowed)
    assert (left >= now).all()


# The whole chain.


@pytest.mark.slow
@given(morning=mornings())
@settings(max_examples=300, derandomize=True, deadline=None)
def test_the_default_chain_keeps_the_day_within_budget_and_steps_small(observation_of, morning):
    kwargs, targets = morning
    observation = observation_of(**kwargs)
    sets, now, budget = observation.ad_sets, observation.ad_sets.budgets_minor, int(observation.budget_minor)

    left = check_all(build_guardrails(DEFAULTS), observation, targets).targets_minor

    present, total = (int(a[sets.active].sum()) for a in (now, left))
    assert total <= max(budget, present)
    assert (left == now)[~sets.adjustable].all()
    assert (left - now <= now // 5).all()
    if present <= budget:
        assert total <= budget
        assert (now - left <= now // 5).all()


def test_a_chain_in_any_order_of_configuration_is_asked_in_that_order(observation_of):
    active = build_guardrails({"total_budget": {"cap_minor": 50_000}, "max_daily_change": {"max_ratio": 0.0}})

    verdict = check_all(active, observation_of(), np.array([10_000, 20_000, 30_000]))

    assert list(verdict.hits) == ["total_budget", "max_daily_change"]
    assert verdict.targets_minor.tolist() == [10_000, 20_000, 30_000]


# The gate fails closed.


@dataclass(frozen=True)
class Answers:
    """A guardrail that answers what it is told to."""

    answer: object

    def check(self, observation, targets):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer(targets) if callable(self.answer) else self.answer

    def because(self, observation, index, asked_minor, left_minor):
        raise KeyError("no words")


@pytest.mark.parametrize(
    "answer",
    [
        ZeroDivisionError("oh"),
        None,
        [1, 2, 3],
        np.array([1.0, np.nan, 3.0]),
        np.array([1, 2], dtype=np.int64),
        np.array([1, 2, 3], dtype=np.int32),
        lambda targets: targets + 1_000_000,
        lambda targets: targets - 10**9,
    ],
)
def test_a_guardrail_that_fails_or_talks_nonsense_lets_nothing_rise(answer, observation_of):
    verdict = check_all({"odd": Answers(answer)}, observation_of(), np.array([11_000, 19_000, 30_000]))

    assert verdict.targets_minor.tolist() == [10_000, 19_000, 30_000]
    assert [f.ad_set_id for f in verdict.findings] == [None, "12000000"]
    assert all("could not judge" in f.message for f in verdict.findings)


def test_a_guardrail_without_words_still_limits(observation_of):
    verdict = check_all({"mute": Answers(lambda targets: targets - 5)}, observation_of(), np.array([11_000] * 3))

    assert verdict.targets_minor.tolist() == [10_995] * 3
    assert "could not say why (KeyError" in verdict.findings[0].message


@pytest.mark.parametrize(
    "targets",
    [
        np.array([-1, 20_000, 30_000]),
        np.array([10_000, LARGEST_MINOR + 1, 0]),
        np.array([10_000, 2**63 - 1, 0]),
        np.array([1.0, 2.0, np.nan]),
        np.array([1, 2], dtype=np.int64),
        np.array([1, 2, 3], dtype=np.int32),
        [1, 2, 3],
        None,
    ],
)
def test_targets_that_are_no_budgets_change_nothing(targets, observation_of):
    observation = observation_of()

    verdict = check_all(build_guardrails(DEFAULTS), observation, targets)

    assert verdict.targets_minor.tolist() == [10_000, 20_000, 30_000]
    assert [f.guardrail for f in verdict.findings] == ["targets"]


def test_a_hostile_member_of_a_batch_harms_only_itself(observation_of):
    observation = observation_of(((10_000, 20_000), (10_000, 20_000)))

    verdict = check_all(build_guardrails(DEFAULTS), observation, np.array([[-1, 30_000], [9_000, 21_000]]))

    assert verdict.targets_minor.tolist() == [[10_000, 20_000], [9_000, 21_000]]
    assert verdict.findings == ()


@pytest.mark.slow
@given(morning=mornings(hostile=True))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_no_target_whatever_it_is_brings_the_day_over_budget(observation_of, morning):
    kwargs, targets = morning
    observation = observation_of(**kwargs)
    sets, now = observation.ad_sets, observation.ad_sets.budgets_minor

    left = check_all(build_guardrails(DEFAULTS), observation, targets).targets_minor

    assert (left >= 0).all()
    assert int(left[sets.active].sum()) <= max(int(observation.budget_minor), int(now[sets.active].sum()))


def test_amounts_are_told_in_the_accounts_own_units():
    euro, yen = SimpleNamespace(currency="EUR", minor_per_major=100), SimpleNamespace(currency="JPY", minor_per_major=1)

    assert money(euro, 123_456) == "1,234.56 EUR"
    assert money(euro, -7) == "-0.07 EUR"
    assert money(yen, 5_000) == "5,000 JPY"
