"""What becomes of a policy's answer before anybody acts on it."""

from __future__ import annotations

import math
import re
import subprocess
import sys

import numpy as np
import pytest

from agents.explanation import Account, Cause, Limit, Summary
from agents.vocabulary import Allocation, Beliefs, PolicySpec
from service.decision import Mode
from service.errors import SettingsError
from service.guardrails import DEFAULTS
from service.planning import plan

SPEC = PolicySpec("scripted", {"k": 1})


class Answers:
    """A policy that gives one answer, raises one error, or calls one function; and explains as told."""

    def __init__(self, answer, reasons=("a", "b", "c"), beliefs=None):
        self.answer, self.reasons, self.beliefs = answer, reasons, beliefs

    def decide(self, observation, rng):
        if isinstance(self.answer, Exception):
            raise self.answer
        budgets = self.answer(rng) if callable(self.answer) else self.answer
        return Allocation(budgets, self.beliefs)

    def explain(self, observation, allocation):
        if isinstance(self.reasons, Exception):
            raise self.reasons
        return self.reasons


def planned(observation, *, guardrails=DEFAULTS, mode=Mode.LIVE, root_seed=5):
    return plan(observation, SPEC, "3", guardrails, root_seed=root_seed, mode=mode)


def test_a_sound_answer_becomes_lines_and_changes_with_decreases_first(observation_of, follow):
    follow(Answers(np.array([11_000, 19_000, 30_000])))

    decision = planned(observation_of())

    assert [(x.from_minor, x.asked_minor, x.to_minor, x.reason) for x in decision.lines] == [
        (10_000, 11_000, 11_000, "a"),
        (20_000, 19_000, 19_000, "b"),
        (30_000, 30_000, 30_000, "c"),
    ]
    assert [(c.ad_set_id, c.to_minor) for c in decision.changes] == [("12000001", 19_000), ("12000000", 11_000)]
    assert decision.findings == ()
    assert (decision.mode, decision.policy, decision.policy_version) == (Mode.LIVE, SPEC, "3")


def test_a_decision_names_what_it_was_made_from(observation_of, follow):
    follow(Answers(np.array([10_000, 20_000, 30_000])))
    observation = observation_of()

    decision = planned(observation)

    assert decision.observation_digest == observation.digest
    assert decision.entropy[0] == 5
    assert decision.guardrails == DEFAULTS


def test_the_same_question_has_the_same_answer_and_another_seed_another(observation_of, follow):
    follow(Answers(lambda rng: (np.array([10_000, 20_000, 29_000]) - 100 * rng.random((3,))).astype(np.int64)))
    observation = observation_of()

    assert planned(observation) == planned(observation)
    assert planned(observation).lines != planned(observation, root_seed=6).lines


def test_what_a_guardrail_took_is_said_where_it_was_taken(observation_of, follow):
    follow(Answers(np.array([20_000, 20_000, 20_000])))

    decision = planned(observation_of())

    assert [x.to_minor for x in decision.lines] == [12_000, 20_000, 24_000]
    assert decision.lines[0].reason.startswith("a; at most 20.00 EUR up from 100.00 EUR in one day")
    assert decision.lines[0].asked_minor == 20_000
    assert [f.guardrail for f in decision.findings] == ["max_daily_change", "max_daily_change"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ZeroDivisionError("oh no"), "ZeroDivisionError: oh no"),
        (None, "NoneType"),
        ([1, 2, 3], "list"),
        (np.array([10_000, 20_000]), r"shape \(2,\), there are 3 ad sets"),
        (np.array([10_000, 20_000, np.nan]), "float64"),
        (np.array([10_000, 20_000, math.inf]), "float64"),
        (np.array([-1, 20_000, 30_000]), "negative budgets for 12000000"),
        (np.array([10_000, 20_000, 30_001]), "sum to 60001 minor units, only 60000"),
        (np.array([2**62, 2**62, 2**62]), "sum to"),
        (np.array([2**64 - 1, 1, 1], dtype=np.uint64), "sum to"),
        (np.array([[10_000, 20_000, 30_000]]), "shape"),
    ],
)
def test_an_answer_that_no_policy_may_give_keeps_every_budget(answer, words, observation_of, follow):
    follow(Answers(answer))

    decision = planned(observation_of())

    assert decision.changes == ()
    assert [f.guardrail for f in decision.findings] == ["policy"]
    assert re.search(words, decision.findings[0].message)
    assert all("kept" in line.reason for line in decision.lines)


@pytest.mark.parametrize("which", [{"active": (False, True, True)}, {"protected": (True, False, False)}])
def test_a_policy_may_not_move_what_is_not_its_own(which, observation_of, follow):
    follow(Answers(np.array([9_000, 20_000, 30_000])))

    decision = planned(observation_of(budget=60_000, **which))

    assert decision.changes == ()
    assert [line.active for line in decision.lines] == list(which.get("active", (True, True, True)))
    assert "inactive or protected" in decision.findings[0].message


def test_a_lowered_daily_budget_is_no_fault_of_the_policy(observation_of, follow):
    follow(Answers(np.array([10_000, 20_000, 30_000])))

    decision = planned(observation_of(budget=30_000))

    assert [x.to_minor for x in decision.lines] == [5_000, 10_000, 15_000]
    assert {f.guardrail for f in decision.findings} == {"total_budget"}


def test_guardrails_also_judge_budgets_that_are_kept(observation_of, follow):
    follow(Answers(RuntimeError("broken")))

    decision = planned(observation_of(budget=30_000))

    assert sum(x.to_minor for x in decision.lines) == 30_000


@pytest.mark.parametrize("reasons", [KeyError("x"), ("a",), None])
def test_a_policy_that_cannot_explain_itself_may_still_decide(reasons, observation_of, follow):
    follow(Answers(np.array([9_000, 20_000, 30_000]), reasons))

    decision = planned(observation_of())

    assert [c.to_minor for c in decision.changes] == [9_000]
    assert "could not explain itself" in decision.findings[0].message


class Accounting(Answers):
    """A policy that also accounts for its decision in figures, or fails to."""

    def __init__(self, answer, account):
        super().__init__(answer)
        self.account, self.seen = account, []

    def account_for(self, observation, allocation, rng, final_minor=None):
        self.seen.append((rng.random((1,)).tolist(), allocation.budgets_minor.tolist(), final_minor.tolist()))
        if isinstance(self.account, Exception):
            raise self.account
        return self.account


def test_a_policy_accounts_with_the_draws_it_decided_by_and_what_guardrails_left(observation_of, follow):
    drawn = []

    def answer(rng):
        drawn.append(rng.random((1,)).tolist())
        return np.array([20_000, 20_000, 20_000])

    policy = follow(Accounting(answer, ValueError("no idea")))

    planned(observation_of())

    assert policy.seen == [(drawn[0], [20_000, 20_000, 20_000], [12_000, 20_000, 24_000])]


@pytest.mark.parametrize("account", [ValueError("no idea"), Account((), Summary("", 0, 0, 3, 0, 0))])
def test_a_policy_that_cannot_account_for_itself_may_still_decide(account, observation_of, follow):
    follow(Accounting(np.array([9_000, 20_000, 30_000]), account))

    decision = planned(observation_of())

    assert [c.to_minor for c in decision.changes] == [9_000]
    assert decision.summary is None
    assert {line.explanation for line in decision.lines} == {None}
    assert "could not account for its decision in figures" in decision.findings[0].message


def test_a_policy_that_only_has_words_is_explained_with_what_is_known(observation_of, follow):
    follow(Answers(np.array([20_000, 20_000, 20_000])))

    decision = planned(observation_of())

    assert [line.explanation.words for line in decision.lines] == ["a", "b", "c"]
    assert [line.explanation.reason for line in decision.lines] == [Cause.POLICY] * 3
    assert [line.explanation.limit for line in decision.lines] == [Limit.GUARDRAIL, None, Limit.GUARDRAIL]
    assert (decision.summary.raised_minor, decision.summary.cut_minor) == (2_000, 6_000)
    assert decision.summary.words.startswith("Raises by 20.00 and cuts by 60.00 EUR a day")


def test_an_answer_that_was_not_used_is_not_explained(observation_of, follow):
    follow(Answers(ZeroDivisionError("oh no")))

    decision = planned(observation_of())

    assert decision.summary is None
    assert {line.explanation for line in decision.lines} == {None}


def test_beliefs_are_kept_where_they_are_finite(observation_of, follow):
    mean = np.array([2.0, np.nan, 1.0])
    beliefs = Beliefs(marginal_roas=mean, low=mean - 0.5, high=mean + 0.5, p_best=mean)
    follow(Answers(np.array([10_000, 20_000, 30_000]), beliefs=beliefs))

    assert [x.marginal_roas for x in planned(observation_of()).lines] == [(1.5, 2.0, 2.5), None, (0.5, 1.0, 1.5)]


def test_a_guardrail_that_does_not_exist_stops_the_planning(observation_of, follow):
    follow(Answers(np.array([10_000, 20_000, 30_000])))

    with pytest.raises(SettingsError, match="did you mean 'total_budget'"):
        planned(observation_of(), guardrails={"total_budgets": {}})


def test_the_cycle_loads_no_web_database_or_registry_library():
    heavy = ["litestar", "sqlmodel", "sqlalchemy", "httpx", "mlflow", "facebook_business", "dbos", "pymc"]
    code = f"import sys, service.cycle; sys.exit(', '.join(m for m in {heavy} if m in sys.modules) or 0)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
