"""Figures of all ads of an account, at hand as long as nothing can have changed them: many reports ask for the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simulator.graph_api.account import Account


@dataclass(frozen=True, eq=False, slots=True)
class AdFigures:
    """Arrays (N, D) by metric, and the row of each ad by its id."""

    arrays: Mapping[str, NDArray[np.int64]]
    row_of: Mapping[str, int]


_LAST: WeakKeyDictionary[Account, tuple[object, AdFigures]] = WeakKeyDictionary()


def ad_figures(account: Account, since: date, until: date, moment: object) -> AdFigures:
    """Figures of the days since..until, both included; those of the last call where the `moment` is the same."""
    key = since, until, moment
    kept = _LAST.get(account)
    if kept is None or kept[0] != key:
        rows = {ad_id: row for row, ad_id in enumerate(account.ads)}
        kept = key, AdFigures(account.ad_figures(since, until), rows)
        _LAST[account] = kept
    return kept[1]
