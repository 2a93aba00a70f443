"""Reports at hand: as fast as they are right."""

from __future__ import annotations

from decimal import Decimal

from simulator.graph_api.reporting.shelf import PLACES, Shelf

ASKED = {"level": "adset", "time_increment": "1", "fields": "adset_id,adset_name,spend,actions", "limit": "7"}


def test_the_same_question_is_answered_once_and_every_page_of_it() -> None:
    shelf, made = Shelf[int](), []

    def make() -> int:
        made.append(len(made))
        return made[-1]

    for params in ({"level": "ad"}, {"level": "ad", "limit": 5}, {"level": "ad", "after": "x"}):
        assert shelf.take("account 1", params, lambda _: 1, make) == 0
    assert shelf.take("account 2", {"level": "ad"}, lambda _: 1, make) == 1
    assert shelf.take("account 1", {"level": "ad"}, lambda _: 2, make) == 2


def test_old_answers_make_room() -> None:
    shelf, made = Shelf[int](), []
    for number in [*range(PLACES + 1), 0]:
        shelf.take(str(number), {}, lambda _: 1, lambda: made.append(1) or 0)

    assert len(made) == PLACES + 2


def test_pages_show_a_change_at_once(desk) -> None:
    path, ad_set = f"{desk.account.id}/insights", min(desk.account.ad_sets)
    before = desk.get(path, **ASKED, date_preset="last_7d")["data"]
    desk.post(ad_set, name="Renamed")

    after = desk.get(path, **ASKED, date_preset="last_7d")["data"]
    assert [row["spend"] for row in after] == [row["spend"] for row in before]
    assert {row["adset_name"] for row in after if row["adset_id"] == ad_set} == {"Renamed"}


def test_a_day_that_goes_on_is_not_remembered(desk) -> None:
    path, today = f"{desk.account.id}/insights", {"fields": "spend", "date_preset": "today"}
    seen = []
    for _ in range(5):
        desk.admin("POST", "clock", advance_seconds=3600)
        seen.append(Decimal(desk.get(path, **today)["data"][0]["spend"]))

    assert seen == sorted(set(seen))


def test_a_new_morning_restates_the_past(desk) -> None:
    path = f"{desk.account.id}/insights"
    day = (desk.account.today).isoformat()
    desk.pass_days(1)
    seen = []
    for _ in range(3):
        rows = desk.get(path, fields="actions", time_range={"since": day, "until": day})["data"]
        seen.append(next(item["value"] for item in rows[0]["actions"] if item["action_type"] == "purchase"))
        desk.pass_days(1)

    assert int(seen[0]) < int(seen[1]) <= int(seen[2])
