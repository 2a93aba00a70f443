"""Whether a log can answer at all: effective sample size, the largest weight, and what was never tried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from experiments.ope.evidence import at_positions

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray
    from experiments.ope.evidence import Evidence

Verdict: TypeAlias = Literal["adequate", "weak", "insufficient"]

LEAST_ESS, LOW_ESS = 30.0, 200.0
"""Below the first a mean has no known error, below the second its normal interval is doubtful."""
MOST_IN_ONE, MUCH_IN_ONE = 0.25, 0.05
"""Share of all weight that one round may have."""
MOST_UNSEEN, MUCH_UNSEEN = 0.05, 0.005
"""Share of the target's decisions that were never logged: nothing in the log is about them."""
FEW_REWARDED = 10.0
"""Effective number of rewarded rounds below which an estimate rests on single events."""
FAR_FROM_ONE = 4.0
"""Standard errors that the mean weight may be away from one, where it must be if propensities are right."""
_NO_ERROR = 1e-9
_WRONG = "the propensities may not be those of the logged actions"
_BLOCK = 4_096


@dataclass(frozen=True, slots=True)
class Support:
    """How much of a log speaks about a target policy.

    Attributes:
        rounds: N.
        ess: effective sample size (sum w)² / sum w², in rounds (Kish 1965).
        rewarded_ess: the same over rounds with a reward other than zero.
        largest_weight: of all rounds.
        largest_share: of the sum of weights in one round.
        mean_weight: one, up to chance, where propensities are right and everything the target does was possible.
        mean_weight_z: how many standard errors it is from one.
        never_logged: share of the target's decisions whose action was never logged at that position; None where only
            the probabilities of logged actions are known.
        verdict: whether a number may be given.
        reason: the verdict in words.
    """

    rounds: int
    ess: float
    rewarded_ess: float
    largest_weight: float
    largest_share: float
    mean_weight: float
    mean_weight_z: float
    never_logged: float | None
    verdict: Verdict
    reason: str


def assess(evidence: Evidence, weights: FloatArray | None = None, never_logged: float | None = None) -> Support:
    """The support of an estimate that rests on these weights (M,) of the last M rounds, or on all weights as they are.

    `never_logged` saves working out `unseen_share` again.
    """
    w = evidence.weights if weights is None else weights
    unseen = unseen_share(evidence) if never_logged is None else never_logged
    total = float(w.sum())
    rewarded = w * (evidence.log.rewards[-len(w) :] != 0.0)
    error = max(float(w.std()) / np.sqrt(len(w)), _NO_ERROR)
    mean = float(w.mean())
    found = Support(
        rounds=len(w),
        ess=effective_size(w),
        rewarded_ess=effective_size(rewarded),
        largest_weight=float(w.max()),
        largest_share=float(w.max()) / total if total else 1.0,
        mean_weight=mean,
        mean_weight_z=(mean - 1.0) / error,
        never_logged=unseen,
        verdict="adequate",
        reason="",
    )
    verdict, reason = _judge(found)
    return replace(found, verdict=verdict, reason=reason)


def effective_size(weights: FloatArray) -> float:
    """(sum w)² / sum w² in rounds; 0 where all weights are.

    >>> effective_size(np.array([2.0, 2.0, 0.0, 0.0]))
    2.0
    """
    squares = float(np.square(weights).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def unseen_share(evidence: Evidence) -> float | None:
    """Mean share (0 to 1) of the target's decisions whose action is never logged at that position; None if unknown."""
    if evidence.target is None:
        return None
    log = evidence.log
    seen = np.zeros((1, log.n_actions, log.n_positions))
    seen[0, log.actions, log.places] = 1.0
    if seen.all():
        return 0.0
    if evidence.target.shape[0] == 1:
        covered = (evidence.target[0] * seen[0]).sum(axis=0)
        return float(1.0 - covered[log.places].mean())
    covered = 0.0
    for start in range(0, len(log), _BLOCK):
        some = slice(start, start + _BLOCK)
        covered += float((at_positions(log, evidence.target, some) * at_positions(log, seen, some)).sum())
    return max(1.0 - covered / len(log), 0.0)


def _judge(found: Support) -> tuple[Verdict, str]:
    """The verdict and its reasons, the gravest first."""
    unseen = found.never_logged or 0.0
    one = f"one round has {_percent(found.largest_share)} of all weight (its weight is {found.largest_weight:,.0f})"
    few = f"{found.rounds:,} rounds are worth {found.ess:,.0f}"
    missing = f"{_percent(unseen)} of the target's decisions are actions that were never logged"
    grave = {missing: unseen > MOST_UNSEEN, few: found.ess < LEAST_ESS, one: found.largest_share > MOST_IN_ONE}
    if any(grave.values()):
        return "insufficient", _joined(grave)
    doubtful = {
        missing: unseen > MUCH_UNSEEN,
        few: found.ess < LOW_ESS,
        one: found.largest_share > MUCH_IN_ONE,
        f"it rests on about {found.rewarded_ess:.0f} rewarded rounds": found.rewarded_ess < FEW_REWARDED,
        f"the mean weight is {found.mean_weight:.3g}, too far from one for chance: {_WRONG}": abs(found.mean_weight_z)
        > FAR_FROM_ONE,
    }
    if any(doubtful.values()):
        return "weak", _joined(doubtful)
    return "adequate", f"{few}, and no round has more than {_percent(found.largest_share)} of the weight"


def _joined(reasons: dict[str, bool]) -> str:
    return "; ".join(reason for reason, holds in reasons.items() if holds)


def _percent(share: float) -> str:
    return f"{100.0 * share:.2g} %" if share < 1.0 else "all"
