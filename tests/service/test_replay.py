"""A decision is made again from the books, through a real policy, and every difference is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from agents.errors import SpecError
from agents.registry import policies
from agents.vocabulary import PolicySpec
from service.cycle import Rules, run_morning
from service.decision import Mode
from service.planning import plan
from service.replay import decide_again, differences

DAY = date(2026, 3, 5)


class Promoted:
    def __init__(self, name):
        self.spec = PolicySpec(name)

    def promoted(self):
        return self.spec, "7"


@pytest.mark.parametrize("name", sorted(policies()))
def test_every_policys_morning_is_decided_again_bit_for_bit(name, ledger, clock, account_of, onboard):
    account = account_of({"a": 10_000, "b": 20_000, "c": 30_000}, active={"c": False})
    state = onboard(ledger, account, budget=30_000)
    run_morning(account, ledger, Promoted(name), clock, state=state, day=DAY, rules=Rules(root_seed=11))

    stored = ledger.decision("act_1", DAY)
    again = decide_again(stored, ledger.load_observation(stored.observation_digest))

    assert differences(stored, again) == ()


@pytest.fixture
def stored(observation_of):
    return plan(observation_of(), PolicySpec("hold"), "7", {"freeze": {}}, root_seed=1, mode=Mode.LIVE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"policy_version": "8"}, "policy_version: it was 8, now it is 7"),
        ({"mode": Mode.SHADOW}, "mode: it was shadow, now it is live"),
        ({"observation_digest": "x"}, "observation_digest: it was x"),
        ({"entropy": (1, 2, 3)}, "entropy: it was (1, 2, 3)"),
        ({"policy": PolicySpec("hold", {"x": 1})}, 'policy: it was {"name":"hold","params":{"x":1}'),
        ({"guardrails": {}}, 'guardrails: it was [], now it is [["freeze", {}]]'),
        ({"lines": ()}, "the number of ad sets: it was 0, now it is 3"),
        ({"findings": (1,)}, "findings: it was (1,)"),
        ({"changes": (1,)}, "changes: it was (1,)"),
    ],
)
def test_whatever_differs_is_said(stored, change, words):
    assert words in "; ".join(differences(replace(stored, **change), stored))


def test_a_line_that_differs_names_ad_set_and_field(stored):
    line = replace(stored.lines[1], to_minor=1)
    forged = replace(stored, lines=(stored.lines[0], line, stored.lines[2]))

    assert differences(forged, stored) == ("ad set 12000001: to_minor: it was 1, now it is 20000",)


def test_an_explanation_that_differs_is_found_and_one_that_never_was_written_is_not_missed(stored):
    line = stored.lines[0]
    other = replace(line, explanation=replace(line.explanation, words="because I say so"))
    forged = replace(stored, lines=(other, *stored.lines[1:]), summary=replace(stored.summary, raised=7))
    old = replace(stored, lines=tuple(replace(x, explanation=None) for x in stored.lines), summary=None)

    assert [words.split(":")[0] for words in differences(forged, stored)] == ["ad set 12000000", "summary"]
    assert differences(old, stored) == ()
    assert differences(stored, old), "an explanation that got lost is missed"


def test_a_policy_that_no_longer_exists_is_named(stored, observation_of):
    with pytest.raises(SpecError, match="did you mean 'hold'"):
        decide_again(replace(stored, policy=PolicySpec("holdd")), observation_of())
