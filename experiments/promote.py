"""From a finished study to a registry alias: choose, pass the gates, register, move the alias; or say why not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.errors import did_you_mean
from agents.registry import build_policy
from agents.vocabulary import PolicySpec
from experiments.errors import ArtifactError, PromotionRefused, UnknownName
from experiments.results import canonical
from experiments.study import ALL

if TYPE_CHECKING:
    from experiments.tracking import Store

SCHEMA = "caudal.policy.1"
DIGEST_TAG = "caudal.digest"
ALIASES = ("champion", "challenger")
FEWEST_WORLDS, FEWEST_DAYS = 20, 28
"""Less than this is a rehearsal: short runs flatter policies that start boldly, few worlds those that were lucky."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition of promotion, and how the candidate stands to it, in words."""

    name: str
    passed: bool
    because: str


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of an alias."""

    alias: str
    version: str
    previous: str | None
    policy: str
    digest: str
    gates: tuple[Gate, ...]


def choose(report: Mapping[str, Any], label: str | None = None) -> str:
    """The label of the best candidate by share of the oracle over all scenarios, or the one asked for.

    Raises:
        UnknownName: the study has no such candidate.
    """
    if label is not None:
        if label not in report["policies"]:
            raise UnknownName(
                f"study {report['study']!r} has no policy {label!r}: {did_you_mean(label, report['policies'])}"
            )
        return label
    shares = {
        row["policy"]: row["figures"]["share_of_oracle_percent"]["value"]
        for row in _rows(report)
        if row["scenario"] == ALL
    }
    best: str = max(report["candidates"], key=lambda candidate: float(shares[candidate]))
    return best


def gates(report: Mapping[str, Any], label: str) -> tuple[Gate, ...]:
    """Every gate for a policy of a study.

    The study must be large enough. The policy must beat the first baseline (leave budgets alone) over all scenarios
    with its whole interval, be at least level with the second (the usual rules) on average, and be clearly worse than
    either of them in no scenario.
    """
    hold, *others = report["baselines"]
    found = [_enough(report), _beats(report, label, hold)]
    found += [_level_with(report, label, other) for other in others]
    found += [_nowhere_worse(report, label, other) for other in report["baselines"]]
    return tuple(found)


def policy_artifact(report: Mapping[str, Any], label: str) -> bytes:
    """The canonical bytes of `policy.json`."""
    figures = {
        row["scenario"]: {"figures": row["figures"], "against": row["against"]}
        for row in _rows(report)
        if row["policy"] == label
    }
    context = {name: report[name] for name in ("study", "scenarios", "seeds", "days", "root_seed")}
    return canonical({"schema": SCHEMA, "spec": report["policies"][label], "study": context, "figures": figures})


def read_policy_artifact(content: bytes, digest: str | None) -> PolicySpec:
    """The spec in a `policy.json`, if these are the bytes that were promoted and the policy can be built.

    Raises:
        ArtifactError: wrong digest, wrong schema, or not a policy.
    """
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise ArtifactError(
            f"policy.json was altered after promotion: its digest is {found}, the registry says {digest}"
        )
    try:
        body = json.loads(content)
        if body["schema"] != SCHEMA:
            raise ArtifactError(f"policy.json has schema {body['schema']!r}, this version reads {SCHEMA!r}")
        spec = PolicySpec(**body["spec"])
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"policy.json is not a policy: {error!r}") from error
    build_policy(spec)
    return spec


def promote(store: Store, study: str, *, alias: str = "champion", label: str | None = None) -> Promotion:
    """Register the best candidate of the newest finished run of a study, and give it the alias.

    Raises:
        PromotionRefused: a gate is closed; nothing was registered and no alias moved.
        StoreError: the study has no finished run.
    """
    _check_alias(alias)
    run_id = store.latest_run(study)
    report = json.loads(store.read_artifact(run_id, "results.json"))
    label = choose(report, label)
    passed = gates(report, label)
    if closed := [gate.because for gate in passed if not gate.passed]:
        raise PromotionRefused(f"{label} is not promoted: {'; '.join(closed)}")
    artifact = policy_artifact(report, label)
    digest = hashlib.sha256(artifact).hexdigest()
    previous = store.alias(alias)
    if previous and store.version_tags(previous).get(DIGEST_TAG) == digest:
        return Promotion(alias, previous, previous, label, digest, passed)
    tags = {DIGEST_TAG: digest, "caudal.study": study, "caudal.policy": label}
    version = store.register(run_id, label, artifact, tags)
    if previous:
        store.tag_version(version, _previous_tag(alias), previous)
    store.move_alias(alias, version)
    return Promotion(alias, version, previous, label, digest, passed)


def rollback(store: Store, alias: str = "champion") -> Promotion:
    """Give the alias back to the version that had it before.

    Raises:
        PromotionRefused: nobody has the alias, or nobody had it before, or the former version fails its digest.
    """
    _check_alias(alias)
    current = store.alias(alias)
    if current is None:
        raise PromotionRefused(f"no version has the alias {alias!r}: there is nothing to roll back")
    former = store.version_tags(current).get(_previous_tag(alias))
    if former is None:
        raise PromotionRefused(f"version {current} is the first that had the alias {alias!r}: there is no former one")
    spec = load_version(store, former)
    store.move_alias(alias, former)
    return Promotion(alias, former, current, spec.name, store.version_tags(former)[DIGEST_TAG], ())


def load_version(store: Store, version: str) -> PolicySpec:
    """The checked policy spec of a registered version.

    Raises:
        ArtifactError: its bytes are not those that were promoted, or cannot be built.
    """
    return read_policy_artifact(store.read_policy(version), store.version_tags(version).get(DIGEST_TAG))


def load_alias(store: Store, alias: str) -> tuple[PolicySpec, str]:
    """The checked policy spec behind an alias, and its version.

    Raises:
        ArtifactError: nobody has the alias, or the artifact fails its check.
    """
    version = store.alias(alias)
    if version is None:
        raise ArtifactError(
            f"no policy has the alias {alias!r}: run `caudal study run foundation`, then `caudal promote`"
        )
    return load_version(store, version), version


def _rows(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = report["rows"]
    return rows


def _gain(report: Mapping[str, Any], scenario: str, label: str, baseline: str) -> Mapping[str, Any]:
    """The paired difference in share of the oracle; a baseline against itself differs by exactly nothing."""
    row = next(row for row in _rows(report) if (row["scenario"], row["policy"]) == (scenario, label))
    if label == baseline:
        return {"value": 0.0, "low": 0.0, "high": 0.0}
    gain: Mapping[str, Any] = row["against"][baseline]["share_of_oracle_percent"]
    return gain


def _in_words(gain: Mapping[str, Any]) -> str:
    if gain["low"] is None:
        return f"{gain['value']:+.2f} points of the oracle's value, from one world and so without an interval"
    return f"{gain['value']:+.2f} points of the oracle's value (95 %: {gain['low']:+.2f} to {gain['high']:+.2f})"


def _enough(report: Mapping[str, Any]) -> Gate:
    worlds, days = report["seeds"][1] - report["seeds"][0] + 1, report["days"]
    passed = worlds >= FEWEST_WORLDS and days >= FEWEST_DAYS
    needs = "" if passed else f", a promotion needs at least {FEWEST_WORLDS} worlds of {FEWEST_DAYS} days"
    return Gate("enough evidence", passed, f"the study lived {worlds} worlds of {days} days per scenario{needs}")


def _beats(report: Mapping[str, Any], label: str, baseline: str) -> Gate:
    gain = _gain(report, ALL, label, baseline)
    passed = gain["low"] is not None and gain["low"] > 0
    verb = "beats" if passed else "does not clearly beat"
    return Gate(f"beats {baseline}", passed, f"{label} {verb} {baseline}: {_in_words(gain)}")


def _level_with(report: Mapping[str, Any], label: str, baseline: str) -> Gate:
    gain = _gain(report, ALL, label, baseline)
    passed = gain["value"] >= 0
    verb = "is no worse than" if passed else "is worse than"
    return Gate(f"no worse than {baseline}", passed, f"{label} {verb} {baseline}: {_in_words(gain)}")


def _nowhere_worse(report: Mapping[str, Any], label: str, baseline: str) -> Gate:
    gains = {scenario: _gain(report, scenario, label, baseline) for scenario in report["scenarios"]}
    worse = {name: gain for name, gain in gains.items() if gain["high"] is not None and gain["high"] < 0}
    words = "; ".join(f"on {name} {_in_words(gain)}" for name, gain in worse.items())
    because = (
        f"{label} is clearly worse than {baseline} {words}" if worse else f"{label} is nowhere worse than {baseline}"
    )
    return Gate(f"nowhere worse than {baseline}", not worse, because)


def _previous_tag(alias: str) -> str:
    return f"caudal.previous.{alias}"


def _check_alias(alias: str) -> None:
    if alias not in ALIASES:
        raise UnknownName(f"there is no alias {alias!r}: {did_you_mean(alias, ALIASES)}")
