"""What a study found, in the forms in which it is kept: metrics by name, a table, arrays, canonical JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.metrics import FIGURES, cumulative_regret_days, in_full
from experiments.study import ALL, ORACLE, Row, Study, StudyResult

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray
    from experiments.metrics import Estimate

SCHEMA = "caudal.study.1"


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no blanks: equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def report(result: StudyResult) -> dict[str, Any]:
    """The study and its whole table as JSON values; a figure with nothing to measure is null, with why in words."""
    study = result.study
    return {
        "schema": SCHEMA,
        "study": study.name,
        "question": study.question,
        "scenarios": list(study.scenarios),
        "seeds": [study.seeds[0], study.seeds[-1]],
        "days": study.days,
        "root_seed": study.root_seed,
        "guardrails": {name: dict(limits) for name, limits in study.guardrails.items()},
        "policies": {label: json.loads(spec.to_json()) for label, spec in study.policies.items()},
        "baselines": list(study.baselines),
        "candidates": list(study.candidates),
        "figures": dict(FIGURES),
        "rows": [
            {
                "scenario": row.scenario,
                "policy": row.policy,
                "figures": in_full(row.figures),
                "against": {other: in_full(figures) for other, figures in row.against.items()},
            }
            for row in result.rows
        ],
    }


def table_csv(result: StudyResult) -> str:
    """One line per scenario, policy, figure and baseline (none: the figure itself); no value where there is none."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["scenario", "policy", "against", "figure", "value", "low", "high", "interval"])
    for row in result.rows:
        for against, figures in {"": row.figures, **row.against}.items():
            for name, estimate in in_full(figures).items():
                writer.writerow([row.scenario, row.policy, against, name, *estimate.values()])
    return out.getvalue()


def arrays_npz(result: StudyResult) -> bytes:
    """Expected value (W, D) of every run in minor units by `scenario/policy`, and the seeds, as a compressed npz."""
    out = io.BytesIO()
    arrays: dict[str, Any] = {
        f"{scenario}/{label}": run.expected_value_minor for (scenario, label), run in result.runs.items()
    }
    np.savez_compressed(out, seeds=np.array(result.study.seeds), **arrays)
    return out.getvalue()


def files(result: StudyResult) -> dict[str, bytes]:
    """The artifacts of a study by relative path, without its figures."""
    study = result.study
    return {
        "results.json": canonical(report(result)),
        "table.csv": table_csv(result).encode(),
        "expected_value_minor.npz": arrays_npz(result),
        **{f"scenarios/{name}.json": canonical(market.to_mapping()) for name, market in study.markets.items()},
        **{f"specs/{label}.json": spec.to_json().encode() for label, spec in study.policies.items()},
    }


def row_metrics(row: Row) -> dict[str, float]:
    """Figures of one row by metric name, with the bounds of their intervals and differences to the baselines."""
    metrics = _flat("", row.figures)
    for baseline, figures in row.against.items():
        metrics |= _flat(f"against_{baseline}/", figures)
    return metrics


def row_tags(study: Study, row: Row) -> dict[str, str]:
    """What a row is about: policy, scenario, and the digests of both."""
    spec = study.policies.get(row.policy)
    return {
        "caudal.policy": row.policy,
        "caudal.scenario": row.scenario,
        "caudal.scenario_digest": study.markets[row.scenario].digest,
        **({"caudal.spec_digest": spec.digest} if spec else {}),
    }


def summary_metrics(result: StudyResult) -> dict[str, float]:
    """The figures over all scenarios by metric name, `figure/policy`."""
    return {
        f"{name}/{row.policy}": estimate.value
        for row in result.rows
        if row.scenario == ALL
        for name, estimate in row.figures.items()
    }


def daily_metrics(result: StudyResult, key: tuple[str, str]) -> dict[str, FloatArray]:
    """Means over worlds by day (D,): regret so far, share of the oracle, spend, churn, guardrail hits."""
    run, oracle = result.runs[key], result.runs[key[0], ORACLE].expected_value_minor
    value = run.expected_value_minor
    share = np.divide(value, oracle, out=np.ones_like(oracle), where=oracle > 0)
    return {
        "daily/cumulative_regret_oracle_days": cumulative_regret_days(value, oracle).mean(0),
        "daily/share_of_oracle_percent": 100.0 * share.mean(0),
        "daily/spend_minor_per_world": run.spend_minor.mean(0),
        "daily/churn_percent": 100.0 * run.outcome.churn.mean(0),
        **{f"daily/hits_{name}_ad_sets": hits.mean(0) for name, hits in run.guardrail_hits.items()},
    }


def _flat(prefix: str, figures: Mapping[str, Estimate]) -> dict[str, float]:
    flat: dict[str, float] = {}
    for name, estimate in figures.items():
        flat[f"{prefix}{name}"] = estimate.value
        if estimate.low is not None and estimate.high is not None:
            flat[f"{prefix}{name}.low"] = estimate.low
            flat[f"{prefix}{name}.high"] = estimate.high
    return flat
