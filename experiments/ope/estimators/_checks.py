"""What estimators share: limits of their hyper-parameters, and the evidence they cannot do without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.errors import LogRefused

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray
    from experiments.ope.evidence import Evidence


def at_least(least: float, **params: float) -> None:
    """Hyper-parameters are numbers of at least this.

    Raises:
        ValueError: one is not; the message names it.
    """
    for name, value in params.items():
        if not value >= least:
            raise ValueError(f"{name} is {value}, and must be at least {least:g}")


def modelled(evidence: Evidence) -> tuple[FloatArray, FloatArray]:
    """The model's expected rewards of the logged action and under the target, (N,) each.

    Raises:
        LogRefused: there is no model.
    """
    if evidence.logged_reward is None or evidence.target_reward is None:
        raise LogRefused(
            "this estimator needs a reward model: give expected rewards (N, A), such as cross_fitted_means(log), and "
            "the target's probabilities of every action"
        )
    return evidence.logged_reward, evidence.target_reward


def full_target(evidence: Evidence) -> FloatArray:
    """The target's probabilities of every action, (1 or N, A, 1 or L).

    Raises:
        LogRefused: only those of logged actions are known.
    """
    if evidence.target is None:
        raise LogRefused("this estimator needs the target's probabilities of every action, not only of logged ones")
    return evidence.target
