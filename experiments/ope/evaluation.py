"""One call: what a target policy would have earned, by every estimator, with intervals, or why the log cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.ope.always_valid import always_valid
from experiments.ope.estimator import Contributions, Estimator, Need, estimators, load_estimator
from experiments.ope.evidence import Evidence, gather, gather_logged
from experiments.ope.intervals import Interval, bootstrap, empirical_likelihood, normal
from experiments.ope.log import BanditLog
from experiments.ope.support import Support, assess

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray

INSUFFICIENT = "insufficient support"


@dataclass(frozen=True, slots=True)
class Options:
    """Of intervals: their level, the bootstrap's resamples and seed, and the least and largest possible reward.

    Without a `reward_range` it is 0 to 1 where all rewards are there.
    """

    level: float = 0.95
    resamples: int = 1_000
    seed: int = 0
    reward_range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimator's answer.

    Attributes:
        name: the estimator's.
        value: mean reward a round under the target policy; None where the log does not support a number.
        standard_error: of the value; None with it.
        intervals: by method; empty with it.
        support: of the weights that this estimator rests on.
        note: "insufficient support" and why, or what weakens the number; empty where nothing does.
    """

    name: str
    value: float | None
    standard_error: float | None
    intervals: tuple[Interval, ...]
    support: Support
    note: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every estimator's answer about one target policy.

    Attributes:
        support: of the log for the target, by plain importance weights.
        logged_value: mean reward a round of the policy that was running.
        estimates: by estimator, in alphabetical order.
        always_valid: the interval of betting, which also holds for a bandit's log and for whoever looked before; None
            where support is insufficient, or rewards have no stated range.
        left_out: estimators that need what was not given, with what that is.
    """

    support: Support
    logged_value: float
    estimates: tuple[Estimate, ...]
    always_valid: Interval | None
    left_out: tuple[tuple[str, str], ...] = ()

    def estimate(self, name: str) -> Estimate:
        """The answer of the estimator of that name.

        Raises:
            KeyError: it was not asked.
        """
        for each in self.estimates:
            if each.name == name:
                return each
        raise KeyError(name)

    def to_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "support": asdict(self.support),
            "logged_value": self.logged_value,
            "estimates": [asdict(each) for each in self.estimates],
            "always_valid": None if self.always_valid is None else asdict(self.always_valid),
            "left_out": [{"name": name, "why": why} for name, why in self.left_out],
        }


def evaluate(
    log: BanditLog,
    target: FloatArray,
    *,
    model: FloatArray | None = None,
    chosen: Sequence[str] | Mapping[str, Estimator] | None = None,
    options: Options | None = None,
) -> Evaluation:
    """What the target policy would have earned a round, from a log of another policy.

    Args:
        log: the decisions.
        target: the target's probabilities (A,), (N, A), (A, L) or (N, A, L).
        model: expected rewards of the same shapes, from `experiments.ope.reward_models` or elsewhere.
        chosen: estimators by name, or ready ones under names of your own; None is all whose needs are met.
        options: of the intervals; None is the usual ones.

    Raises:
        LogRefused: arrays that do not fit each other, or an estimator without what it needs.
        UnknownName: no such estimator.
    """
    return _evaluate(gather(log, target, model), chosen, options or Options())


def evaluate_logged(
    log: BanditLog,
    target_of_logged: FloatArray,
    *,
    chosen: Sequence[str] | Mapping[str, Estimator] | None = None,
    options: Options | None = None,
) -> Evaluation:
    """The same where only the target's probability of each logged action is known, (N,); see `evaluate`."""
    return _evaluate(gather_logged(log, target_of_logged), chosen, options or Options())


def _evaluate(
    evidence: Evidence, chosen: Sequence[str] | Mapping[str, Estimator] | None, options: Options
) -> Evaluation:
    asked, left_out = _asked(evidence, chosen)
    support = assess(evidence)
    parts = {name: estimator.contributions(evidence) for name, estimator in sorted(asked.items())}
    supports = {name: _own_support(evidence, support, part) for name, part in parts.items()}
    answered = {name: part for name, part in parts.items() if supports[name].verdict != "insufficient"}
    drawn = bootstrap(answered, np.random.default_rng(options.seed), options.level, options.resamples)
    estimates = []
    for name, part in parts.items():
        own = supports[name]
        if name not in answered or not np.isfinite(part.value):
            estimates.append(Estimate(name, None, None, (), own, f"{INSUFFICIENT}: {own.reason}"))
            continue
        around = (normal(part, options.level), drawn[name], empirical_likelihood(part, options.level))
        note = "" if own.verdict == "adequate" else f"weak support: {own.reason}"
        estimates.append(Estimate(name, part.value, part.standard_error, around, own, note))
    return Evaluation(
        support=support,
        logged_value=float(evidence.log.rewards.mean()),
        estimates=tuple(estimates),
        always_valid=_always_valid(evidence, support, options),
        left_out=tuple(sorted(left_out.items())),
    )


def _asked(
    evidence: Evidence, chosen: Sequence[str] | Mapping[str, Estimator] | None
) -> tuple[dict[str, Estimator], dict[str, str]]:
    """The estimators to ask, and where nobody chose, those that cannot answer, with what they lack."""
    if isinstance(chosen, Mapping):
        return dict(chosen), {}
    if chosen is not None:
        return {name: load_estimator(name) for name in chosen}, {}
    lacking = {name: _lacks(evidence, each.needs) for name, each in estimators().items()}
    asked = {name: estimators()[name]() for name, lacks in lacking.items() if not lacks}
    return asked, {name: lacks for name, lacks in lacking.items() if lacks}


def _lacks(evidence: Evidence, needs: frozenset[Need]) -> str:
    there: dict[Need, bool] = {
        "model": evidence.target_reward is not None,
        "target": evidence.target is not None,
        "embeddings": evidence.log.action_embeddings is not None,
        "logging": evidence.log.logging_probabilities is not None,
    }
    words: dict[Need, str] = {
        "model": "a reward model",
        "target": "the target's probabilities of all actions",
        "embeddings": "action embeddings",
        "logging": "the logging policy's probabilities of all actions",
    }
    return " and ".join(word for need, word in words.items() if need in needs and not there[need])


def _own_support(evidence: Evidence, support: Support, part: Contributions) -> Support:
    """Of the weights an estimate rests on. One that rests on a model alone is held to what the log can check of it."""
    if part.weights is None or part.weights is evidence.weights:
        return support
    return assess(evidence, part.weights, support.never_logged)


def _always_valid(evidence: Evidence, support: Support, options: Options) -> Interval | None:
    rewards = evidence.log.rewards
    unstated = options.reward_range is None and (rewards.min() < 0.0 or rewards.max() > 1.0)
    if support.verdict == "insufficient" or unstated:
        return None
    return always_valid(evidence, options.level, options.reward_range)
