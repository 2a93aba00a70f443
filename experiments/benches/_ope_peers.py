"""The Open Bandit Pipeline (obp), where it is installed: its time for what `experiments.ope` does.

It needs torch, seaborn and matplotlib to be imported, so the wheel with its data alone is not enough; what is not there
is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray
    from experiments.ope.log import BanditLog

Work: TypeAlias = "Callable[[], Any]"


def obp_estimates(log: BanditLog, target: FloatArray, model: FloatArray) -> Work:
    """IPS, SNIPS, DM and DR by obp.

    Raises:
        ImportError: it is not installed, or lacks something it needs.
    """
    ope: Any = import_module("obp.ope")
    asked = _asked(ope, log)
    return lambda: asked.estimate_policy_values(action_dist=target, estimated_rewards_by_reg_model=model)


def obp_bootstrap(log: BanditLog, target: FloatArray, model: FloatArray, resamples: int) -> Work:
    """Their bootstrap intervals by obp.

    Raises:
        ImportError: it is not installed, or lacks something it needs.
    """
    ope: Any = import_module("obp.ope")
    asked = _asked(ope, log)
    return lambda: asked.estimate_intervals(
        action_dist=target, estimated_rewards_by_reg_model=model, n_bootstrap_samples=resamples, random_state=1
    )


def obp_propensities(alpha: FloatArray, beta: FloatArray, draws: int) -> Work:
    """Shares of wins in draws by obp.

    Raises:
        ImportError: it is not installed, or lacks something it needs.
    """
    policy: Any = import_module("obp.policy")
    sampling = policy.BernoulliTS(n_actions=len(alpha), random_state=1, alpha=alpha, beta=beta)
    return lambda: sampling.compute_batch_action_dist(n_rounds=1, n_sim=draws)


def _asked(ope: Any, log: BanditLog) -> Any:
    feedback = {
        "n_rounds": len(log),
        "n_actions": log.n_actions,
        "context": np.zeros((len(log), 1)),
        "action": log.actions,
        "position": log.positions,
        "reward": log.rewards,
        "pscore": log.propensities,
    }
    weighting = ope.InverseProbabilityWeighting(), ope.SelfNormalizedInverseProbabilityWeighting()
    return ope.OffPolicyEvaluation(
        bandit_feedback=feedback, ope_estimators=[*weighting, ope.DirectMethod(), ope.DoublyRobust()]
    )
