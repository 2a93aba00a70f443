"""The only maker of observations.

Both doors end here: the fast one (arrays of simulated worlds) and the slow one (rows read from a platform). What they
give is brought into one canonical form before it is digested, so equal digests prove that a policy saw the same thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.errors import ObservationError
from agents.vocabulary import (
    AD_SET_ARRAYS,
    AD_SET_OPTIONAL_ARRAYS,
    BREAKDOWN_METRICS,
    HISTORY_METRICS,
    AdSet,
    AdSets,
    Baseline,
    Breakdown,
    Creatives,
    DailyRow,
    History,
    Observation,
)

if TYPE_CHECKING:
    from agents.vocabulary import IntArray

HISTORY_DAYS = 90
"""D where nobody says otherwise: how much of the past a policy sees. Days before an account began are zero."""


def ad_sets_of(rows: Sequence[AdSet]) -> AdSets:
    """Ad sets of one account as arrays (A,), in the order given.

    Raises:
        ObservationError: an id occurs twice.
    """
    ids = tuple(row.id for row in rows)
    if len(set(ids)) != len(ids):
        twice = sorted({i for i in ids if ids.count(i) > 1})
        raise ObservationError(f"ad set ids occur more than once: {', '.join(twice)}")
    return AdSets(
        ids=ids,
        names=tuple(row.name for row in rows),
        budgets_minor=np.array([row.budget_minor for row in rows], dtype=np.int64),
        floors_minor=np.array([row.floor_minor for row in rows], dtype=np.int64),
        ceilings_minor=np.array([row.ceiling_minor for row in rows], dtype=np.int64),
        active=np.array([row.active for row in rows], dtype=np.bool_),
        protected=np.array([row.protected for row in rows], dtype=np.bool_),
        learning_stages=np.array([row.learning_stage for row in rows], dtype=np.int64),
        **_said(rows),
    )


def _said(rows: Sequence[AdSet]) -> dict[str, Any]:
    """What not every account has: nothing of it where no row says anything."""
    said: dict[str, Any] = {}
    if any(row.campaign_id for row in rows):
        said["campaign_ids"] = tuple(row.campaign_id for row in rows)
    if any(row.roas_floor is not None for row in rows):
        said["roas_floors"] = np.array([row.roas_floor or 0.0 for row in rows], dtype=np.float64)
    if any(row.cpa_ceiling_minor is not None for row in rows):
        said["cpa_ceilings_minor"] = np.array([row.cpa_ceiling_minor or 0 for row in rows], dtype=np.int64)
    if any(row.bid_minor is not None for row in rows):
        said["bid_strategies"] = np.array([row.bid_strategy for row in rows], dtype=np.int64)
        said["bids_minor"] = np.array([row.bid_minor or 0 for row in rows], dtype=np.int64)
    return said


def metrics_of(rows: Iterable[DailyRow], ids: Sequence[str], days: Sequence[date]) -> dict[str, IntArray]:
    """Rows of one account as arrays (A, D) by metric name; days without a row are zero.

    Rows of ad sets that no longer exist, and of days outside the window, are left out: they are no choice any more.

    Raises:
        ObservationError: two rows for one ad set and day (a page read twice), which would double count.
    """
    at_id = {ad_set_id: i for i, ad_set_id in enumerate(ids)}
    at_day = {day: i for i, day in enumerate(days)}
    arrays = {name: np.zeros((len(ids), len(days)), dtype=np.int64) for name in HISTORY_METRICS}
    seen: set[tuple[int, int]] = set()
    for row in rows:
        cell = at_id.get(row.ad_set_id, -1), at_day.get(row.day, -1)
        if -1 in cell:
            continue
        if cell in seen:
            raise ObservationError(f"two rows for ad set {row.ad_set_id} on {row.day}: the report was read twice")
        seen.add(cell)
        for name, array in arrays.items():
            array[cell] = getattr(row, name)
    return arrays


def window(day: date, length: int) -> tuple[date, ...]:
    """The `length` days before `day`, oldest first.

    >>> [d.isoformat() for d in window(date(2026, 3, 2), 2)]
    ['2026-02-28', '2026-03-01']
    """
    return tuple(day - timedelta(days=back) for back in range(length, 0, -1))


def observe(
    *,
    account_id: str,
    day: date,
    currency: str,
    minor_per_major: int,
    budget_minor: int | IntArray,
    ad_sets: AdSets,
    metrics: Mapping[str, IntArray],
    days: Sequence[date],
    collected_through: date | None,
    creatives: Creatives | None = None,
    breakdowns: Mapping[str, Breakdown] | None = None,
    baseline: Baseline | None = None,
) -> Observation:
    """Platform facts as an observation, in canonical form and with its digest.

    Args:
        account_id: the platform's id of the account, or the name of a batch of worlds.
        day: the day being decided, in the account's time zone; `days[-1]` must be the day before it.
        currency: ISO 4217 code; `minor_per_major` is the platform's offset for it (100, or 1 for JPY and ten others).
        minor_per_major: minor units in one major unit.
        budget_minor: (...) money to give out for `day` among active ad sets.
        ad_sets: arrays (..., A).
        metrics: arrays (..., A, D) by the names in `HISTORY_METRICS`, as known this morning.
        days: D consecutive days, oldest first.
        collected_through: the last day the platform had data for.
        creatives: ads in the order of `ad_sets`, where they were asked for.
        breakdowns: by name, in the order of `ad_sets`, where they were asked for.
        baseline: budgets in the order of `ad_sets`, where it is known what people had set.

    Raises:
        ObservationError: wrong shape or dtype, negative counts, days with gaps, a missing metric; the message names it.
    """
    days = tuple(days)
    _check_days(days, day)
    budget = _frozen(np.asarray(budget_minor), "budget_minor", shape=None)
    order = np.argsort(np.array(ad_sets.ids, dtype=str), kind="stable")
    batch = budget.shape
    a, d = len(ad_sets), len(days)
    sets = AdSets(
        ids=tuple(ad_sets.ids[i] for i in order),
        names=tuple(ad_sets.names[i] for i in order),
        **{
            name: _frozen(np.broadcast_to(getattr(ad_sets, name), (*batch, a))[..., order], name, (*batch, a))
            for name in AD_SET_ARRAYS
        },
        **_optional(ad_sets, order, (*batch, a)),
    )
    if missing := [name for name in HISTORY_METRICS if name not in metrics]:
        raise ObservationError(f"metrics lack {', '.join(missing)}")
    arrays = {name: _frozen(_rows(metrics[name], order), name, (*batch, a, d)) for name in HISTORY_METRICS}
    # The same for all ad sets: one row, seen many times.
    maturity = np.broadcast_to(_frozen(np.arange(d - 1, -1, -1), "maturity_days", (d,)), (*batch, a, d))
    history = History(days=days, maturity_days=maturity, **arrays)
    ads = None if creatives is None else _creatives(creatives, order, batch, d)
    cuts = {name: _breakdown(name, cut, order, (*batch, a), d) for name, cut in sorted((breakdowns or {}).items())}
    base = None
    if baseline is not None:
        base = replace(baseline, budgets_minor=_frozen(baseline.budgets_minor[..., order], "baseline", (*batch, a)))
    return Observation(
        account_id, day, currency, minor_per_major, budget, sets, history, collected_through, ads, cuts, base
    )


def _optional(ad_sets: AdSets, order: IntArray, shape: tuple[int, ...]) -> dict[str, Any]:
    """What is known of the facts that not every account has, in the order of ids."""
    found: dict[str, Any] = {}
    if ad_sets.campaign_ids is not None:
        found["campaign_ids"] = tuple(ad_sets.campaign_ids[i] for i in order)
    for name in AD_SET_OPTIONAL_ARRAYS:
        array = getattr(ad_sets, name)
        if array is not None:
            found[name] = _frozen(np.broadcast_to(array, shape)[..., order], name, shape, whole=name != "roas_floors")
    return found


def _creatives(ads: Creatives, order: IntArray, batch: tuple[int, ...], days: int) -> Creatives:
    """Creatives in canonical form, in the order of their ad sets' ids."""
    places = (*batch, len(order), ads.exists.shape[-1])

    def told(name: str) -> Any:
        return _frozen(np.broadcast_to(getattr(ads, name), places)[..., order, :], f"creatives.{name}", places)

    features = None
    if ads.features is not None:
        shape = (*places, len(ads.feature_names))
        features = _frozen(ads.features[..., order, :, :], "creatives.features", shape, whole=False)
    return replace(
        ads,
        ids=tuple(tuple(ads.ids[i]) for i in order),
        names=tuple(tuple(ads.names[i]) for i in order),
        features=features,
        archived=None if ads.archived is None else told("archived"),
        **{name: told(name) for name in ("exists", "active", "age_days")},
        **{
            name: _frozen(getattr(ads, name)[..., order, :, :], f"creatives.{name}", (*places, days))
            for name in HISTORY_METRICS
        },
    )


def _breakdown(name: str, cut: Breakdown, order: IntArray, shape: tuple[int, ...], days: int) -> Breakdown:
    """A breakdown in canonical form, in the order of its ad sets' ids."""
    full = (*shape, len(cut.keys), days)
    arrays = {
        metric: _frozen(getattr(cut, metric)[..., order, :, :], f"{name}.{metric}", full)
        for metric in BREAKDOWN_METRICS
    }
    weights = None
    if cut.weights is not None:
        told = np.broadcast_to(cut.weights, full)[..., order, :, :]
        weights = _frozen(told, f"{name}.weights", full, whole=False)
        if weights.size and float(weights.min()) < 0:
            raise ObservationError(f"{name}.weights has negative entries")
    return Breakdown(tuple(cut.keys), **arrays, weights=weights)


def _check_days(days: Sequence[date], day: date) -> None:
    if not days or tuple(days) != window(day, len(days)):
        raise ObservationError(f"history must be the consecutive days before {day}; got {list(map(str, days))}")


def _frozen(array: Any, name: str, shape: tuple[int, ...] | None, *, whole: bool = True) -> Any:
    """A read-only C-contiguous copy, checked: layout must not depend on the door an array came through.

    What is so already, down to the array that it is a part of, is not copied: nobody can write to it any more.
    """
    if not whole:
        array = np.asarray(array, dtype=np.float64)
        if not np.isfinite(array).all():
            raise ObservationError(f"{name} must be finite numbers")
    elif array.dtype != np.bool_ and not np.issubdtype(array.dtype, np.integer):
        raise ObservationError(f"{name} must be whole numbers, got dtype {array.dtype}")
    if shape is not None and array.shape != shape:
        raise ObservationError(f"{name} has shape {array.shape}, expected {shape}")
    kind = array.dtype if array.dtype == np.bool_ or not whole else np.dtype(np.int64)
    copy = array if _settled(array, kind) else np.array(array, dtype=kind, order="C")
    if copy.dtype == np.int64 and copy.size and int(copy.min()) < 0:
        raise ObservationError(f"{name} has negative entries")
    copy.flags.writeable = False
    return copy


def _settled(array: Any, kind: np.dtype[Any]) -> bool:
    """Whether an array is in canonical form and closed to writing, with every array that shares its memory."""
    if array.dtype != kind or not array.flags.c_contiguous:
        return False
    part = array
    while isinstance(part, np.ndarray):
        if part.flags.writeable:
            return False
        part = part.base
    return part is None


def _rows(array: IntArray, order: IntArray) -> Any:
    """The rows (..., A, D) of an array in this order: itself where they are in it."""
    given = np.asarray(array)
    return given if bool((np.diff(order) == 1).all()) else given[..., order, :]
