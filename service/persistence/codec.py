"""Decisions as JSON and observations as archives of arrays, both without pickle.

What is read back is built again by the same constructors: an observation goes through `observe`, so its digest is
computed anew and a changed byte cannot pass.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.observation import observe
from agents.vocabulary import (
    AD_SET_ARRAYS,
    AD_SET_OPTIONAL_ARRAYS,
    BREAKDOWN_METRICS,
    HISTORY_METRICS,
    AdSets,
    Baseline,
    Breakdown,
    Creatives,
    PolicySpec,
)
from service.decision import BudgetChange, Decision, Finding, Line, Mode
from service.persistence.explanations import (
    explanation_from_json,
    explanation_to_json,
    summary_from_json,
    summary_to_json,
)

if TYPE_CHECKING:
    from agents.vocabulary import Observation

_CREATIVE_ARRAYS = ("exists", "active", "age_days", *HISTORY_METRICS)


def observation_to_bytes(observation: Observation) -> bytes:
    """An observation as a compressed npz archive: a JSON head and its arrays."""
    through = observation.collected_through
    head = {
        "schema": "caudal.observation.1",
        "account_id": observation.account_id,
        "day": observation.day.isoformat(),
        "currency": observation.currency,
        "minor_per_major": observation.minor_per_major,
        "collected_through": through.isoformat() if through else None,
        "ids": observation.ad_sets.ids,
        "names": observation.ad_sets.names,
        "days": [day.isoformat() for day in observation.history.days],
        **_optional_head(observation),
    }
    arrays = {f"ad_sets.{name}": getattr(observation.ad_sets, name) for name in AD_SET_ARRAYS}
    arrays |= _optional_arrays(observation)
    arrays |= {f"history.{name}": getattr(observation.history, name) for name in HISTORY_METRICS}
    arrays["budget_minor"] = observation.budget_minor
    arrays["head"] = np.frombuffer(json.dumps(head, sort_keys=True).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def observation_from_bytes(body: bytes) -> Observation:
    """The observation again; its digest is computed from what was read.

    Raises:
        ObservationError: the arrays do not fit together.
        ValueError: no such archive, or one that would need pickle.
    """
    with np.load(io.BytesIO(body), allow_pickle=False) as archive:
        head = json.loads(archive["head"].tobytes())
        through = head["collected_through"]
        return observe(
            account_id=head["account_id"],
            day=date.fromisoformat(head["day"]),
            currency=head["currency"],
            minor_per_major=head["minor_per_major"],
            budget_minor=archive["budget_minor"],
            ad_sets=AdSets(
                ids=tuple(head["ids"]),
                names=tuple(head["names"]),
                **{name: archive[f"ad_sets.{name}"] for name in AD_SET_ARRAYS},
                **{n: archive[f"ad_sets.{n}"] for n in AD_SET_OPTIONAL_ARRAYS if f"ad_sets.{n}" in archive},
                campaign_ids=tuple(head["campaign_ids"]) if "campaign_ids" in head else None,
            ),
            metrics={name: archive[f"history.{name}"] for name in HISTORY_METRICS},
            days=[date.fromisoformat(day) for day in head["days"]],
            collected_through=date.fromisoformat(through) if through else None,
            creatives=_creatives(head["creatives"], archive) if "creatives" in head else None,
            breakdowns={
                name: Breakdown(tuple(keys), **{m: archive[f"{name}.{m}"] for m in BREAKDOWN_METRICS})
                for name, keys in head.get("breakdowns", {}).items()
            },
            baseline=Baseline(archive["baseline"], date.fromisoformat(head["since"])) if "since" in head else None,
        )


def _optional_head(observation: Observation) -> dict[str, Any]:
    """Names of what not every observation has."""
    head: dict[str, Any] = {}
    if observation.ad_sets.campaign_ids is not None:
        head["campaign_ids"] = observation.ad_sets.campaign_ids
    if ads := observation.creatives:
        head["creatives"] = {name: getattr(ads, name) for name in ("ids", "names", "feature_names")}
    if observation.breakdowns:
        head["breakdowns"] = {name: cut.keys for name, cut in observation.breakdowns.items()}
    if observation.baseline:
        head["since"] = observation.baseline.since.isoformat()
    return head


def _optional_arrays(observation: Observation) -> dict[str, Any]:
    """Arrays of what not every observation has."""
    sets = observation.ad_sets
    arrays = {f"ad_sets.{name}": getattr(sets, name) for name in AD_SET_OPTIONAL_ARRAYS}
    if ads := observation.creatives:
        arrays |= {f"creatives.{name}": getattr(ads, name) for name in (*_CREATIVE_ARRAYS, "features")}
    for key, cut in observation.breakdowns.items():
        arrays |= {f"{key}.{name}": getattr(cut, name) for name in BREAKDOWN_METRICS}
    if observation.baseline:
        arrays["baseline"] = observation.baseline.budgets_minor
    return {name: array for name, array in arrays.items() if array is not None}


def _creatives(head: Mapping[str, Any], archive: Mapping[str, Any]) -> Creatives:
    features = "creatives.features"
    return Creatives(
        ids=tuple(map(tuple, head["ids"])),
        names=tuple(map(tuple, head["names"])),
        feature_names=tuple(head["feature_names"]),
        features=archive.get(features),
        **{name: archive[f"creatives.{name}"] for name in _CREATIVE_ARRAYS},
    )


def decision_to_json(decision: Decision) -> dict[str, Any]:
    """A decision as plain JSON values; floats keep every bit."""
    return {
        "schema": "caudal.decision.1",
        "account_id": decision.account_id,
        "day": decision.day.isoformat(),
        "mode": str(decision.mode),
        "policy": json.loads(decision.policy.to_json()),
        "policy_version": decision.policy_version,
        "entropy": list(decision.entropy),
        "observation_digest": decision.observation_digest,
        # A list, because JSON columns may reorder keys and guardrails are asked in order.
        "guardrails": [[name, dict(limits)] for name, limits in decision.guardrails.items()],
        "lines": [_line_to_json(line) for line in decision.lines],
        "changes": [[c.ad_set_id, c.from_minor, c.to_minor, c.reason] for c in decision.changes],
        "findings": [[f.guardrail, f.ad_set_id, f.message] for f in decision.findings],
        "summary": summary_to_json(decision.summary) if decision.summary else None,
    }


def decision_from_json(body: Mapping[str, Any]) -> Decision:
    """The decision again; those written before there were explanations have none."""
    summary = body.get("summary")
    return Decision(
        account_id=body["account_id"],
        day=date.fromisoformat(body["day"]),
        mode=Mode(body["mode"]),
        policy=PolicySpec(**body["policy"]),
        policy_version=body["policy_version"],
        entropy=tuple(body["entropy"]),
        observation_digest=body["observation_digest"],
        guardrails=dict(body["guardrails"]),
        lines=tuple(_line_from_json(line) for line in body["lines"]),
        changes=tuple(BudgetChange(*change) for change in body["changes"]),
        findings=tuple(Finding(*finding) for finding in body["findings"]),
        summary=summary_from_json(summary) if summary else None,
    )


def _line_to_json(line: Line) -> dict[str, Any]:
    told = explanation_to_json(line.explanation) if line.explanation else None
    return {f.name: getattr(line, f.name) for f in fields(line)} | {"explanation": told}


def _line_from_json(line: Mapping[str, Any]) -> Line:
    roas, told = line["marginal_roas"], line.get("explanation")
    return Line(
        **{
            **line,
            "marginal_roas": tuple(roas) if roas is not None else None,
            "explanation": explanation_from_json(told) if told else None,
        }
    )
