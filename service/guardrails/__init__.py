"""Guardrails: one rule a file, exported as GUARDRAIL, pure and batch first.

A guardrail is a frozen dataclass whose fields are its limits. It sees the observation and the targets that the policy
(or the guardrail before it) asked for, and returns what is left. It may lower any target and may soften a cut, but it
never turns a cut into a raise and never gives more than was asked where that is a raise. What cannot be judged may not
spend more: `check_all` fails closed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from agents.errors import did_you_mean
from agents.registry import discover
from service.decision import Finding
from service.errors import SettingsError

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, IntArray, Observation

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "protected": {},
    "stale_data": {"max_age_days": 1},
    "floor_ceiling": {},
    "max_daily_change": {"max_ratio": 0.2},
    "total_budget": {},
}
"""What holds unless a configuration says otherwise, in order. The total comes last, because softened cuts add up."""

LARGEST_MINOR = 10**12
"""No daily budget is larger than this; a target that is was never meant. Sums of a million of them stay exact."""


class Guardrail(Protocol):
    """One limit on what may be asked of the platform."""

    def check(self, observation: Observation, targets_minor: IntArray) -> IntArray:
        """What is left of the targets, (..., A)."""

    def because(self, observation: Observation, index: int, asked_minor: int, left_minor: int) -> str:
        """One sentence for a person: why ad set `index` of a single account got `left_minor`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left after all guardrails, (..., A); which of them bit where, (..., A) by name; and the reasons.

    `findings` are worded for a single account only; a batch of worlds has none.
    """

    targets_minor: IntArray
    hits: Mapping[str, BoolArray]
    findings: tuple[Finding, ...]


@cache
def guardrails() -> dict[str, Any]:
    """Every guardrail class, by name."""
    return discover(sys.modules[__name__], "GUARDRAIL")


def build_guardrails(config: Mapping[str, Mapping[str, Any]]) -> dict[str, Guardrail]:
    """The guardrails a configuration names, in its order.

    Raises:
        SettingsError: an unknown guardrail or limit, with the nearest known name, or a value it refuses.
    """
    built: dict[str, Guardrail] = {}
    for name, limits in config.items():
        if name not in guardrails():
            raise SettingsError(f"there is no guardrail {name!r}: {did_you_mean(name, guardrails())}")
        accepted = {f.name for f in fields(guardrails()[name])}
        for limit in limits:
            if limit not in accepted:
                raise SettingsError(f"guardrail {name!r} has no limit {limit!r}: {did_you_mean(limit, accepted)}")
        try:
            built[name] = guardrails()[name](**limits)
        except (TypeError, ValueError) as error:
            raise SettingsError(f"guardrail {name!r} refuses {dict(limits)}: {error}") from error
    return built


def check_all(active: Mapping[str, Guardrail], observation: Observation, targets_minor: IntArray) -> Verdict:
    """Ask every guardrail in turn; one that fails, or answers nonsense, lets nothing rise.

    Targets that are no budgets (wrong shape or type, negative, above `LARGEST_MINOR`) are refused as a whole: their
    account keeps the budgets it has. In a batch only the accounts concerned are refused, unless the shape is wrong.
    """
    now = observation.ad_sets.budgets_minor
    left, refusal = _acceptable(targets_minor, now)
    hits: dict[str, BoolArray] = {}
    findings: list[Finding] = [Finding("targets", None, refusal)] if refusal and now.ndim == 1 else []
    for name, guardrail in active.items():
        before = left
        try:
            left = _plausible(guardrail.check(observation, before), before, now)
            failure = None
        except Exception as error:  # noqa: BLE001 - whatever a guardrail does, money must not rise because of it
            left = np.minimum(before, now)
            failure = f"could not judge and lets nothing rise ({type(error).__name__}: {error})"
        hits[name] = left != before
        if left.ndim > 1:
            continue
        if failure:
            findings.append(Finding(name, None, failure))
        for i in np.flatnonzero(hits[name]):
            words = failure or _reason(guardrail, observation, int(i), int(before[i]), int(left[i]))
            findings.append(Finding(name, observation.ad_sets.ids[i], words))
    return Verdict(left, hits, tuple(findings))


def _acceptable(targets: IntArray, now: IntArray) -> tuple[IntArray, str | None]:
    """The targets where they can be budgets, the present budgets elsewhere; and what was wrong."""
    if not isinstance(targets, np.ndarray) or targets.shape != now.shape or targets.dtype != np.int64:
        shown = f"{targets.dtype}{targets.shape}" if isinstance(targets, np.ndarray) else type(targets).__name__
        return now, f"targets are {shown}, expected int64{now.shape}: no budget changes"
    wrong = (targets < 0) | (targets > np.maximum(now, LARGEST_MINOR))
    if not bool(wrong.any()):
        return targets, None
    kept: IntArray = np.where(wrong.any(axis=-1, keepdims=True), now, targets)
    return kept, "a target is negative or larger than any daily budget: no budget changes"


def _reason(guardrail: Guardrail, observation: Observation, index: int, asked_minor: int, left_minor: int) -> str:
    """The guardrail's sentence; one that cannot explain itself still limits."""
    try:
        return guardrail.because(observation, index, asked_minor, left_minor)
    except Exception as error:  # noqa: BLE001 - a missing explanation must not undo a limit
        return f"limited, but could not say why ({type(error).__name__}: {error})"


def _plausible(answer: IntArray, asked: IntArray, now: IntArray) -> IntArray:
    """The answer, if a guardrail may give it: right shape, whole numbers, no raise beyond what was asked."""
    if not isinstance(answer, np.ndarray) or answer.shape != asked.shape or answer.dtype != np.int64:
        shown = f"{answer.dtype}{answer.shape}" if isinstance(answer, np.ndarray) else type(answer).__name__
        raise TypeError(f"answered {shown}, expected int64{asked.shape}")
    if bool((answer < 0).any()) or bool((answer > np.maximum(asked, now)).any()):
        raise ValueError("answered a negative budget or more than was asked")
    return answer
