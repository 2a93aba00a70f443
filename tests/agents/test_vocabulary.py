"""The words: specs that are equal write the same text, and ad sets know what may be moved."""

from __future__ import annotations

import json

import numpy as np
import pytest

from agents.observation import ad_sets_of
from agents.randomness import WorldStreams
from agents.registry import build_policy
from agents.vocabulary import AdSet, Policy, PolicySpec, Rng


def test_equal_specs_write_the_same_text_whatever_the_order_of_their_parameters() -> None:
    one = PolicySpec("rules", {"window_days": 7, "dead_band": 0.1})
    other = PolicySpec("rules", {"dead_band": 0.1, "window_days": 7})

    assert one.to_json() == other.to_json()
    assert one.digest == other.digest


def test_the_canonical_text_has_sorted_keys_and_no_blanks() -> None:
    text = PolicySpec("rules", {"window_days": 7, "dead_band": 0.1}).to_json()

    assert text == '{"name":"rules","params":{"dead_band":0.1,"window_days":7},"priors_digest":null}'


@pytest.mark.parametrize(
    "other", [PolicySpec("hold"), PolicySpec("rules", {"window_days": 8}), PolicySpec("rules", {}, "ab")], ids=repr
)
def test_any_difference_changes_the_digest_of_a_spec(other: PolicySpec) -> None:
    assert other.digest != PolicySpec("rules").digest


def test_a_spec_reads_back_from_its_text() -> None:
    spec = PolicySpec("curve_thompson", {"temperature": 0.5}, "abc")

    assert PolicySpec(**json.loads(spec.to_json())) == spec


def test_a_number_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        PolicySpec("rules", {"dead_band": float("nan")}).to_json()


def test_only_active_and_unprotected_ad_sets_may_be_moved() -> None:
    sets = ad_sets_of(
        [
            AdSet("1", 10),
            AdSet("2", 10, active=False),
            AdSet("3", 10, protected=True),
            AdSet("4", 10, active=False, protected=True),
        ]
    )

    assert sets.adjustable.tolist() == [True, False, False, False]
    assert len(sets) == 4


def test_both_sources_of_randomness_are_what_a_policy_may_draw_from() -> None:
    assert isinstance(np.random.default_rng(0), Rng)
    assert isinstance(WorldStreams([np.random.default_rng(0)]), Rng)


def test_a_built_policy_decides_and_explains() -> None:
    policy: Policy = build_policy(PolicySpec("hold"))

    assert callable(policy.decide)
    assert callable(policy.explain)
