"""What a morning does to an account, counted: moves, limits, and money that is not given out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from agents.explanation.limits import unspent_because
from agents.explanation.values import Explanation, Limit, Summary

if TYPE_CHECKING:
    from agents.vocabulary import Allocation, IntArray, Observation


def summary_of(
    observation: Observation, allocation: Allocation, entries: Sequence[Explanation], final: IntArray
) -> Summary:
    """What is known whatever the policy: moves, limits, and money that is not given out."""
    sets = observation.ad_sets
    step = final - sets.budgets_minor
    limits = Counter(entry.limit for entry in entries if entry.limit)
    unspent = int(observation.budget_minor) - int(np.where(sets.active, final, 0).sum())
    return Summary(
        words="",
        raised=int((step > 0).sum()),
        cut=int((step < 0).sum()),
        held=int((step == 0).sum()),
        raised_minor=int(step[step > 0].sum()),
        cut_minor=int(-step[step < 0].sum()),
        limits=tuple(sorted(limits.items(), key=lambda item: (-item[1], list(Limit).index(item[0])))),
        unspent_minor=max(unspent, 0),
        unspent_because=_unspent_because(limits, allocation) if unspent > 0 else "",
    )


def _unspent_because(limits: Counter[Limit], allocation: Allocation) -> str:
    if limits[Limit.GUARDRAIL]:
        return "guardrails took back some of what was asked"
    return unspent_because(allocation) or "no ad set that may be moved has room for it"
