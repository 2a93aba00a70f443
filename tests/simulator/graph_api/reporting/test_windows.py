"""Attribution windows: parts of what is reported, nested as Meta nests them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.graph_api.reporting.windows import windows_of
from simulator.identity import ad_set_id
from simulator.mechanisms.attribution import windows
from simulator.scenarios import load_scenario
from simulator.world import World

from .conftest import EVERYTHING, SMALL

ASKED = ["1d_click", "7d_click", "28d_click", "1d_view", "7d_view", "28d_view", "1d_ev", "dda", "default"]


def purchase(row, name: str = "actions") -> dict[str, Decimal]:
    item = next(item for item in row[name] if item["action_type"] == "purchase")
    return {key: Decimal(value) for key, value in item.items() if key != "action_type"}


def test_without_windows_an_action_is_a_type_and_a_value(report) -> None:
    for row in report(EVERYTHING, "actions,action_values,cost_per_action_type"):
        for name in ("actions", "action_values", "cost_per_action_type"):
            assert all(set(item) == {"action_type", "value"} for item in row[name])


@pytest.mark.parametrize("account", [SMALL, EVERYTHING])
@pytest.mark.parametrize("more", [{}, {"level": "adset", "time_increment": "1"}, {"breakdowns": ["age"]}])
def test_windows_contain_each_other(report, account: str, more) -> None:
    for row in report(account, "actions,action_values", action_attribution_windows=ASKED, **more):
        if all(item["action_type"] == "link_click" for item in row.get("actions", [])):
            continue
        for name in ("actions", "action_values"):
            found = {window: purchase(row, name).get(window, Decimal(0)) for window in ["value", *ASKED]}
            assert found["1d_click"] <= found["7d_click"] <= found["28d_click"]
            assert abs(found["7d_click"] + found["1d_view"] - found["value"]) <= Decimal("0.01")
            assert not any(found[window] for window in ("7d_view", "28d_view", "1d_ev", "dda", "default"))


def test_a_click_counts_at_once_in_every_click_window(report) -> None:
    row = report(SMALL, "actions", action_attribution_windows=["1d_click", "28d_click", "1d_view"])[0]
    click = next(item for item in row["actions"] if item["action_type"] == "link_click")

    assert click["value"] == click["1d_click"] == click["28d_click"]
    assert "1d_view" not in click


def test_windows_of_a_plain_world_are_clicks_only_and_half_come_on_the_first_day(open_desk) -> None:
    desk = open_desk()
    desk.pass_days(10)
    asked = {"action_attribution_windows": "1d_click,7d_click,1d_view", "fields": "actions"}
    found = purchase(desk.get(f"{desk.account.id}/insights", date_preset="last_28d", **asked)["data"][0])

    share = load_scenario("small").same_day_share
    assert found["7d_click"] == found["value"]
    assert "1d_view" not in found
    assert abs(float(found["1d_click"] / found["value"]) - share) < 0.08


def test_yesterdays_purchases_are_all_of_the_first_day_and_later_ones_are_not(open_desk) -> None:
    desk = open_desk()
    day = {"since": "2026-03-01", "until": "2026-03-01"}
    asked = {"action_attribution_windows": "1d_click", "fields": "actions", "time_range": day}
    seen = []
    for _ in range(9):
        seen.append(purchase(desk.get(f"{desk.account.id}/insights", **asked)["data"][0]))
        desk.pass_days(1)

    first = [found["1d_click"] for found in seen]
    assert first == sorted(first)
    assert first[-1] < seen[-1]["value"]
    assert seen[0]["1d_click"] >= Decimal("0.8") * seen[0]["value"]


@pytest.mark.slow
def test_windows_of_a_world_with_attribution_are_the_worlds_own(report) -> None:
    """On days that are final, what the wire says is what the world's ledger says, ad set by ad set."""
    world = World(load_scenario("everything"), seeds=[2])
    days = {"since": world.first_day.isoformat(), "until": (world.first_day + timedelta(days=14)).isoformat()}
    asked = {"level": "adset", "time_increment": "1", "time_range": days, "action_attribution_windows": ASKED}
    seen = {name: np.zeros((16, 15), dtype=np.int64) for name in ("1d_click", "7d_click", "1d_view")}
    for row in report(EVERYTHING, "adset_id,actions", **asked):
        day = (date.fromisoformat(row["date_start"]) - world.first_day).days
        ad_set = next(i for i in range(16) if ad_set_id(2, i) == row["adset_id"])
        if any(item["action_type"] == "purchase" for item in row.get("actions", [])):
            for name, array in seen.items():
                array[ad_set, day] = int(purchase(row).get(name, 0))

    truth = windows(world.caused_by_category(28)[:, 0, :, :15])
    for name, array in seen.items():
        assert np.array_equal(array, truth[name]), name
    assert seen["1d_view"].sum() > 0


@settings(derandomize=True, deadline=None)
@given(parts=st.tuples(*[st.integers(0, 1000)] * 4))
def test_windows_never_exceed_what_they_are_in(parts: tuple[int, ...]) -> None:
    rest, first, viewed, late = parts
    found = windows_of(rest + viewed, {"click_1d": first, "view_1d": viewed, "late": late})

    assert found.get("1d_click", 0) <= found.get("7d_click", 0) <= found.get("28d_click", 0)
    assert found.get("7d_click", 0) + found.get("1d_view", 0) == rest + viewed
