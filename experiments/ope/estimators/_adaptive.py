"""What adaptively weighted estimators share: scores with a model of the past alone, and their variance proxies.

A bandit's propensities depend on what it has seen, so plain means of weighted scores need not be normal. Weights h_t
that depend on the past alone and keep h_t² v_t steady, with v_t the conditional variance proxy sum_a target(a)²/e_t(a),
make them so (Hadad, Hirshberg, Zhan, Wager and Athey 2021; for target policies Zhan et al. 2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.errors import LogRefused
from experiments.ope.estimators._checks import full_target
from experiments.ope.evidence import at_positions

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray
    from experiments.ope.evidence import Evidence

_BLOCK = 4_096


def past_only_scores(evidence: Evidence) -> FloatArray:
    """Doubly robust scores (N,) whose model is each action's mean reward in the rounds before, at the same position."""
    log, table = evidence.log, full_target(evidence)
    scores = np.empty(len(log))
    for place in range(log.n_positions):
        rounds = np.flatnonzero(log.places == place)
        counts, sums = np.zeros(log.n_actions), np.zeros(log.n_actions)
        for start in range(0, len(rounds), _BLOCK):
            some = rounds[start : start + _BLOCK]
            actions, rewards = log.actions[some], log.rewards[some]
            taken = np.zeros((len(some), log.n_actions))
            taken[np.arange(len(some)), actions] = 1.0
            earned = taken * rewards[:, None]
            seen = counts + np.cumsum(taken, axis=0) - taken
            model = (sums + np.cumsum(earned, axis=0) - earned) / np.maximum(seen, 1.0)
            shares = table[some if table.shape[0] > 1 else 0, :, place if table.shape[2] > 1 else 0]
            residuals = rewards - model[np.arange(len(some)), actions]
            scores[some] = (np.broadcast_to(shares, model.shape) * model).sum(axis=-1)
            scores[some] += evidence.weights[some] * residuals
            counts, sums = counts + taken.sum(axis=0), sums + earned.sum(axis=0)
    return scores


def overlap(evidence: Evidence) -> FloatArray:
    """1 / v_t (N,), in (0, 1]: for one arm's value its propensity, for a policy the share of information in a round.

    Raises:
        LogRefused: the log has no propensities of actions that were not taken, or none where the target acts.
    """
    log, table = evidence.log, full_target(evidence)
    if log.logging_probabilities is None:
        raise LogRefused(
            "this estimator needs logging_probabilities (N, A) in the log: a round's weight must not depend on "
            "which action was drawn in it"
        )
    found = np.empty(len(log))
    for start in range(0, len(log), _BLOCK):
        some = slice(start, start + _BLOCK)
        logging = log.logging_probabilities[some]
        squared = np.broadcast_to(np.square(at_positions(log, table, some)), logging.shape)
        if ((squared > 0.0) & (logging == 0.0)).any():
            raise LogRefused("the logging policy never took an action that the target takes: insufficient support")
        variance = np.divide(squared, logging, out=np.zeros(logging.shape), where=squared > 0.0)
        found[some] = 1.0 / variance.sum(axis=-1)
    return np.minimum(found, 1.0)
