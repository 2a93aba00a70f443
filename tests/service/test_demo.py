"""The demo's own arithmetic: which worlds, which morning is next, when one is over, and how it is told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from service.commands.demo import COMMAND, summary
from service.demo import Plan, next_morning, settled
from service.errors import SettingsError
from simulator.identity import account_id


def account(**values: Any) -> dict[str, Any]:
    base = {"id": "act_1", "time_zone": "Europe/Madrid", "last_decided": "2026-03-27", "unsettled_changes": 0}
    return {**base, **values}


def plan(home: Path, accounts: int = 3) -> Plan:
    return Plan(home, days=5, accounts=accounts, replications=20, port=1, mlflow_port=2, seed=4)


def test_worlds_go_from_west_to_east_with_a_seed_each(tmp_path: Path) -> None:
    assert plan(tmp_path, 4).worlds == (("medium", 4), ("medium", 5), ("small", 6), ("volatile", 7))
    assert account_id(4) != account_id(5)


def test_every_run_has_a_home_of_its_own(tmp_path: Path) -> None:
    assert plan(tmp_path).run_home.name == "run-001"
    (tmp_path / "run-009").mkdir()
    (tmp_path / "run-old").mkdir()

    assert plan(tmp_path).run_home.name == "run-010"


def test_a_home_that_cannot_be_made_is_one_sentence_that_names_it_and_the_option(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match=r"directory .*file/below/run-001 cannot be made \(.*\): .*--home"):
        plan(tmp_path / "file" / "below").make_run_home()


def test_a_home_without_permission_is_one_sentence_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(SettingsError, match=r"run-001 cannot be made \(Permission denied\)"):
        plan(tmp_path).make_run_home()


def test_two_pages_on_one_port_are_bad_usage(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(COMMAND)
    result = CliRunner().invoke(app, ["--port", "8300", "--mlflow-port", "8300", "--home", str(tmp_path)])

    assert result.exit_code == 2
    assert "both pages cannot be on port 8300" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("zone", "last", "expected"),
    [
        ("Europe/Madrid", "2026-03-27", datetime(2026, 3, 28, 1, 30, tzinfo=UTC)),
        ("Europe/Madrid", "2026-03-29", datetime(2026, 3, 30, 0, 30, tzinfo=UTC)),
        ("Asia/Tokyo", "2026-03-27", datetime(2026, 3, 27, 17, 30, tzinfo=UTC)),
    ],
)
def test_the_next_morning_is_half_past_two_where_the_account_lives(zone: str, last: str, expected: datetime) -> None:
    assert next_morning(account(time_zone=zone, last_decided=last)) == expected


@pytest.mark.parametrize(
    ("now", "values", "expected"),
    [
        ("2026-03-27T12:00", {}, True),
        ("2026-03-28T00:30", {}, True),
        ("2026-03-28T01:30", {}, False),
        ("2026-03-28T01:30", {"last_decided": "2026-03-28"}, True),
        ("2026-03-28T01:30", {"last_decided": "2026-03-28", "unsettled_changes": 1}, False),
        ("2026-03-28T01:30", {"last_decided": None}, False),
    ],
)
def test_a_morning_is_over_when_it_is_decided_and_nothing_is_open(
    now: str, values: dict[str, Any], expected: bool
) -> None:
    assert settled(account(**values), datetime.fromisoformat(now).replace(tzinfo=UTC)) is expected


@pytest.fixture
def found() -> dict[str, Any]:
    """What a short showing finds."""
    world = {
        "account_id": "act_1",
        "world": {"scenario": "small", "seed": 1},
        "currency": "EUR",
        "minor_per_major": 100,
        "expected_value_minor": {"champion": 1_100_000.0, "rules": 1_000_000.0, "hold": 0.0},
    }
    gains = {
        "rules": {"value": 10.0, "low": -8.0, "high": 28.0, "method": "t over 3 worlds"},
        "hold": {"value": 5.0, "low": None, "high": None, "method": "one world"},
    }
    sisters = {"rules": {"value": 9.0, "low": 8.5, "high": 9.5, "method": "t over 150 worlds"}}
    return {
        "mornings": {"decided": 21, "days": 21, "seconds": 9.5},
        "comparison": {
            "policy": "champion",
            "gains_percent": gains,
            "sister_gains_percent": sisters,
            "sister_worlds": 150,
            "worlds": [world],
        },
        "wire_equals_counterfactual": True,
        "promotion": {"gates": [{"because": "it beats hold"}]},
        "urls": {
            "dashboard": "http://127.0.0.1:1/",
            "docs": "http://127.0.0.1:1/docs",
            "mlflow": "http://127.0.0.1:2",
            "emulator": "http://127.0.0.1:3/",
        },
        "urls_still_open": True,
        "home": ".caudal/demo/run-001",
        "seconds": 60.0,
    }


def test_what_was_found_is_told_with_gains_and_intervals(found: dict[str, Any]) -> None:
    text = "\n".join(summary(found))

    assert "21 mornings decided and settled" in text
    assert "act_1 (small, seed 1): 11,000 EUR of expected value, +10.0 % over rules" in text
    assert "Gain over rules, 1 account lived here: +10.00 % (95 %: -8.00 to +28.00), t over 3 worlds" in text
    assert "Gain over hold, 1 account lived here: +5.00 %, one world" in text
    assert "the very same worlds" in text
    assert "http://127.0.0.1:1/docs" in text


def test_the_gain_over_many_worlds_of_the_same_kind_comes_first(found: dict[str, Any]) -> None:
    gains = [line for line in summary(found) if line.startswith("Gain over rules")]

    assert gains[0] == (
        "Gain over rules, over 150 worlds of the same kind: +9.00 % (95 %: +8.50 to +9.50), t over 150 worlds"
    )
    assert len(gains) == 2


def test_the_home_of_the_records_is_told_so_that_a_morning_can_be_replayed(found: dict[str, Any]) -> None:
    text = "\n".join(summary(found))

    assert "Records in .caudal/demo/run-001" in text
    assert "CAUDAL_HOME=.caudal/demo/run-001 caudal replay act_1/" in text


def test_pages_that_have_stopped_are_not_offered(found: dict[str, Any]) -> None:
    assert "http://" not in "\n".join(summary({**found, "urls_still_open": False}))
