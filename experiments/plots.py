"""Pictures of a study: regret over days, share of the oracle by policy, and budget paths, as PNG bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.metrics import cumulative_regret_days
from experiments.study import ALL, CAPPED_ORACLE, ORACLE, StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from agents.vocabulary import FloatArray

COLOURS = ("#4477aa", "#ee6677", "#228833", "#997700", "#3399bb", "#aa3377", "#555555", "#994455", "#004488", "#117733")
"""Paul Tol's schemes (2021), distinguishable by colour-blind readers."""


def pictures(result: StudyResult) -> dict[str, bytes]:
    """Every picture of a study by file name."""
    best = _best(result)
    return {
        "figures/share_of_oracle.png": _png(share_by_policy(result)),
        **{f"figures/regret_{name}.png": _png(regret_over_days(result, name)) for name in result.study.scenarios},
        **{
            f"figures/budgets_{name}_{best}.png": _png(budget_paths(result, name, best))
            for name in result.study.scenarios
        },
    }


def regret_over_days(result: StudyResult, scenario: str) -> Figure:
    """Mean regret so far by policy, with a band of two standard errors over worlds."""
    figure, axes = _canvas()
    oracle = result.runs[scenario, ORACLE].expected_value_minor
    days = np.arange(1, result.study.days + 1)
    ends: list[tuple[float, str, str]] = []
    for colour, label in zip(COLOURS, _labels(result), strict=False):
        regret = cumulative_regret_days(result.runs[scenario, label].expected_value_minor, oracle)
        mean, error = regret.mean(0), regret.std(0) / np.sqrt(len(regret))
        style = "--" if label == CAPPED_ORACLE else "-"
        axes.plot(days, mean, style, color=colour, linewidth=1.8)
        axes.fill_between(days, mean - 2 * error, mean + 2 * error, color=colour, alpha=0.18, linewidth=0)
        ends.append((float(mean[-1]), _words(label), colour))
    _name_lines(axes, float(days[-1]), ends)
    axes.set(
        xlabel="day",
        ylabel="regret so far, in days of the oracle's value",
        title=f"{scenario}: value given up against the oracle, {len(oracle)} worlds",
        xlim=(1, days[-1]),
    )
    axes.set_ylim(bottom=0)
    return figure


def share_by_policy(result: StudyResult) -> Figure:
    """Share of the oracle by policy and scenario with 95 % intervals, the best on top."""
    figure, axes = _canvas(height=0.9 + 0.55 * len(_labels(result)))
    rows = {(row.scenario, row.policy): row.figures["share_of_oracle_percent"] for row in result.rows}
    order = sorted(_labels(result), key=lambda label: rows[ALL, label].value)
    names = result.study.scenarios
    for i, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        estimates = [rows[name, label] for label in order]
        at = np.arange(len(order)) + 0.22 * ((len(names) - 1) / 2 - i)
        values = np.array([e.value for e in estimates])
        spread = np.array([[e.value - (e.low or e.value), (e.high or e.value) - e.value] for e in estimates]).T
        axes.errorbar(
            values, at, xerr=np.maximum(spread, 0), fmt="o", color=colour, markersize=5, capsize=2, label=name
        )
    axes.set_yticks(range(len(order)), [_words(label) for label in order])
    axes.grid(axis="y", visible=False)
    axes.set(
        xlabel="expected value, % of the oracle's (mean over worlds, 95 % interval)",
        title=f"{result.study.name}: {len(result.study.seeds)} worlds of {result.study.days} days each",
    )
    figure.legend(loc="outside upper right", ncols=len(names), frameon=False)
    return figure


def budget_paths(result: StudyResult, scenario: str, label: str) -> Figure:
    """Shares of the money by ad set over the days of the first world, under a policy and under the oracle."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True)
    days = np.arange(1, result.study.days + 1)
    for axes, name in ((left, label), (right, ORACLE)):
        budgets = result.runs[scenario, name].budgets_minor[0].astype(np.float64)
        share: FloatArray = 100.0 * budgets / np.maximum(budgets.sum(-1, keepdims=True), 1.0)
        largest = np.argsort(-result.runs[scenario, ORACLE].budgets_minor[0].mean(0), kind="stable")
        for rank, ad_set in enumerate(largest):
            strong = rank < len(COLOURS) - 1
            axes.plot(
                days, share[:, ad_set], color=COLOURS[rank] if strong else "#dddddd", linewidth=1.6 if strong else 0.8
            )
        axes.set(title=_words(name), xlabel="day", xlim=(1, days[-1]))
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    left.set_ylabel("share of the account's budget, %")
    left.set_ylim(bottom=0)
    figure.suptitle(
        f"{scenario}, world {result.study.seeds[0]}: an ad set has the same colour on both sides, the smallest are grey"
    )
    return figure


def _best(result: StudyResult) -> str:
    shares = {row.policy: row.figures["share_of_oracle_percent"].value for row in result.rows if row.scenario == ALL}
    return max(result.study.candidates or tuple(result.study.policies), key=lambda label: shares[label])


def _labels(result: StudyResult) -> list[str]:
    return [*result.study.policies, CAPPED_ORACLE]


def _words(label: str) -> str:
    return label.replace("_", " ")


def _canvas(height: float = 5.0) -> tuple[Figure, Axes]:
    """Drawn without pyplot: no global state, no display."""
    figure = Figure(figsize=(9, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _name_lines(axes: Axes, x: float, ends: list[tuple[float, str, str]]) -> None:
    """Names at the ends of lines, moved apart where lines end together."""
    top = axes.get_ylim()[1]
    gap, lowest = 0.045 * top, -np.inf
    for y, words, colour in sorted(ends):
        lowest = max(y, lowest + gap)
        axes.annotate(
            words,
            (x, lowest),
            xytext=(6, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        )


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110)
    return out.getvalue()
