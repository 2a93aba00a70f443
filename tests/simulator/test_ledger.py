from __future__ import annotations

import numpy as np
import pytest

from simulator.delay import LAGS
from simulator.ledger import METRICS, SUMMED, Day, Ledger


def day_with(orders: list[int]) -> Day:
    one = np.ones((1, 1), dtype=np.int64)
    by_delay = np.array(orders, dtype=np.int64).reshape(-1, 1, 1)
    return Day(100 * one, 90 * one, 7 * one, by_delay, 10 * by_delay)


def test_orders_become_known_as_they_come_in_on_their_clicks_day() -> None:
    ledger = Ledger((1, 1))
    ledger.record(day_with([1, 2, 4, 8, 16, 32, 64, 128]))
    known = [ledger.known(0, 1)["conversions"].item()]
    for _ in range(9):
        ledger.record(day_with([0] * LAGS))
        known.append(ledger.known(0, 1)["conversions"].item())

    assert known == [1, 3, 7, 15, 31, 63, 127, 255, 255, 255]
    assert ledger.caused()["conversions"][0, 0, 0] == 255
    assert ledger.known(0, 1)["value_minor"].item() == ledger.caused()["value_minor"][0, 0, 0] == 2550


def test_days_that_were_never_written_are_zero() -> None:
    ledger = Ledger((1, 1))
    ledger.record(day_with([1] * LAGS))
    known = ledger.known(-2, 3)

    assert list(known) == list(METRICS)
    assert known["spend_minor"].tolist() == [[[0, 0, 100, 0, 0]]]
    assert ledger.known(-5, -2)["clicks"].tolist() == [[[0, 0, 0]]]


@pytest.mark.parametrize("days", [31, 32, 33, 100])
def test_a_ledger_grows_without_forgetting(days: int) -> None:
    ledger = Ledger((1, 1))
    for i in range(days):
        ledger.record(day_with([i, *[0] * 7]))

    assert len(ledger) == days
    assert ledger.known(0, days)["conversions"].ravel().tolist() == list(range(days))
    assert ledger.caused(days - 1)["conversions"].ravel().tolist() == [days - 1]


@pytest.mark.parametrize("length", [1, 3, 7, 8, 28])
def test_running_sums_are_the_sums_of_what_is_known(length: int) -> None:
    ledger = Ledger((1, 1))
    rng = np.random.default_rng(0)
    for _ in range(60):
        orders = rng.poisson(3, LAGS if length != 3 else 13).tolist()
        ledger.record(day_with(orders))
        known = ledger.known(len(ledger) - length, len(ledger))

        assert {name: array.item() for name, array in ledger.sums(length).items()} == {
            name: known[name].sum() for name in SUMMED
        }


def test_what_is_never_reported_stays_apart_by_its_reason() -> None:
    ledger = Ledger((1, 1))
    orders = [1, 1, 1, 1, 1, 1, 1, 1, 10, 20, 100, 200, 400]
    for _ in range(9):
        ledger.record(day_with(orders))
    by_category = ledger.by_category()

    assert ledger.known(0, 1)["conversions"].item() == 8 + 30
    assert ledger.known(8, 9)["conversions"].item() == 1 + 10
    assert ledger.known(7, 8)["conversions"].item() == 2 + 30
    assert (ledger.caused()["conversions"] == sum(orders)).all()
    assert by_category is not None
    assert by_category[:, 0, 0, 0].tolist() == orders


def test_a_ledger_without_the_truth_knows_the_same_and_keeps_no_old_orders() -> None:
    rng = np.random.default_rng(3)
    days = [Day(*rng.integers(0, 9, (3, 2, 3)), *rng.integers(0, 9, (2, 13, 2, 3))) for _ in range(12)]
    full, short = Ledger((2, 3)), Ledger((2, 3), truth=False)
    for day in days:
        full.record(day)
        short.record(day)

    assert all((full.known(0, 12)[name] == values).all() for name, values in short.known(0, 12).items())
    assert full.by_category() is not None
    assert short.by_category() is None


def test_people_are_counted_once_a_day_and_only_where_somebody_asks() -> None:
    asked = []

    def half(shown: np.ndarray) -> np.ndarray:
        asked.append(shown.copy())
        return shown // 2

    ledger = Ledger((1, 1), reach=half)
    for _ in range(3):
        ledger.record(day_with([1] * LAGS))

    assert not asked
    assert ledger.known(1, 4)["reach"].ravel().tolist() == [45, 45, 0]
    assert ledger.known(0, 3)["reach"].ravel().tolist() == [45, 45, 45]
    assert [shown.item() for shown in asked] == [90, 90, 90]


def test_figures_of_any_size_are_kept_to_the_unit() -> None:
    ledger = Ledger((1, 1))
    sizes = [7, 2**31 - 1, 2**31, 2**53, 5]
    for size in sizes:
        one = np.full((1, 1), size, dtype=np.int64)
        orders = np.zeros((LAGS, 1, 1), dtype=np.int64)
        ledger.record(Day(one, one, one, orders, orders + size // LAGS))
        assert ledger.sums(2)["spend_minor"].item() == sum(ledger.known(len(ledger) - 2, len(ledger))["clicks"].ravel())

    assert ledger.known(0, 5)["spend_minor"].ravel().tolist() == sizes
    assert ledger.caused()["value_minor"].ravel().tolist() == [size // LAGS * LAGS for size in sizes]


@pytest.mark.parametrize(("length", "since"), [(1, 7), (21, 7), (5, 12)])
def test_running_sums_of_settled_days_are_the_sums_of_what_is_known(length: int, since: int) -> None:
    ledger = Ledger((1, 1))
    rng = np.random.default_rng(1)
    for _ in range(50):
        ledger.record(day_with(rng.poisson(3, LAGS).tolist()))
        known = ledger.known(len(ledger) - since - length, len(ledger) - since)

        assert {name: array.item() for name, array in ledger.sums(length, since).items()} == {
            name: known[name].sum() for name in SUMMED
        }


def test_days_for_which_orders_still_come_in_are_summed_with_the_last_ones_only() -> None:
    with pytest.raises(ValueError, match="since must be 0 or at least 7, got 3"):
        Ledger((1, 1)).sums(7, since=3)
