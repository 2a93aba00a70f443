"""One table a scenario: policies, the usual rules and the best-tuned of many rules, all on the same worlds.

Rules are tuned where they are judged, which favours them: every setting lives through the first worlds, the best of
them through all, and the best of those is what a policy is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from experiments.metrics import Yardstick, better_of, compare, gain_over, score
from experiments.study import CAPPED_ORACLE, ORACLE, Study, live

if TYPE_CHECKING:
    from agents.vocabulary import PolicySpec
    from experiments.metrics import Estimate, Outcome
    from experiments.run import Run
    from simulator.scenario import Scenario

DAYS = 75
GAP = "gap_captured_percent"
HOLD, TUNED = "hold", "tuned_rules"
_TRIED_WORLDS, _FINALISTS = 24, 3
_WEEK = 7


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """What the worlds of a scenario gave: figures by label, paired leads over the tuned rules, and their setting.

    A captured share is missing where there is nothing to gain (`experiments.metrics.NOTHING_TO_GAIN`).
    """

    scenario: str
    worlds: int
    figures: Mapping[str, Mapping[str, Estimate]]
    leads: Mapping[str, Mapping[str, Estimate]]
    tuned: PolicySpec | None
    outcomes: Mapping[str, Outcome]
    last_budgets: Mapping[str, float]
    """Share of the day's money that was given out, mean of the last week and of worlds."""

    def value(self, label: str, name: str) -> float:
        """A policy's figure; not a number where there was nothing to gain."""
        found = self.figures[label].get(name)
        return float("nan") if found is None else found.value

    def gap_in_money(self, label: str) -> float:
        """What a policy gained over hold in all worlds, in percent of what the oracle under the same caps did.

        Worlds count by what is to be gained in them, where `gap_captured_percent` weighs them by shares of their
        oracle's value.
        """
        ours, hold, oracle = (self.outcomes[name].value_minor.sum() for name in (label, HOLD, CAPPED_ORACLE))
        return float(100.0 * (ours - hold) / (oracle - hold))


def table(
    scenario: Scenario,
    policies: Mapping[str, PolicySpec],
    rules: Mapping[str, PolicySpec],
    *,
    worlds: int,
    first_seed: int,
    days: int = DAYS,
    workers: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> Table:
    """Live through `worlds` worlds under every policy, the tuned rules and both oracles.

    Args:
        scenario: the kind of account.
        policies: by label; `hold` must be among them.
        rules: settings to tune over, by label; none for no tuned rules.
        worlds: how many, with seeds from `first_seed` on.
        first_seed: of the first world.
        days: to live.
        workers: processes; the result does not depend on their number.
        on_progress: called with (days of work done, days of work in all), once more for the tuning.
    """
    study = Study(
        name=f"policies on {scenario.name}",
        question="Which policy earns most here, and how far is it from the best of the usual rules?",
        policies=policies,
        scenarios=(scenario.name,),
        candidates=(),
        baselines=(HOLD,),
        replications=worlds,
        first_seed=first_seed,
        days=days,
        markets={scenario.name: scenario},
    )
    finalists = _finalists(study, rules, workers, on_progress)
    runs = live(replace(study, policies={**policies, **finalists}), workers=workers, on_progress=on_progress)
    outcomes = {label: run.outcome for (_, label), run in runs.items()}
    kept = {label: outcomes[label] for label in (*policies, CAPPED_ORACLE, ORACLE)}
    winner = max(finalists, key=lambda label: _mean_gain(outcomes[label], outcomes[HOLD]), default=None)
    if winner is not None:
        kept[TUNED] = outcomes[winner]
    measure = Yardstick(
        oracle_minor=better_of(kept[ORACLE].value_minor, kept[CAPPED_ORACLE].value_minor),
        capped_oracle_minor=kept[CAPPED_ORACLE].value_minor,
        hold_minor=kept[HOLD].value_minor,
    )
    return Table(
        scenario=scenario.name,
        worlds=worlds,
        figures={label: score(outcome, measure) for label, outcome in kept.items()},
        leads={} if winner is None else {label: compare(kept[label], kept[TUNED], measure) for label in policies},
        tuned=None if winner is None else finalists[winner],
        outcomes=kept,
        last_budgets={label: _given_out(run) for (_, label), run in runs.items()},
    )


def _finalists(
    study: Study,
    rules: Mapping[str, PolicySpec],
    workers: int,
    on_progress: Callable[[int, int], None] | None,
) -> dict[str, PolicySpec]:
    """The settings with the highest gain over hold on the first worlds."""
    if not rules:
        return {}
    tried = replace(
        study,
        policies={HOLD: study.policies[HOLD], **rules},
        replications=min(study.replications, _TRIED_WORLDS),
    )
    runs = live(tried, workers=workers, oracles=False, on_progress=on_progress)
    hold = runs[tried.scenarios[0], HOLD].outcome
    gains = {label: _mean_gain(runs[tried.scenarios[0], label].outcome, hold) for label in rules}
    best = sorted(rules, key=lambda label: gains[label], reverse=True)[:_FINALISTS]
    return {f"{TUNED}: {label}": rules[label] for label in best}


def _given_out(run: Run) -> float:
    """Budgets of the last week as a share of those in force before the first day."""
    return float((run.budgets_minor[:, -_WEEK:].sum(axis=-1) / run.starting_minor.sum(axis=-1)[:, None]).mean())


def _mean_gain(outcome: Outcome, hold: Outcome) -> float:
    return float(gain_over(outcome.value_minor, hold.value_minor).mean())
