"""Direct method: what a reward model expects of the target's actions (Beygelzimer and Langford 2009)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from experiments.ope.estimator import Contributions, Estimator, Need
from experiments.ope.estimators._checks import modelled

if TYPE_CHECKING:
    from experiments.ope.evidence import Evidence


@dataclass(frozen=True, slots=True)
class DirectMethod:
    """mean(q(x, target)): as biased as the model, and its interval knows nothing of that."""

    needs: ClassVar[frozenset[Need]] = frozenset({"model", "target"})
    in_time_order: ClassVar[bool] = False

    def contributions(self, evidence: Evidence) -> Contributions:
        """Expected rewards (N,)."""
        _, target = modelled(evidence)
        return Contributions(np.zeros(len(target)), base=target)


ESTIMATOR: type[Estimator] = DirectMethod
