from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from agents.vocabulary import PolicySpec
from experiments import results
from experiments.errors import ArtifactError, PromotionRefused, StoreError, UnknownName
from experiments.promote import (
    DIGEST_TAG,
    choose,
    gates,
    load_alias,
    load_version,
    policy_artifact,
    promote,
    read_policy_artifact,
    rollback,
)
from experiments.study import ALL, StudyResult
from experiments.tracking import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def tiny_report(tiny_result: StudyResult) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(results.canonical(results.report(tiny_result)))
    return found


@pytest.fixture
def finished(store: Store, tiny_result: StudyResult) -> Store:
    """A store in which the tiny study was run."""
    store.record(tiny_result, results.files(tiny_result), {})
    return store


def row_of(report: dict[str, Any], scenario: str, policy: str) -> dict[str, Any]:
    return next(row for row in report["rows"] if (row["scenario"], row["policy"]) == (scenario, policy))


def with_gain(report: dict[str, Any], scenario: str, baseline: str, gain: tuple[float, float, float]) -> dict[str, Any]:
    """The report, had curve_thompson differed from a baseline by this."""
    changed = copy.deepcopy(report)
    difference = row_of(changed, scenario, "curve_thompson")["against"][baseline]["share_of_oracle_percent"]
    difference |= dict(zip(("value", "low", "high"), gain, strict=True))
    return changed


def closed(report: dict[str, Any], label: str = "curve_thompson") -> set[str]:
    return {gate.name for gate in gates(report, label) if not gate.passed}


def test_the_best_candidate_is_chosen_and_others_only_by_name(tiny_report: dict[str, Any]) -> None:
    assert choose(tiny_report) == "curve_thompson"
    assert choose(tiny_report, "equal_split") == "equal_split"
    with pytest.raises(UnknownName, match="did you mean 'rules'"):
        choose(tiny_report, "rulse")


def test_a_policy_that_beats_both_baselines_passes_every_gate(tiny_report: dict[str, Any]) -> None:
    assert closed(tiny_report) == set()


@pytest.mark.parametrize(
    ("scenario", "baseline", "gain", "gate"),
    [
        (ALL, "hold", (3.0, -0.01, 6.0), "beats hold"),
        (ALL, "rules", (-0.01, -1.0, 0.98), "no worse than rules"),
        ("small", "hold", (-2.0, -3.0, -1.0), "nowhere worse than hold"),
        ("small", "rules", (-2.0, -3.0, -1.0), "nowhere worse than rules"),
    ],
)
def test_each_gate_closes_by_itself(
    tiny_report: dict[str, Any], scenario: str, baseline: str, gain: tuple[float, float, float], gate: str
) -> None:
    assert closed(with_gain(tiny_report, scenario, baseline, gain)) == {gate}


@pytest.mark.parametrize("change", [{"seeds": [1, 19]}, {"days": 27}])
def test_a_rehearsal_is_no_evidence(tiny_report: dict[str, Any], change: dict[str, Any]) -> None:
    assert closed({**tiny_report, **change}) == {"enough evidence"}


def test_the_artifact_says_what_the_service_needs_in_canonical_bytes(
    tiny_report: dict[str, Any],
) -> None:
    artifact = policy_artifact(tiny_report, "curve_thompson")
    body = json.loads(artifact)

    assert artifact == policy_artifact(tiny_report, "curve_thompson") == results.canonical(body)
    assert body["schema"] == "caudal.policy.1"
    assert body["spec"] == {"name": "curve_thompson", "params": {}, "priors_digest": None}
    assert (body["study"]["study"], body["study"]["days"]) == ("tiny", 28)
    assert set(body["figures"]) == {"small", ALL}


def test_promotion_registers_the_best_and_gives_it_the_alias(finished: Store) -> None:
    done = promote(finished, "tiny")

    assert (done.policy, done.version, done.previous) == ("curve_thompson", "1", None)
    assert load_alias(finished, "champion") == (PolicySpec("curve_thompson"), "1")
    assert (
        hashlib.sha256(finished.read_policy("1")).hexdigest() == done.digest == finished.version_tags("1")[DIGEST_TAG]
    )


def test_promoting_the_same_again_changes_nothing(finished: Store) -> None:
    promote(finished, "tiny")

    again = promote(finished, "tiny")

    assert (again.version, finished.alias("champion")) == ("1", "1")


def test_a_worse_policy_is_refused_with_the_figures_and_nothing_moves(finished: Store) -> None:
    promote(finished, "tiny")

    with pytest.raises(PromotionRefused, match=r"equal_split does not clearly beat hold: -\d"):
        promote(finished, "tiny", label="equal_split")

    assert finished.alias("champion") == "1"
    with pytest.raises(StoreError, match=r"version 2 has no policy\.json"):
        finished.read_policy("2")


def test_an_alias_rolls_back_to_whom_it_had_before_and_no_further(finished: Store) -> None:
    promote(finished, "tiny", label="rules")
    promote(finished, "tiny")

    back = rollback(finished)

    assert (back.version, back.previous, back.policy) == ("1", "2", "rules")
    assert load_alias(finished, "champion") == (PolicySpec("rules"), "1")
    with pytest.raises(PromotionRefused, match="no former one"):
        rollback(finished)


def test_aliases_are_independent(finished: Store) -> None:
    promote(finished, "tiny", label="rules")
    promote(finished, "tiny", alias="challenger")

    assert (finished.alias("champion"), finished.alias("challenger")) == ("1", "2")
    with pytest.raises(UnknownName, match="did you mean 'champion'"):
        promote(finished, "tiny", alias="champignon")
    with pytest.raises(PromotionRefused, match="no former one"):
        rollback(finished, "challenger")


def test_without_a_champion_there_is_nothing_to_roll_back_or_load(store: Store) -> None:
    with pytest.raises(PromotionRefused, match="nothing to roll back"):
        rollback(store)
    with pytest.raises(ArtifactError, match="caudal promote"):
        load_alias(store, "champion")


def test_an_artifact_altered_on_disk_is_refused_and_not_rolled_back_to(finished: Store) -> None:
    promote(finished, "tiny", label="rules")
    promote(finished, "tiny")
    assert finished._file is not None
    (path,) = (file for file in Path(finished._file.parent).rglob("policy.json") if file.parent.name == "rules")
    path.write_bytes(path.read_bytes().replace(b'"name":"rules"', b'"name":"hold"'))

    with pytest.raises(ArtifactError, match="altered after promotion"):
        load_version(finished, "1")
    with pytest.raises(ArtifactError, match="altered after promotion"):
        rollback(finished)
    assert finished.alias("champion") == "2"


@pytest.mark.parametrize(
    "content",
    [
        b"not json",
        b"[]",
        b'{"schema": "caudal.policy.9", "spec": {"name": "hold"}}',
        b'{"schema": "caudal.policy.1", "spec": {"nome": "hold"}}',
        b"\x80\x04\x95\x00.",
    ],
)
def test_what_is_no_policy_is_refused_even_with_the_right_digest(content: bytes) -> None:
    with pytest.raises(ArtifactError):
        read_policy_artifact(content, hashlib.sha256(content).hexdigest())


def test_no_artifact_is_read_without_a_digest() -> None:
    with pytest.raises(ArtifactError, match="the registry says None"):
        read_policy_artifact(b"{}", None)
