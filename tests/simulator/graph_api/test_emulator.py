"""A restart finds the same world; faults do what they say; the log tells what happened."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from simulator.graph_api import AccountConfig, EmulatorConfig, EmulatorError
from simulator.graph_api.emulator import Emulator

AD_SET, SECOND = "1202000000000120000", "1202000000000120001"
PAIR = (("small", 1), ("volatile", 2))


class Wall:
    """Wall seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def picture(desk) -> str:
    """Everything a client or an admin may see."""
    reads = [desk.admin("GET", "clock")["now"], desk.admin("GET", "world")]
    for account in desk.emulator.state.accounts:
        reads += [desk.all(f"{account}/adsets", fields="name,status,effective_status,daily_budget,updated_time")]
        reads += [desk.all(f"{account}/insights", level="adset", time_increment="1", fields="adset_id,spend,actions")]
    return json.dumps(reads)


def lived(desk) -> None:
    """A few eventful days."""
    desk.post(AD_SET, daily_budget="20000")
    desk.pass_days(1)
    desk.post(SECOND, status="PAUSED", name="resting")
    desk.admin("POST", "clock", advance_seconds=5000)
    desk.post("act_1000000000000002/insights", level="adset", fields='["spend"]')
    desk.pass_days(2.5)
    for change in range(4):
        desk.post(AD_SET, daily_budget=str(15000 + change))


def test_a_restart_from_the_state_file_finds_the_same_world(open_desk, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "state.jsonl"
    first = open_desk(*PAIR, state_file=file)
    lived(first)
    seen, run = picture(first), next(iter(first.emulator.state.reports))
    first.emulator.close()
    second = open_desk(*PAIR, state_file=file)

    assert picture(second) == seen
    assert second.error(AD_SET, "POST", daily_budget="9000") == (613, 1487632)
    assert second.get(run, fields="async_status")["async_status"] == "Job Not Started"


def test_a_kill_at_any_moment_loses_nothing_that_was_answered(open_desk, tmp_path: Path) -> None:
    """The file as it is on disk at each moment, without any closing, is enough."""
    file = tmp_path / "state.jsonl"
    first = open_desk(state_file=file)
    for budget in ("11000", "12000", "13000"):
        first.post(AD_SET, daily_budget=budget)
        first.pass_days(1)
        copy = tmp_path / f"{budget}.jsonl"
        copy.write_bytes(file.read_bytes())
        assert picture(open_desk(state_file=copy)) == picture(first)


def test_what_was_refused_or_only_validated_is_not_written_down(open_desk, tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    desk = open_desk(state_file=file)
    before = file.read_text()
    desk.post(AD_SET, daily_budget="1")
    desk.post(AD_SET, daily_budget="20000", execution_options='["validate_only"]')
    desk.get(AD_SET)

    assert file.read_text() == before


def test_the_token_is_not_in_the_state_file_nor_in_the_log(open_desk, tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    desk = open_desk(state_file=file)
    desk.post(AD_SET, daily_budget="20000", access_token=desk.token, appsecret_proof="0")
    desk.post(AD_SET, daily_budget="20000", access_token=desk.token)

    assert "20000" in file.read_text()
    assert desk.token not in file.read_text()
    assert desk.token not in json.dumps(desk.admin("GET", "requests"))


def test_every_operation_of_a_batch_is_written_down(open_desk, tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    first = open_desk(state_file=file)
    operations = [
        {"method": "POST", "relative_url": AD_SET, "body": "daily_budget=21000"},
        {"method": "DELETE", "relative_url": f"{SECOND}/"},
    ]
    first.post("", batch=json.dumps(operations))
    seen = picture(first)
    first.emulator.close()

    assert picture(open_desk(state_file=file)) == seen


def test_running_time_never_goes_back_over_a_restart(open_desk, tmp_path: Path) -> None:
    file, wall = tmp_path / "state.jsonl", Wall()
    first = open_desk(state_file=file, speed=1000.0, wall=wall)
    wall.seconds = 30.0
    seen = datetime.fromisoformat(first.admin("GET", "clock")["now"])
    copy = tmp_path / "killed.jsonl"
    copy.write_bytes(file.read_bytes())
    killed = open_desk(state_file=copy, speed=1000.0, wall=Wall())
    first.emulator.close()
    closed = open_desk(state_file=file, speed=1000.0, wall=Wall())

    assert seen <= datetime.fromisoformat(killed.admin("GET", "clock")["now"]) <= seen + timedelta(hours=1)
    assert datetime.fromisoformat(closed.admin("GET", "clock")["now"]) == seen


def test_reads_after_a_write_do_not_go_back_over_a_restart_either(open_desk, tmp_path: Path) -> None:
    file, wall = tmp_path / "state.jsonl", Wall()
    first = open_desk(state_file=file, speed=1000.0, wall=wall)
    wall.seconds = 1.0
    first.post(AD_SET, daily_budget="20000")
    wall.seconds = 2.0
    seen = datetime.fromisoformat(first.admin("GET", "clock")["now"])
    copy = tmp_path / "killed.jsonl"
    copy.write_bytes(file.read_bytes())

    assert datetime.fromisoformat(open_desk(state_file=copy).admin("GET", "clock")["now"]) >= seen


def test_looking_often_does_not_write_often(open_desk, tmp_path: Path) -> None:
    file, wall = tmp_path / "state.jsonl", Wall()
    desk = open_desk(state_file=file, speed=1.0, wall=wall)
    for second in range(1, 100):
        wall.seconds = float(second)
        desk.get("me")

    assert len(file.read_text().splitlines()) == 3  # at most one lease a minute


def test_a_write_under_running_time_survives_a_kill(open_desk, tmp_path: Path) -> None:
    file, wall = tmp_path / "state.jsonl", Wall()
    first = open_desk(state_file=file, speed=1000.0, wall=wall)
    for seconds, budget in ((1.0, "20000"), (2.5, "21000"), (90.0, "22000")):
        wall.seconds = seconds
        first.post(AD_SET, daily_budget=budget)
    copy = tmp_path / "killed.jsonl"
    copy.write_bytes(file.read_bytes())
    second = open_desk(state_file=copy)

    assert second.get(AD_SET, fields="daily_budget")["daily_budget"] == "22000"
    world, again = first.account.world, second.account.world
    days = min(world.today, again.today) - timedelta(days=1)
    assert (world.report_range(days, days)["clicks"] == again.report_range(days, days)["clicks"]).all()


def test_simulated_time_runs_at_its_speed_and_can_be_changed(open_desk) -> None:
    wall = Wall()
    desk = open_desk(speed=60.0, wall=wall)
    start = datetime.fromisoformat(desk.admin("GET", "clock")["now"])
    wall.seconds = 10.0
    assert datetime.fromisoformat(desk.admin("GET", "clock")["now"]) == start + timedelta(minutes=10)
    desk.admin("POST", "clock", speed=0)
    wall.seconds = 1000.0
    assert datetime.fromisoformat(desk.admin("GET", "clock")["now"]) == start + timedelta(minutes=10)


@pytest.mark.parametrize("other", [(("small", 2),), (("medium", 1),), (("small", 1), ("small", 2))])
def test_a_state_file_of_other_accounts_is_refused_and_left_alone(open_desk, tmp_path: Path, other) -> None:
    file = tmp_path / "state.jsonl"
    open_desk(state_file=file).emulator.close()
    before = file.read_bytes()

    with pytest.raises(EmulatorError, match="was made for small seed 1"):
        open_desk(*other, state_file=file)
    assert file.read_bytes() == before


def test_a_state_file_of_another_first_day_says_what_to_give_again(tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    Emulator(EmulatorConfig((AccountConfig("small", 1),), state_file=file), lambda: 0.0).close()
    moved = EmulatorConfig((AccountConfig("small", 1, date(2026, 5, 5)),), state_file=file)

    with pytest.raises(EmulatorError, match=r"other contents of small seed 1.*the same --start"):
        Emulator(moved, lambda: 0.0)


def test_a_torn_last_line_is_cut_off(open_desk, tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    first = open_desk(state_file=file)
    first.post(AD_SET, daily_budget="20000")
    first.emulator.close()
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"at":"2026-03-02T01:30:00+00:00","method":"PO')
    second = open_desk(state_file=file)

    assert second.get(AD_SET, fields="daily_budget")["daily_budget"] == "20000"
    assert file.read_bytes() == whole


def test_a_file_torn_in_its_very_first_line_begins_anew(open_desk, tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    file.write_bytes(b'{"format":"caudal.emul')

    assert open_desk(state_file=file).get(AD_SET) == {"id": AD_SET}


@pytest.mark.parametrize(
    "line", [b"not json\n", b"[]\n", b'{"at":"whenever"}\n', b'{"at":"2026-03-02T01:30:00+00:00","method":"POST"}\n']
)
def test_a_damaged_line_is_an_error_that_names_it(open_desk, tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "state.jsonl"
    open_desk(state_file=file).emulator.close()
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + line + b"".join(lines[1:]))

    with pytest.raises(EmulatorError, match="line 2"):
        open_desk(state_file=file)


def test_two_emulators_cannot_share_a_state_file(open_desk, tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    open_desk(state_file=file)

    with pytest.raises(EmulatorError, match="in use by another emulator"):
        open_desk(state_file=file)


def test_a_state_file_that_cannot_be_opened_is_one_sentence(open_desk, tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match="cannot be opened"):
        open_desk(state_file=tmp_path)


def test_time_does_not_go_backwards(desk) -> None:
    before = desk.admin("GET", "clock")

    assert "cannot go back" in desk.admin("POST", "clock", to="2026-03-01T00:00:00+00:00")["error"]
    assert desk.admin("GET", "clock") == before


@pytest.mark.parametrize(
    "move",
    [
        {"advance_days": -1},
        {"advance_days": "soon"},
        {"advance_seconds": True},
        {"advance_days": 1, "advance_seconds": 1},
        {"advance_weeks": 1},
        {"advance_days": 1e12},
        {"advance_days": 5000},
        {"to": "2026-03-05T00:00:00"},
        {"to": "tomorrow"},
        {"speed": -1},
        {"speed": float("nan")},
        {"advance_seconds": float("nan")},
    ],
)
def test_an_impossible_move_of_the_clock_is_refused(desk, move) -> None:
    before = desk.admin("GET", "clock")

    assert "error" in desk.admin("POST", "clock", **move)
    assert desk.admin("GET", "clock") == before


def test_simulated_time_begins_at_half_past_two_where_the_first_account_is(open_desk) -> None:
    assert open_desk(("volatile", 1), ("small", 2)).admin("GET", "clock")["now"] == "2026-03-01T17:30:00+00:00"


def test_the_log_tells_what_was_asked_and_what_became_of_it(desk) -> None:
    desk.post(AD_SET, daily_budget="20000")
    desk.admin("POST", "faults", kind="lost_answer")
    desk.post(AD_SET, daily_budget="21000")
    desk.get("nowhere")
    log = desk.admin("GET", "requests", after=0)

    assert [(e["n"], e["route"], e["status"], e["code"], e["fault"], e["applied"]) for e in log["requests"]] == [
        (1, "adset", 200, None, None, True),
        (2, "adset", 200, None, "lost_answer", True),
        (3, "unknown", 400, 100, None, True),
    ]
    assert log["requests"][0]["params"] == {"daily_budget": "20000"}
    assert log["total"] == 3
    assert [e["n"] for e in desk.admin("GET", "requests", after=1, limit=1)["requests"]] == [2]
    assert desk.admin("GET", "faults")["history"] == [log["requests"][1]]


def test_the_truth_is_behind_the_admin_door(desk) -> None:
    desk.pass_days(1)
    (truth,) = desk.admin("GET", "world")["accounts"]

    assert (truth["id"], truth["today"], truth["currency"]) == ("act_1000000000000001", "2026-03-03", "EUR")
    assert [row["id"] for row in truth["ad_sets"]] == sorted(desk.account.ad_sets)
    assert all(row["expected_value_minor"] > 0 for row in truth["ad_sets"])


def test_a_door_that_is_not_there_is_named(desk) -> None:
    assert "there is no GET /_emulator/weather" in desk.admin("GET", "weather")["error"]
    assert "POST worlds" in desk.admin("GET", "weather")["error"]


@pytest.mark.parametrize(
    ("method", "door", "asked"), [("POST", "reports", {"stage_secnds": 3}), ("GET", "requests", {"afer": 1})]
)
def test_a_misspelt_word_at_the_admin_door_is_refused_and_not_passed_over(desk, method, door, asked) -> None:
    said = desk.admin(method, door, **asked)["error"]

    assert next(iter(asked)) in said
    assert "known: " in said


def test_a_pace_of_reports_has_to_be_said(desk) -> None:
    desk.admin("POST", "reports", stage_seconds=30)

    assert "stage_seconds" in desk.admin("POST", "reports")["error"]
    assert desk.emulator.state.report_stage_seconds == 30
