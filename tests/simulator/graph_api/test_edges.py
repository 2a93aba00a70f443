"""Lists: pages, filters, and what is hidden."""

from __future__ import annotations

import pytest

ACCOUNT = "act_1000000000000002"


@pytest.fixture
def desk(open_desk):
    """Twenty ad sets."""
    return open_desk(("medium", 2))


def test_pages_end_to_end_give_every_object_once_in_order(desk) -> None:
    ids = [row["id"] for row in desk.all(f"{ACCOUNT}/adsets", limit=3)]

    assert ids == sorted(desk.account.ad_sets)
    assert len(ids) == 20


def test_next_is_there_only_while_there_is_more(desk) -> None:
    first = desk.get(f"{ACCOUNT}/adsets", limit=12)
    second = desk.get(f"{ACCOUNT}/adsets", limit=12, after=first["paging"]["cursors"]["after"])

    assert "next" in first["paging"]
    assert "next" not in second["paging"]
    assert "previous" in second["paging"]
    assert len(second["data"]) == 8


def test_going_back_gives_the_page_before(desk) -> None:
    first = desk.get(f"{ACCOUNT}/adsets", limit=5)
    second = desk.get(f"{ACCOUNT}/adsets", limit=5, after=first["paging"]["cursors"]["after"])

    assert desk.get(f"{ACCOUNT}/adsets", limit=5, before=second["paging"]["cursors"]["before"])["data"] == first["data"]


def test_twenty_five_is_the_page_size_unless_told(open_desk) -> None:
    desk = open_desk(("medium", 2))
    rows = desk.get(f"{ACCOUNT}/insights", level="adset", time_increment="1", date_preset="last_7d")["data"]

    assert len(rows) == 25


def test_the_summary_counts_everything(desk) -> None:
    body = desk.get(f"{ACCOUNT}/adsets", limit=2, summary="true")

    assert body["summary"] == {"total_count": 20}
    assert "summary" not in desk.get(f"{ACCOUNT}/adsets", limit=2)


def test_a_row_archived_between_two_pages_disturbs_no_other_row(desk) -> None:
    first = desk.get(f"{ACCOUNT}/adsets", limit=5)
    desk.post(first["data"][-1]["id"], status="ARCHIVED")
    second = desk.get(f"{ACCOUNT}/adsets", limit=5, after=first["paging"]["cursors"]["after"])

    assert second["data"][0]["id"] == sorted(desk.account.ad_sets)[5]


@pytest.mark.parametrize(
    "bad", [{"limit": "0"}, {"limit": "-3"}, {"limit": "many"}, {"after": "%%%"}, {"after": "Zm9v"}]
)
def test_impossible_pages_are_refused(desk, bad: dict[str, str]) -> None:
    assert desk.error(f"{ACCOUNT}/adsets", **bad) == (100, None)


def test_archived_objects_are_listed_only_on_request_and_deleted_ones_never(desk) -> None:
    ids = sorted(desk.account.ad_sets)
    desk.post(ids[0], status="ARCHIVED")
    desk.call("DELETE", f"/v26.0/{ids[1]}")

    listed = {row["id"] for row in desk.all(f"{ACCOUNT}/adsets")}
    archived = desk.all(f"{ACCOUNT}/adsets", effective_status='["ARCHIVED"]')
    assert listed == set(ids[2:])
    assert [row["id"] for row in archived] == [ids[0]]
    assert desk.error(f"{ACCOUNT}/adsets", effective_status='["DELETED"]') == (100, 1815001)
    assert desk.get(ids[1], fields="status")["status"] == "DELETED"


def test_children_belong_to_their_parent(desk) -> None:
    campaign = desk.get(f"{ACCOUNT}/campaigns")["data"][1]["id"]
    ad_sets = desk.all(f"{campaign}/adsets", fields="campaign_id")
    ads = desk.all(f"{campaign}/ads", fields="adset_id")

    assert {row["campaign_id"] for row in ad_sets} == {campaign}
    assert [row["adset_id"] for row in ads] == [row["id"] for row in ad_sets]
    assert [row["id"] for row in desk.all(f"{ad_sets[0]['id']}/ads")] == [ads[0]["id"]]


def test_filters_narrow_a_list_down(desk) -> None:
    wanted = sorted(desk.account.ad_sets)[3:5]
    by_id = [{"field": "id", "operator": "IN", "value": wanted}]
    by_name = [{"field": "adset.name", "operator": "CONTAIN", "value": "PROSPECTING"}]

    assert [row["id"] for row in desk.all(f"{ACCOUNT}/adsets", filtering=by_id)] == wanted
    named = desk.all(f"{ACCOUNT}/adsets", filtering=by_name, fields="name")
    assert named
    assert all("prospecting" in row["name"] for row in named)
    assert desk.error(f"{ACCOUNT}/adsets", filtering=[{"field": "shoe_size"}]) == (100, None)
