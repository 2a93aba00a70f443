"""Deciding a morning again from what was written down, and saying what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING

from service.planning import plan

if TYPE_CHECKING:
    from agents.vocabulary import Observation
    from service.decision import Decision


def decide_again(decision: Decision, observation: Observation) -> Decision:
    """The decision that today's code makes from the same observation, policy, seed and guardrails.

    Raises:
        SpecError: the policy, or one of its parameters, no longer exists.
        SettingsError: the same for a guardrail.
    """
    return plan(
        observation,
        decision.policy,
        decision.policy_version,
        decision.guardrails,
        root_seed=decision.entropy[0],
        mode=decision.mode,
    )


def differences(stored: Decision, again: Decision) -> tuple[str, ...]:
    """What is not identical, one sentence each; empty where every bit agrees."""
    return tuple(_differences(stored, again))


def _differences(stored: Decision, again: Decision) -> Iterator[str]:
    for name in ("account_id", "day", "mode", "policy_version", "entropy", "observation_digest"):
        yield from _unequal(name, getattr(stored, name), getattr(again, name))
    yield from _unequal("policy", stored.policy.to_json(), again.policy.to_json())
    yield from _unequal("guardrails", *(json.dumps(list(d.guardrails.items())) for d in (stored, again)))
    yield from _unequal("the number of ad sets", len(stored.lines), len(again.lines))
    for old, new in zip(stored.lines, again.lines, strict=False):
        for field in fields(old):
            before, after = getattr(old, field.name), getattr(new, field.name)
            if field.name == "explanation" and before is None:
                continue  # decided before explanations were written down
            yield from _unequal(f"ad set {old.ad_set_id}: {field.name}", before, after)
    yield from _unequal("changes", stored.changes, again.changes)
    yield from _unequal("findings", stored.findings, again.findings)
    if stored.summary is not None:
        yield from _unequal("summary", stored.summary, again.summary)


def _unequal(what: str, before: object, after: object) -> Iterator[str]:
    if before != after:
        yield f"{what}: it was {before}, now it is {after}"
