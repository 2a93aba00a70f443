"""From an observation to a decision: pure, and the same bits whenever it is asked again.

A policy is code that learns, so its answer is examined before anything else: what cannot be a budget changes nothing.
Guardrails judge what is left, and have the last word.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.explanation import account_of
from agents.randomness import decision_rng, decision_seed
from agents.registry import build_policy
from service.decision import BudgetChange, Decision, Finding, Line, Mode
from service.guardrails import build_guardrails, check_all

if TYPE_CHECKING:
    from agents.explanation import Account
    from agents.vocabulary import Allocation, Beliefs, IntArray, Observation, Policy, PolicySpec


def plan(
    observation: Observation,
    spec: PolicySpec,
    version: str,
    guardrails: Mapping[str, Mapping[str, Any]],
    *,
    root_seed: int,
    mode: Mode,
) -> Decision:
    """What to do this morning: pure, and the same bits whenever it is asked again.

    A policy that fails, or answers what no policy may, changes nothing; guardrails still have the last word.

    Args:
        observation: a single account, as `look` made it.
        spec: the policy; `version` is what the registry calls it.
        version: stored with the decision.
        guardrails: limits by guardrail name, in order; stored with the decision.
        root_seed: with account and day it seeds the policy's generator.
        mode: whether the changes may be carried out.

    Raises:
        SettingsError: a guardrail that cannot be built.
        SpecError: a policy that cannot be built.
    """
    active = build_guardrails(guardrails)
    entropy = decision_seed(root_seed, observation.account_id, observation.day)
    policy = build_policy(spec)
    asked = _ask(policy, observation, entropy)
    verdict = check_all(active, observation, asked.budgets_minor)
    account, notes = _accounted(policy, observation, asked, verdict.targets_minor, entropy)
    findings = (*asked.findings, *notes, *verdict.findings)
    lines = tuple(_lines(observation, asked, verdict.targets_minor, findings, account))
    return Decision(
        account_id=observation.account_id,
        day=observation.day,
        mode=mode,
        policy=spec,
        policy_version=version,
        entropy=entropy,
        observation_digest=observation.digest,
        guardrails={name: dict(limits) for name, limits in guardrails.items()},
        lines=lines,
        changes=_changes(lines),
        findings=findings,
        summary=account.summary if account else None,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the policy asked for, or the present budgets (and no allocation) where its answer cannot be used."""

    budgets_minor: IntArray
    reasons: tuple[str, ...]
    allocation: Allocation | None
    findings: tuple[Finding, ...]


def _ask(policy: Policy, observation: Observation, entropy: Sequence[int]) -> _Asked:
    now = observation.ad_sets.budgets_minor
    try:
        allocation = policy.decide(observation, decision_rng(entropy))
        problem = _objection(observation, allocation.budgets_minor)
    except Exception as error:  # noqa: BLE001 - whatever a policy does, budgets must stay in known hands
        allocation, problem = None, f"it failed ({type(error).__name__}: {error})"
    if allocation is None or problem:
        held = Finding("policy", None, f"the policy's answer was not used and budgets are kept: {problem}")
        return _Asked(now, (f"kept: {problem}",) * len(observation.ad_sets), None, (held,))
    reasons, findings = _explained(policy, observation, allocation)
    budgets = np.array(allocation.budgets_minor, dtype=np.int64)
    return _Asked(budgets, reasons, allocation, findings)


def _objection(observation: Observation, budgets: object) -> str | None:
    """Why a policy's answer cannot be used; None where it can."""
    sets = observation.ad_sets
    if not isinstance(budgets, np.ndarray) or not np.issubdtype(budgets.dtype, np.integer):
        return f"budgets must be whole minor units in an array, got {getattr(budgets, 'dtype', type(budgets).__name__)}"
    if budgets.shape != sets.budgets_minor.shape:
        return f"budgets have shape {budgets.shape}, there are {len(sets)} ad sets"
    if wrong := [i for i, minor in zip(sets.ids, budgets.tolist(), strict=True) if minor < 0]:
        return f"negative budgets for {', '.join(wrong)}"
    if bool((budgets != sets.budgets_minor)[~sets.adjustable].any()):
        return "it moves ad sets that are inactive or protected"
    # Python's integers: a sum of absurd budgets must not wrap around into an acceptable one.
    total, present = (sum(a[sets.active].tolist()) for a in (budgets, sets.budgets_minor))
    if total > max(int(observation.budget_minor), present):
        return f"budgets sum to {total} minor units, only {int(observation.budget_minor)} may be given out"
    return None


def _explained(
    policy: Policy, observation: Observation, allocation: Allocation
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """One reason per ad set; a policy that cannot explain itself may still decide, and it is noted."""
    try:
        reasons = tuple(map(str, policy.explain(observation, allocation)))
        problem = "" if len(reasons) == len(observation.ad_sets) else f"{len(reasons)} reasons"
    except Exception as error:  # noqa: BLE001 - a missing explanation must not stop a sound decision
        reasons, problem = (), f"{type(error).__name__}: {error}"
    if not problem:
        return reasons, ()
    note = Finding("policy", None, f"the policy could not explain itself ({problem})")
    return ("no reason was given",) * len(observation.ad_sets), (note,)


def _accounted(
    policy: Policy, observation: Observation, asked: _Asked, targets: IntArray, entropy: Sequence[int]
) -> tuple[Account | None, tuple[Finding, ...]]:
    """The decision in figures, judged at what guardrails left of it; one that cannot be had is noted."""
    if asked.allocation is None:
        return None, ()
    try:
        account = account_of(
            policy,
            observation,
            asked.allocation,
            decision_rng(entropy),
            sentences=asked.reasons,
            final_minor=targets,
        )
        problem = "" if len(account.ad_sets) == len(observation.ad_sets) else f"{len(account.ad_sets)} entries"
    except Exception as error:  # noqa: BLE001 - a missing explanation must not stop a sound decision
        account, problem = None, f"{type(error).__name__}: {error}"
    if not problem:
        return account, ()
    return None, (Finding("policy", None, f"the policy could not account for its decision in figures ({problem})"),)


def _lines(
    observation: Observation, asked: _Asked, targets: IntArray, findings: Sequence[Finding], account: Account | None
) -> Iterator[Line]:
    sets = observation.ad_sets
    beliefs = asked.allocation.beliefs if asked.allocation else None
    for i, ad_set_id in enumerate(sets.ids):
        limited = [f.message for f in findings if f.ad_set_id == ad_set_id]
        yield Line(
            ad_set_id=ad_set_id,
            name=sets.names[i],
            from_minor=int(sets.budgets_minor[i]),
            asked_minor=int(asked.budgets_minor[i]),
            to_minor=int(targets[i]),
            reason="; ".join([asked.reasons[i], *limited]),
            marginal_roas=_belief(beliefs, i),
            active=bool(sets.active[i]),
            explanation=account.ad_sets[i] if account else None,
        )


def _belief(beliefs: Beliefs | None, index: int) -> tuple[float, float, float] | None:
    """Low, expected and high marginal return of one ad set; None where the policy has no finite opinion."""
    if beliefs is None:
        return None
    low, middle, high = (float(array[index]) for array in (beliefs.low, beliefs.marginal_roas, beliefs.high))
    return (low, middle, high) if all(map(math.isfinite, (low, middle, high))) else None


def _changes(lines: Sequence[Line]) -> tuple[BudgetChange, ...]:
    """Lines that differ, as changes; decreases first, so that raises are paid for before they are asked."""
    moved = [BudgetChange(x.ad_set_id, x.from_minor, x.to_minor, x.reason) for x in lines if x.to_minor != x.from_minor]
    return tuple(sorted(moved, key=lambda change: change.raises))
