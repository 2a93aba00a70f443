"""Figures at hand are those that a fresh look would find."""

from __future__ import annotations

import numpy as np

from simulator.graph_api.reporting.recalled import ad_figures


def test_figures_are_looked_up_once_a_moment(desk) -> None:
    account = desk.account
    since, until = account.world.first_day, account.today
    first = ad_figures(account, since, until, 1)

    assert ad_figures(account, since, until, 1) is first
    assert list(first.row_of) == list(account.ads)
    for later in (ad_figures(account, since, until, 2), ad_figures(account, since, until, 1)):
        assert later is not first
        assert all(np.array_equal(array, first.arrays[name]) for name, array in later.arrays.items())


def test_a_report_of_one_object_after_another_is_right_after_every_change(desk) -> None:
    ad_sets = sorted(desk.account.ad_sets)[:2]
    asked = {"fields": "spend", "date_preset": "today"}

    def spent() -> list[str]:
        return [row["spend"] for one in ad_sets for row in desk.get(f"{one}/insights", **asked)["data"]]

    desk.admin("POST", "clock", advance_seconds=6 * 3600)
    before = spent()
    desk.post(ad_sets[0], daily_budget="40000")
    after = spent()
    assert after[0] != before[0]
    assert after[1] == before[1]
    desk.admin("POST", "clock", advance_seconds=3600)
    assert spent()[1] != after[1]
