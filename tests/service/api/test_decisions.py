"""Decisions and budgets at the REST door."""

from dataclasses import replace

import pytest

ACCOUNT = "/api/v1/meta/accounts/act_42"


def test_decisions_come_newest_first(client):
    days = [item["day"] for item in client.get(f"{ACCOUNT}/decisions?limit=3").json()["items"]]

    assert days == ["2026-03-02", "2026-03-01", "2026-02-28"]


def test_following_next_before_reads_every_decision_once(client):
    seen, before = [], ""
    while before is not None:
        page = client.get(f"{ACCOUNT}/decisions?limit=7{before and '&before=' + before}").json()
        seen += [item["day"] for item in page["items"]]
        before = page["next_before"]

    assert len(seen) == len(set(seen)) == 30
    assert seen == sorted(seen, reverse=True)


def test_a_last_page_that_is_exactly_full_has_no_next(client):
    assert client.get(f"{ACCOUNT}/decisions?limit=30").json()["next_before"] is None


def test_an_account_without_decisions_has_an_empty_page(fakes, open_client):
    client = open_client(fakes.books(fakes.account(), days=0))

    assert client.get(f"{ACCOUNT}/decisions").json() == {"items": [], "next_before": None}


def test_a_decision_tells_reason_belief_findings_and_receipt_of_each_line(client, fakes):
    answer = client.get(f"{ACCOUNT}/decisions/2026-03-02").json()
    line = answer["lines"][0]

    assert line["ad_set_id"] == fakes.AD_SETS[0][0]
    assert line["reason"].startswith("returned 2.31")
    assert line["marginal_roas"] == {"low": 1.2, "expected": 1.8, "high": 2.6}
    assert (line["receipt"]["state"], line["receipt"]["verified_minor"]) == ("applied", line["to_minor"])
    assert [finding["guardrail"] for finding in answer["findings"]] == ["max_daily_change", "total_budget"]
    assert answer["policy"]["name"] == "thompson"
    assert (answer["currency"], answer["minor_per_major"]) == ("EUR", 100)


def test_a_line_without_belief_says_null(client):
    assert client.get(f"{ACCOUNT}/decisions/2026-03-02").json()["lines"][2]["marginal_roas"] is None


def test_a_decision_explains_every_line_and_the_whole(client):
    answer = client.get(f"{ACCOUNT}/decisions/2026-03-02").json()
    told = answer["lines"][0]["explanation"]

    assert told["reason"] in {"returns_more", "returns_less"}
    assert told["limit"] == "guardrail"
    assert told["marginal_roas"] == {"low": 1.2, "expected": 1.8, "high": 2.6}
    assert told["flip"] == {
        "turns": "cut",
        "marginal_roas": 1.42,
        "believed": 1.8,
        "taken_for": 1.9,
        "probability": 0.12,
    }
    assert answer["lines"][2]["explanation"]["flip"] is None
    assert answer["summary"]["gain_minor"] == {"low": 1210.0, "expected": 4120.0, "high": 7030.0}
    assert answer["summary"]["limits"] == [{"limit": "guardrail", "ad_sets": 1}]


def test_a_decision_from_before_explanations_has_null_there(fakes, open_client):
    books = fakes.books(fakes.account(), days=1)
    (record,) = books.records["act_42"]
    lines = tuple(replace(line, explanation=None) for line in record.decision.lines)
    books.records["act_42"] = [replace(record, decision=replace(record.decision, lines=lines, summary=None))]

    answer = open_client(books).get(f"{ACCOUNT}/decisions/2026-03-02").json()

    assert answer["summary"] is None
    assert {line["explanation"] for line in answer["lines"]} == {None}


def test_a_day_without_decision_names_the_last_one_before_it(client):
    answer = client.get(f"{ACCOUNT}/decisions/2026-03-09")

    assert answer.status_code == 404
    assert (
        answer.json()["detail"]
        == "account act_42 has no decision for 2026-03-09; the last one before it is for 2026-03-02"
    )


def test_the_last_day_there_is_can_be_asked_for(client):
    assert client.get(f"{ACCOUNT}/decisions/9999-12-31").status_code == 404


@pytest.mark.parametrize(("days", "first"), [(1, "2026-03-02"), (7, "2026-02-24")])
def test_budgets_reach_back_the_days_asked_for_today_included(client, days, first):
    answer = client.get(f"{ACCOUNT}/budgets?days={days}").json()

    assert (answer["days"][0], len(answer["days"])) == (first, days)
    assert {len(ad_set["budgets_minor"]) for ad_set in answer["ad_sets"]} == {days}


def test_an_ad_set_without_a_budget_on_a_day_has_null_there(fakes, open_client):
    books = fakes.books(fakes.account(), days=2)
    del books.points["act_42"][0]

    first, *others = open_client(books).get(f"{ACCOUNT}/budgets").json()["ad_sets"]

    assert first["budgets_minor"] == [None, fakes.budgets_on(fakes.TODAY)[0]]
    assert all(None not in other["budgets_minor"] for other in others)


def test_a_renamed_ad_set_carries_its_newest_name(fakes, open_client):
    books = fakes.books(fakes.account(), days=2)
    points = books.points["act_42"]
    points[0] = replace(points[0], name="as it was called before")

    assert open_client(books).get(f"{ACCOUNT}/budgets").json()["ad_sets"][0]["name"] == fakes.AD_SETS[0][1]
