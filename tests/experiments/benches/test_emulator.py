"""The emulator's bench: figures of a server in another process."""

from __future__ import annotations

import pytest

from experiments.benches import emulator

pytestmark = pytest.mark.slow


def test_rates_latencies_and_memory_are_measured_on_a_server_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PAGES": 3, "BIG_PAGES": 2, "CALLS": 20, "ROUNDS": 1, "MANY": 2}.items():
        monkeypatch.setattr(emulator, name, value)

    figures = {figure.name: figure for figure in emulator.bench(seed=1)}

    assert {name for name, figure in figures.items() if figure.goal} == {
        "insight_rows_per_cpu_second",
        "single_row_reads_per_cpu_second",
        "writes_per_cpu_second",
        "durable_writes_per_cpu_second",
    }
    assert all(figure.value > 0 for name, figure in figures.items() if name != "bytes_per_account")
    assert figures["read_milliseconds_p50"].value <= figures["read_milliseconds_p99"].value


def test_a_refused_call_stops_the_measurement() -> None:
    with emulator._served(seed=1) as server, pytest.raises(RuntimeError, match="GET nonsense was refused"):
        server.call("GET", "nonsense")
