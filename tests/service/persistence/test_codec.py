"""What is written down is what is read again, bit for bit, and without pickle."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.explanation import Cause, Direction, Estimate, Explanation, Flip, Limit, Summary
from agents.observation import observe
from agents.vocabulary import BREAKDOWN_METRICS, HISTORY_METRICS, Baseline, Breakdown, Creatives, PolicySpec
from service.decision import BudgetChange, Decision, Finding, Line, Mode
from service.persistence.codec import (
    decision_from_json,
    decision_to_json,
    observation_from_bytes,
    observation_to_bytes,
)


@pytest.mark.parametrize("through", ["yesterday", None])
def test_an_observation_comes_back_with_its_digest_and_names(observation_of, through):
    seen = observation_of(active=(True, False, True), floors=(1, 2, 3), collected_through=through)

    again = observation_from_bytes(observation_to_bytes(seen))

    assert again.digest == seen.digest
    assert again.ad_sets.names == seen.ad_sets.names
    assert again.collected_through == seen.collected_through
    assert (again.history.spend_minor == seen.history.spend_minor).all()


def test_a_batch_comes_back_as_well(observation_of):
    seen = observation_of(((1, 2), (3, 4)))

    assert observation_from_bytes(observation_to_bytes(seen)).digest == seen.digest


def test_an_archive_that_would_need_pickle_is_refused(tmp_path):
    path = tmp_path / "evil.npz"
    np.savez(path, head=np.array([{"a": 1}], dtype=object))

    with pytest.raises(ValueError, match="allow_pickle"):
        observation_from_bytes(path.read_bytes())
    with pytest.raises(ValueError, match="pickle"):
        observation_from_bytes(pickle.dumps({"a": 1}))


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    roas=st.one_of(st.none(), st.tuples(NUMBERS, NUMBERS, NUMBERS)),
    minor=st.integers(0, 2**62),
    words=TEXT,
    params=st.dictionaries(TEXT, st.one_of(NUMBERS, TEXT, st.lists(NUMBERS, max_size=3)), max_size=3),
)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_a_decision_comes_back_equal_through_text(roas, minor, words, params):
    decision = Decision(
        account_id="act_1",
        day=date(2026, 3, 5),
        mode=Mode.LIVE,
        policy=PolicySpec("p", params, "digest"),
        policy_version="3",
        entropy=(1, 2, 3),
        observation_digest="d",
        guardrails={"z_last": {"limit": 1.5}, "a_first": {}},
        lines=(Line("a", words, minor, minor, minor, words, roas, active=False),),
        changes=(BudgetChange("a", minor, minor + 1, words),),
        findings=(Finding("g", None, words), Finding("g", "a", words)),
    )

    again = decision_from_json(json.loads(json.dumps(decision_to_json(decision), sort_keys=True)))

    assert again == decision
    assert list(again.guardrails) == ["z_last", "a_first"], "the order in which guardrails were asked was lost"


def test_what_not_every_account_has_comes_back_as_well(observation_of):
    plain = observation_of((100, 200))
    days, rng = len(plain.history.days), np.random.default_rng(1)
    sets = replace(
        plain.ad_sets,
        campaign_ids=("a", "b"),
        roas_floors=np.array([1.5, 0.0]),
        bid_strategies=np.array([1, 0]),
        bids_minor=np.array([900, 0]),
    )
    names = (("x", "y"), ("z", ""))
    places = np.array([[True, True], [True, False]])
    seen = observe(
        account_id=plain.account_id,
        day=plain.day,
        currency=plain.currency,
        minor_per_major=plain.minor_per_major,
        budget_minor=plain.budget_minor,
        ad_sets=sets,
        metrics={name: getattr(plain.history, name) for name in HISTORY_METRICS},
        days=plain.history.days,
        collected_through=plain.collected_through,
        creatives=Creatives(
            names,
            names,
            places,
            places,
            np.array([[3, 4], [5, 0]]),
            **{name: rng.integers(0, 9, (2, 2, days)) for name in HISTORY_METRICS},
            features=rng.random((2, 2, 1)),
            feature_names=("video",),
        ),
        breakdowns={
            "age": Breakdown(("18-24",), **{name: rng.integers(0, 9, (2, 1, days)) for name in BREAKDOWN_METRICS})
        },
        baseline=Baseline(np.array([50, 60]), date(2026, 1, 5)),
    )

    again = observation_from_bytes(observation_to_bytes(seen))

    assert again.digest == seen.digest != plain.digest
    assert again.creatives is not None
    assert again.creatives.names == names


ESTIMATES = st.one_of(st.none(), st.builds(Estimate, NUMBERS, NUMBERS, NUMBERS))
CHANCES = st.one_of(st.none(), st.floats(0, 1))
EXPLANATIONS = st.builds(
    Explanation,
    ad_set_id=TEXT,
    direction=st.sampled_from(Direction),
    reason=st.sampled_from(Cause),
    words=TEXT,
    limit=st.one_of(st.none(), st.sampled_from(Limit)),
    marginal_roas=ESTIMATES,
    marginal_cpa_minor=ESTIMATES,
    p_best=CHANCES,
    p_below_target=CHANCES,
    spendable_minor=st.one_of(st.none(), st.integers(0, 2**62)),
    value_now_minor=ESTIMATES,
    value_then_minor=ESTIMATES,
    gain_minor=ESTIMATES,
    flip=st.one_of(st.none(), st.builds(Flip, st.sampled_from(Direction), NUMBERS, NUMBERS, NUMBERS, NUMBERS)),
)
SUMMARIES = st.builds(
    Summary,
    words=TEXT,
    raised=st.integers(0, 9),
    cut=st.integers(0, 9),
    held=st.integers(0, 9),
    raised_minor=st.integers(0, 2**62),
    cut_minor=st.integers(0, 2**62),
    margin=CHANCES,
    target=CHANCES,
    gain_minor=ESTIMATES,
    p_gain=CHANCES,
    trial_cost_minor=CHANCES,
    limits=st.lists(st.tuples(st.sampled_from(Limit), st.integers(1, 9)), max_size=3).map(tuple),
    unspent_minor=st.integers(0, 2**62),
    unspent_because=TEXT,
)


@pytest.fixture(scope="module")
def explained():
    line = Line("a", "A", 1, 2, 3, "because")
    return Decision("act_1", date(2026, 3, 5), Mode.LIVE, PolicySpec("p"), "3", (1,), "d", {}, (line,), (), ())


@given(explanation=EXPLANATIONS, summary=SUMMARIES)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_an_explanation_comes_back_equal_through_text(explained, explanation, summary):
    decision = replace(explained, lines=(replace(explained.lines[0], explanation=explanation),), summary=summary)

    again = decision_from_json(json.loads(json.dumps(decision_to_json(decision), allow_nan=False)))

    assert again == decision
    told = again.lines[0].explanation
    assert (type(told.reason), type(told.direction)) == (Cause, Direction)


def test_a_decision_from_before_explanations_can_still_be_read(explained):
    body = decision_to_json(explained)
    del body["summary"]
    del body["lines"][0]["explanation"]

    again = decision_from_json(body)

    assert again == explained
    assert again.summary is None
    assert again.lines[0].explanation is None
