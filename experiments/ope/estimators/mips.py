"""Marginalised inverse propensity scoring: weights of what actions are, not of actions (Saito and Joachims 2022).

Where an action acts on rewards only through its embedding e, E[w | e] does the work of w with less variance. It is
estimated here by the mean weight of the logged rounds that share embedding and position, for policies that do not look
at a context.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from experiments.errors import LogRefused
from experiments.ope.estimator import Contributions, Estimator, Need

if TYPE_CHECKING:
    from experiments.ope.evidence import Evidence


@dataclass(frozen=True, slots=True)
class MarginalisedInversePropensity:
    """mean(w(e) r) with the marginal weights w(e) of the logged actions' embeddings."""

    needs: ClassVar[frozenset[Need]] = frozenset({"embeddings"})
    in_time_order: ClassVar[bool] = False

    def contributions(self, evidence: Evidence) -> Contributions:
        """Rewards times marginal weights (N,).

        Raises:
            LogRefused: the log has no action embeddings.
        """
        log = evidence.log
        if log.action_embeddings is None:
            raise LogRefused("this estimator needs action_embeddings (A, E) in the log: categories of each action")
        _, kind = np.unique(log.action_embeddings, axis=0, return_inverse=True)
        cells = kind.reshape(-1)[log.actions] * log.n_positions + log.places
        count = np.bincount(cells)
        mean = np.bincount(cells, weights=evidence.weights) / np.maximum(count, 1)
        weights = mean[cells]
        return Contributions(weights * log.rewards, weights=weights)


ESTIMATOR: type[Estimator] = MarginalisedInversePropensity
