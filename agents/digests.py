"""What was seen, as one number: equal digests prove that a policy saw the same thing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.vocabulary import AD_SET_ARRAYS, AD_SET_OPTIONAL_ARRAYS, BREAKDOWN_METRICS, HISTORY_METRICS

if TYPE_CHECKING:
    from agents.vocabulary import Observation

_PLAIN = {"b": "<u1", "i": "<i8", "f": "<f8"}


def observation_digest(observation: Observation) -> str:
    """SHA-256 over all a policy may see, with names, shapes and little-endian bytes; display names are left out."""
    sets, history = observation.ad_sets, observation.history
    sha = hashlib.sha256()
    account = (observation.account_id, observation.day, observation.currency, observation.minor_per_major)
    head = ("caudal.observation.1", *account, sets.ids, history.days, observation.collected_through)
    sha.update(repr(tuple(map(str, head))).encode())
    named: list[tuple[str, Any]] = [("budget_minor", observation.budget_minor)]
    named += [(name, getattr(sets, name)) for name in AD_SET_ARRAYS]
    named += [(name, getattr(history, name)) for name in (*HISTORY_METRICS, "maturity_days")]
    for name, what in named + _more(observation):
        sha.update(f"{name}{getattr(what, 'shape', '')}".encode())
        sha.update(_plain_bytes(what))
    return sha.hexdigest()


def _more(observation: Observation) -> list[tuple[str, Any]]:
    """What goes in beyond what every observation has: arrays and texts by name."""
    sets, ads, base = observation.ad_sets, observation.creatives, observation.baseline
    more: list[tuple[str, Any]] = [("campaign_ids", sets.campaign_ids)]
    more += [(name, getattr(sets, name)) for name in AD_SET_OPTIONAL_ARRAYS]
    if ads is not None:
        names = ("ids", "feature_names", "exists", "active", "age_days", *HISTORY_METRICS, "features", "archived")
        more += [(f"creatives.{name}", getattr(ads, name)) for name in names]
    for key, cut in observation.breakdowns.items():
        more += [(f"{key}.{name}", getattr(cut, name)) for name in ("keys", *BREAKDOWN_METRICS, "weights")]
    if base is not None:
        more += [("baseline", base.budgets_minor), ("since", base.since)]
    return [(name, what) for name, what in more if what is not None]


def _plain_bytes(what: Any) -> bytes:
    if isinstance(what, np.ndarray):
        return what.astype(_PLAIN[what.dtype.kind]).tobytes()
    return repr(what).encode()
