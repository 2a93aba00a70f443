"""One function makes observations, and each has a digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from agents.errors import ObservationError
from agents.observation import ad_sets_of, metrics_of, observe, window
from agents.vocabulary import (
    BREAKDOWN_METRICS,
    HISTORY_METRICS,
    NO_CEILING_MINOR,
    AdSet,
    Baseline,
    Breakdown,
    Creatives,
    DailyRow,
    LearningStage,
)

DAY = date(2026, 3, 2)
SETS = (
    AdSet("20", 1_000, name="two"),
    AdSet("10", 2_000, active=False, protected=True, learning_stage=LearningStage.LEARNING, floor_minor=5),
)
ROWS = (
    DailyRow("10", DAY - timedelta(days=1), 900, 100, 80, 9, 2, 4_000),
    DailyRow("20", DAY - timedelta(days=2), 950, 110, 90, 8, 1, 3_000),
    DailyRow("20", DAY - timedelta(days=1), 970, 120, 95, 7, 0, 0),
)


def observed(**changed: Any) -> Any:
    sets = ad_sets_of(changed.pop("rows", SETS))
    days = changed.pop("days", window(DAY, 3))
    facts: dict[str, Any] = {
        "account_id": "act_1",
        "day": DAY,
        "currency": "EUR",
        "minor_per_major": 100,
        "budget_minor": 1_000,
        "ad_sets": sets,
        "metrics": metrics_of(changed.pop("report", ROWS), sets.ids, days),
        "days": days,
        "collected_through": DAY,
    }
    return observe(**(facts | changed))


def test_ad_sets_are_sorted_by_id_with_all_that_belongs_to_them() -> None:
    observation = observed()

    assert observation.ad_sets.ids == ("10", "20")
    assert observation.ad_sets.names == ("", "two")
    assert observation.ad_sets.budgets_minor.tolist() == [2_000, 1_000]
    assert observation.ad_sets.adjustable.tolist() == [False, True]
    assert observation.history.spend_minor.tolist() == [[0, 0, 900], [0, 950, 970]]
    assert observation.history.maturity_days.tolist() == [[2, 1, 0], [2, 1, 0]]


def test_the_order_of_ad_sets_and_rows_does_not_change_the_digest() -> None:
    assert observed(rows=SETS[::-1], report=ROWS[::-1]).digest == observed().digest


def test_the_layout_of_arrays_does_not_change_the_digest() -> None:
    sets = ad_sets_of(SETS)
    arrays = metrics_of(ROWS, sets.ids, window(DAY, 3))
    fortran = {name: np.asfortranarray(array).astype(np.int32) for name, array in arrays.items()}

    assert observed(metrics=fortran).digest == observed().digest


def test_a_display_name_does_not_change_the_digest() -> None:
    assert observed(rows=(replace(SETS[0], name="renamed"), SETS[1])).digest == observed().digest


@pytest.mark.parametrize("name", HISTORY_METRICS)
@pytest.mark.parametrize("cell", [(0, 0), (0, 2), (1, 1)])
def test_any_changed_cell_of_the_history_changes_the_digest(name: str, cell: tuple[int, int]) -> None:
    sets = ad_sets_of(SETS)
    arrays = metrics_of(ROWS, sets.ids, window(DAY, 3))
    arrays[name][cell] += 1

    assert observed(metrics=arrays).digest != observed().digest


@pytest.mark.parametrize(
    "changed",
    [
        {"account_id": "act_2"},
        {"currency": "USD"},
        {"minor_per_major": 1},
        {"budget_minor": 1_001},
        {"collected_through": None},
        {"collected_through": DAY - timedelta(days=1)},
        {"days": window(DAY, 2)},
        {"rows": SETS[:1]},
        *(
            {"rows": (replace(SETS[0], **{name: value}), SETS[1])}
            for name, value in {
                "id": "21",
                "budget_minor": 1_001,
                "floor_minor": 1,
                "ceiling_minor": NO_CEILING_MINOR - 1,
                "active": False,
                "protected": True,
                "learning_stage": LearningStage.FAIL,
            }.items()
        ),
    ],
    ids=str,
)
def test_any_other_changed_fact_changes_the_digest(changed: dict[str, Any]) -> None:
    assert observed(**changed).digest != observed().digest


def test_the_next_day_has_another_digest() -> None:
    tomorrow = DAY + timedelta(days=1)

    assert observed(day=tomorrow, days=window(tomorrow, 3)).digest != observed().digest


def test_what_is_observed_cannot_be_written_into() -> None:
    observation = observed()
    arrays = [observation.budget_minor, *(getattr(observation.history, n) for n in (*HISTORY_METRICS, "maturity_days"))]
    arrays += [getattr(observation.ad_sets, n) for n in ("budgets_minor", "floors_minor", "active", "protected")]

    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_later_changes_to_what_was_handed_in_do_not_reach_the_observation() -> None:
    arrays = metrics_of(ROWS, ("20", "10"), window(DAY, 3))
    observation = observed(metrics=arrays)

    arrays["spend_minor"][...] = 7

    assert observation.history.spend_minor.sum() == 900 + 950 + 970


def test_figures_that_nobody_can_write_to_are_seen_without_a_copy() -> None:
    arrays = metrics_of(ROWS, ("10", "20"), window(DAY, 3))
    for array in arrays.values():
        array.flags.writeable = False

    seen = observed(metrics=arrays, rows=SETS[::-1])

    assert seen.history.clicks is arrays["clicks"]
    assert seen.digest == observed(rows=SETS[::-1]).digest


def test_a_closed_part_of_an_open_array_is_copied() -> None:
    arrays = metrics_of(ROWS, ("10", "20"), window(DAY, 3))
    whole = np.stack(list(arrays.values()))
    parts = dict(zip(arrays, whole, strict=True))
    for part in parts.values():
        part.flags.writeable = False
    seen = observed(metrics=parts, rows=SETS[::-1])

    whole[...] = 7

    assert seen.history.spend_minor.sum() == 900 + 950 + 970


def test_an_ad_set_told_twice_is_refused_by_its_id() -> None:
    with pytest.raises(ObservationError, match=r"more than once: 20"):
        ad_sets_of((SETS[0], SETS[0]))


def test_a_row_read_twice_is_refused_because_it_would_count_double() -> None:
    with pytest.raises(ObservationError, match=r"two rows for ad set 10 on 2026-03-01"):
        observed(report=(*ROWS, ROWS[0]))


def test_rows_of_vanished_ad_sets_and_of_other_days_are_left_out() -> None:
    stray = (replace(ROWS[0], ad_set_id="99"), replace(ROWS[0], day=DAY - timedelta(days=40)))

    assert observed(report=(*ROWS, *stray)).digest == observed().digest


@pytest.mark.parametrize(
    "days",
    [(), (DAY - timedelta(days=3), DAY - timedelta(days=1)), (DAY,), window(DAY, 3)[::-1], window(DAY, 3)[:-1]],
    ids=["none", "a gap", "today", "backwards", "not up to yesterday"],
)
def test_days_that_are_not_the_consecutive_days_before_are_refused(days: tuple[date, ...]) -> None:
    with pytest.raises(ObservationError, match="consecutive days before 2026-03-02"):
        observed(days=days)


def test_a_missing_metric_is_refused_by_name() -> None:
    arrays = metrics_of(ROWS, ("20", "10"), window(DAY, 3))
    del arrays["clicks"]

    with pytest.raises(ObservationError, match="lack clicks"):
        observed(metrics=arrays)


@pytest.mark.parametrize(
    ("array", "complaint"),
    [
        (np.zeros((2, 3)), "clicks must be whole numbers, got dtype float64"),
        (np.full((2, 3), -1), "clicks has negative entries"),
        (np.zeros((2, 4), dtype=int), r"clicks has shape \(2, 4\), expected \(2, 3\)"),
    ],
)
def test_a_metric_of_the_wrong_kind_is_refused_by_name(array: np.ndarray, complaint: str) -> None:
    arrays = metrics_of(ROWS, ("20", "10"), window(DAY, 3)) | {"clicks": array}

    with pytest.raises(ObservationError, match=complaint):
        observed(metrics=arrays)


def test_a_float_budget_is_refused() -> None:
    with pytest.raises(ObservationError, match="budget_minor must be whole numbers"):
        observed(budget_minor=10.5)


def test_an_account_without_ad_sets_can_be_observed() -> None:
    observation = observed(rows=(), report=())

    assert len(observation.ad_sets) == 0
    assert observation.history.clicks.shape == (0, 3)


def test_each_world_of_a_batch_is_what_it_would_be_alone(make_account: Any) -> None:
    batch = make_account(4, worlds=3)

    together = batch.observed()

    assert together.history.spend_minor.shape == (3, 4, 28)
    for w in range(3):
        alone = batch.row(w).observed()
        assert (together.history.spend_minor[w] == alone.history.spend_minor).all()
        assert (together.ad_sets.budgets_minor[w] == alone.ad_sets.budgets_minor).all()
        assert together.budget_minor[w] == alone.budget_minor


def _with_everything(make_account: Any, order: Sequence[int] = (0, 1, 2)) -> Any:
    """An account of three ad sets with all that not every account has, told in another order."""
    account = make_account(3, days=4)
    rng = np.random.default_rng(5)
    figures = {name: rng.integers(0, 50, (3, 2, 4)) for name in HISTORY_METRICS}
    cut = {name: rng.integers(0, 50, (3, 5, 4)) for name in BREAKDOWN_METRICS}
    places = np.array([[True, True], [True, False], [True, True]])
    index = list(order)
    account.extra = {
        "creatives": Creatives(
            ids=tuple((f"{i}a", f"{i}b") for i in index),
            names=tuple((f"{i}a", f"{i}b") for i in index),
            exists=places[index],
            active=places[index],
            age_days=np.arange(6).reshape(3, 2)[index],
            features=np.arange(12.0).reshape(3, 2, 2)[index],
            feature_names=("video", "price shown"),
            **{name: array[index] for name, array in figures.items()},
        ),
        "breakdowns": {"age": Breakdown(tuple("abcde"), **{name: array[index] for name, array in cut.items()})},
        "baseline": Baseline(account.budgets_minor[index] * 2, date(2026, 2, 1)),
    }
    return account.reordered(index)


def test_what_not_every_account_has_follows_its_ad_set_whatever_the_order(make_account: Any) -> None:
    plain, turned = (_with_everything(make_account, order).observed() for order in ((0, 1, 2), (2, 0, 1)))

    assert plain.digest == turned.digest
    assert plain.creatives is not None
    assert turned.creatives is not None
    assert (plain.creatives.clicks == turned.creatives.clicks).all()
    assert plain.creatives.ids == turned.creatives.ids


@pytest.mark.parametrize("part", ["creatives", "breakdowns", "baseline"])
def test_what_a_policy_may_see_besides_is_part_of_the_digest(make_account: Any, part: str) -> None:
    account = _with_everything(make_account)
    whole = account.observed()
    del account.extra[part]

    assert account.observed().digest != whole.digest


def test_wishes_of_owners_become_arrays_only_where_there_are_any() -> None:
    plain = ad_sets_of([AdSet("1", 100), AdSet("2", 100)])
    wished = ad_sets_of([AdSet("1", 100, roas_floor=1.5, campaign_id="c"), AdSet("2", 100, bid_minor=900)])

    assert plain.roas_floors is plain.bids_minor is plain.campaign_ids is None
    assert wished.roas_floors is not None
    assert wished.roas_floors.tolist() == [1.5, 0.0]
    assert wished.bids_minor is not None
    assert wished.bids_minor.tolist() == [0, 900]
    assert wished.campaign_ids == ("c", "")


def test_creatives_of_the_wrong_shape_are_refused_by_name(make_account: Any) -> None:
    account = _with_everything(make_account)
    ads = account.extra["creatives"]
    account.extra["creatives"] = replace(ads, clicks=ads.clicks[..., :2])

    with pytest.raises(ObservationError, match=r"creatives\.clicks has shape \(3, 2, 2\), expected \(3, 2, 4\)"):
        account.observed()


def test_weights_in_force_are_part_of_what_was_seen_and_follow_their_ad_set(make_account: Any) -> None:
    weights = np.arange(60.0).reshape(3, 5, 4)

    def told(order: Sequence[int], in_force: Any) -> Any:
        account = _with_everything(make_account, order)
        cut = account.extra["breakdowns"]["age"]
        account.extra["breakdowns"] = {"age": replace(cut, weights=in_force)}
        return account.observed()

    plain, turned = told((0, 1, 2), weights), told((2, 0, 1), weights[[2, 0, 1]])

    assert plain.digest == turned.digest != told((0, 1, 2), None).digest
    assert plain.breakdowns["age"].weights is not None
    assert (plain.breakdowns["age"].weights == weights).all()
    with pytest.raises(ObservationError, match=r"age\.weights has negative entries"):
        told((0, 1, 2), -weights)
    with pytest.raises(ObservationError, match=r"age\.weights must be finite"):
        told((0, 1, 2), np.where(weights > 5, np.nan, weights))
