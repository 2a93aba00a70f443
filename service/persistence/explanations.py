"""Explanations as plain JSON values and back; floats keep every bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from agents.explanation import Cause, Direction, Estimate, Explanation, Flip, Limit, Summary

_ESTIMATES = ("marginal_roas", "marginal_cpa_minor", "value_now_minor", "value_then_minor", "gain_minor")


def explanation_to_json(explanation: Explanation) -> dict[str, Any]:
    """One ad set's part; estimates are [low, expected, high]."""
    return asdict(explanation) | {name: _estimate_to_json(getattr(explanation, name)) for name in _ESTIMATES}


def explanation_from_json(body: Mapping[str, Any]) -> Explanation:
    """One ad set's part again."""
    flip, limit = body["flip"], body["limit"]
    return Explanation(
        **{
            **body,
            **{name: _estimate_from_json(body[name]) for name in _ESTIMATES},
            "direction": Direction(body["direction"]),
            "reason": Cause(body["reason"]),
            "limit": None if limit is None else Limit(limit),
            "flip": None if flip is None else Flip(**{**flip, "turns": Direction(flip["turns"])}),
        }
    )


def summary_to_json(summary: Summary) -> dict[str, Any]:
    """The whole; `limits` are pairs."""
    return asdict(summary) | {
        "gain_minor": _estimate_to_json(summary.gain_minor),
        "limits": [list(pair) for pair in summary.limits],
    }


def summary_from_json(body: Mapping[str, Any]) -> Summary:
    """The whole again."""
    limits = tuple((Limit(limit), count) for limit, count in body["limits"])
    return Summary(**{**body, "gain_minor": _estimate_from_json(body["gain_minor"]), "limits": limits})


def _estimate_to_json(estimate: Estimate | None) -> list[float] | None:
    return None if estimate is None else [estimate.low, estimate.expected, estimate.high]


def _estimate_from_json(ends: list[float] | None) -> Estimate | None:
    return None if ends is None else Estimate(*ends)
