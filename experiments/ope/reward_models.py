"""Expected rewards of every action, fitted on other rounds than those they are used for (cross-fitting).

A model that has seen a round's own reward makes doubly robust estimates look better than they are (Chernozhukov et al.
2018); a bandit's later rounds depend on earlier ones, so for its logs use the adaptively weighted estimators, which
have a model of the past of their own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from experiments.errors import LogRefused
from experiments.ope.log import BanditLog

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, IntArray


def folds_of(rounds: int, folds: int, seed: int) -> IntArray:
    """A fold (N,) from 0 to `folds` - 1 for each round, of equal sizes as nearly as can be, at random.

    Raises:
        LogRefused: fewer than two folds, or more than rounds.
    """
    if not 2 <= folds <= rounds:  # noqa: PLR2004 - what is fitted and what is predicted
        raise LogRefused(f"{folds} folds of {rounds} rounds: cross-fitting needs 2 or more, and a round in each")
    dealt: IntArray = np.random.default_rng(seed).permutation(np.arange(rounds) % folds)
    return dealt


def cross_fitted_means(log: BanditLog, folds: int | IntArray = 3, strength: float = 20.0, seed: int = 0) -> FloatArray:
    """Mean reward of each action at each round's position, as the other folds have it: (N, A).

    This is ridge regression on categories: means are drawn towards that of all actions at the position as if each had
    `strength` more rounds of it.

    Args:
        log: the decisions.
        folds: how many, or the fold of each round (N,).
        strength: of the ridge, in rounds.
        seed: of the folds.

    Raises:
        LogRefused: folds that cannot be.
    """
    fold = folds_of(len(log), folds, seed) if isinstance(folds, int) else folds
    found = np.empty((len(log), log.n_actions))
    cell = log.actions * log.n_positions + log.places
    for each in range(int(fold.max()) + 1):
        others, mine = fold != each, fold == each
        size = log.n_actions * log.n_positions
        count = np.bincount(cell[others], minlength=size).reshape(log.n_actions, -1)
        total = np.bincount(cell[others], weights=log.rewards[others], minlength=size).reshape(count.shape)
        overall = log.rewards[others].mean() if others.any() else 0.0
        centre = (total.sum(axis=0) + strength * overall) / (count.sum(axis=0) + strength)
        table = (total + strength * centre) / (count + strength)
        found[mine] = table.T[log.places[mine]]
    return found


def cross_fitted_logistic(
    log: BanditLog,
    contexts: FloatArray,
    action_features: FloatArray,
    folds: int | IntArray = 3,
    inverse_strength: float = 1.0,
    seed: int = 0,
) -> FloatArray:
    """Probability of a reward of 1 for each action at each round's position, (N, A), by logistic regressions.

    One model a position and fold, linear in the round's context and the action's features, with scikit-learn.

    Args:
        log: the decisions; rewards are 0 or 1.
        contexts: what was known before the decision, (N, D).
        action_features: of each action, (A, F).
        folds: how many, or the fold of each round (N,).
        inverse_strength: of the ridge, scikit-learn's C.
        seed: of the folds.

    Raises:
        LogRefused: rewards other than 0 and 1, a fold and position with only one of them, or no scikit-learn.
    """
    if not np.isin(log.rewards, (0.0, 1.0)).all():
        raise LogRefused("logistic regression needs rewards of 0 or 1: use cross_fitted_means for amounts")
    try:
        linear_model: Any = import_module("sklearn.linear_model")
    except ImportError as error:
        raise LogRefused("logistic regression needs scikit-learn: install it, or use cross_fitted_means") from error
    fold = folds_of(len(log), folds, seed) if isinstance(folds, int) else folds
    inputs = np.column_stack([contexts, action_features[log.actions]])
    found = np.empty((len(log), log.n_actions))
    wide = contexts.shape[1]
    for each in range(int(fold.max()) + 1):
        for place in range(log.n_positions):
            here = log.places == place
            others, mine = here & (fold != each), here & (fold == each)
            if len(np.unique(log.rewards[others])) < 2:  # noqa: PLR2004 - both classes
                raise LogRefused(
                    f"without fold {each}, position {place} has only rewards of one kind: use fewer folds, or "
                    "cross_fitted_means"
                )
            fitted = linear_model.LogisticRegression(
                C=inverse_strength, solver="newton-cholesky", tol=1e-10, max_iter=1_000
            )
            fitted.fit(inputs[others], log.rewards[others])
            slopes, level = fitted.coef_[0], fitted.intercept_[0]
            of_context, of_action = contexts[mine] @ slopes[:wide], action_features @ slopes[wide:]
            found[mine] = expit(level + of_context[:, None] + of_action[None, :])
    return found
