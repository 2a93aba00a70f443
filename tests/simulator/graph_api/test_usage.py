"""Allowance used, in simulated time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from simulator.graph_api.usage import Meter

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def percent(meter: Meter, *, insights: bool) -> int:
    (cases,) = json.loads(meter.headers("1", 0, insights=insights)["X-Business-Use-Case-Usage"]).values()
    return cases[0]["call_count"]


def utilisation(meter: Meter) -> float:
    return json.loads(meter.headers("1", 0, insights=False)["X-Ad-Account-Usage"])["acc_id_util_pct"]


def test_calls_of_the_last_hour_count_each_kind_by_itself() -> None:
    meter = Meter()
    for second in range(3000):
        meter.count(NOON + timedelta(seconds=second), insights=False, write=False)

    assert percent(meter, insights=False) == 3
    assert percent(meter, insights=True) == 0
    meter.count(NOON + timedelta(hours=2), insights=False, write=False)
    assert percent(meter, insights=False) == 0


def test_a_write_costs_three_reads_and_points_decay() -> None:
    reads, writes = Meter(), Meter()
    for _ in range(300):
        reads.count(NOON, insights=False, write=False)
        writes.count(NOON, insights=False, write=True)

    assert (utilisation(reads), utilisation(writes)) == (3.33, 10.0)
    writes.count(NOON + timedelta(seconds=300), insights=False, write=False)
    assert utilisation(writes) == 0.01
