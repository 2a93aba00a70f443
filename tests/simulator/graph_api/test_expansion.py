"""Nested fields: what a client asks of the objects that an object leads to."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from simulator.graph_api.errors import GraphError
from simulator.graph_api.selection import selection


def test_an_edge_inside_fields_is_a_page_of_its_own(desk) -> None:
    account = desk.account.id

    body = desk.get(account, fields="name,adsets.limit(2){name,campaign{name}}")

    assert len(body["adsets"]["data"]) == 2
    assert "next" in body["adsets"]["paging"]
    assert set(body["adsets"]["data"][0]) == {"id", "name", "campaign"}
    assert body["adsets"]["data"][0]["campaign"]["name"] == "Campaign 1"


def test_rows_of_a_list_are_expanded_one_by_one(desk) -> None:
    rows = desk.get(f"{desk.account.id}/campaigns", fields="name,adsets{id},insights.date_preset(last_7d){spend}")[
        "data"
    ]

    listed = {row["id"]: {one["id"] for one in row["adsets"]["data"]} for row in rows}
    for campaign, ad_sets in listed.items():
        assert {row["id"] for row in desk.all(f"{campaign}/adsets")} == ad_sets
    alone = desk.get(f"{rows[0]['id']}/insights", date_preset="last_7d", fields="spend")["data"]
    assert rows[0]["insights"]["data"] == alone


def test_the_addresses_of_other_pages_ask_for_the_same_nested_fields(desk) -> None:
    account, wanted = desk.account.id, "name,ads{name}"

    outer = desk.get(f"{account}/adsets", fields=wanted, limit=1)["paging"]
    inner = desk.get(account, fields=f"adsets.limit(1){{{wanted}}}")["adsets"]["paging"]

    for paging in (outer, inner):
        query = dict(parse_qsl(urlsplit(paging["next"]).query))
        assert query["fields"] == wanted
        following = desk.get(f"{account}/adsets", **query)
        assert set(following["data"][0]) == {"id", "name", "ads"}
        assert "previous" in following["paging"]


def test_a_json_list_of_fields_may_nest_too(desk) -> None:
    body = desk.get(f"{desk.account.id}/ads", fields='["name","adset{daily_budget}"]', limit=1)["data"][0]

    assert int(body["adset"]["daily_budget"]) > 0


def test_an_unknown_field_inside_is_an_error_of_the_inner_kind(desk) -> None:
    error = desk.get(desk.account.id, fields="adsets{nonsense}")["error"]

    assert "nonexisting field (nonsense) on node type (AdSet)" in error["message"]


@pytest.mark.parametrize("fields", ["adsets{id", "adsets.limit(2", "name}", "a.b", "adsets.(2)"])
def test_brackets_that_do_not_match_are_a_syntax_error(desk, fields: str) -> None:
    assert desk.get(desk.account.id, fields=fields)["error"]["code"] == 2500


def test_nesting_has_an_end() -> None:
    with pytest.raises(GraphError, match="nested more than"):
        selection({"fields": "a{" * 9 + "b" + "}" * 9})


def test_a_selection_reads_back_as_it_was_written() -> None:
    written = 'name,adsets.limit(2).filtering([{"field":"id"}]){id,ads{name}}'

    assert ",".join(one.text() for one in selection({"fields": written})) == written
