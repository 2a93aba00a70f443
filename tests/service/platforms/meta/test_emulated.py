"""The adapter against the Graph API emulator, over real HTTP: ordinary days and the faults of bad ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from service.errors import (
    HeldBack,
    InvalidRequest,
    OutcomeUnknown,
    Refused,
    SettingsError,
    Throttled,
    TooManyEdits,
    Unauthorised,
    Unavailable,
)
from service.platforms.meta.account import MetaAdAccount, MetaConnection, open_account
from service.platforms.meta.creates import Kind
from service.platforms.meta.read_back import Outcome
from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread
from simulator.identity import account_id
from simulator.scenarios import load_scenario

SEEDS = {"small": 3, "volatile": 4}
UNTIL = load_scenario("small").start_day - timedelta(days=1)
SINCE = UNTIL - timedelta(days=27)


@pytest.fixture
def emulator() -> Iterator[dict[str, Any]]:
    accounts = tuple(AccountConfig(name, seed) for name, seed in SEEDS.items())
    with run_in_thread(EmulatorConfig(accounts=accounts)) as running:
        yield running.facts


@pytest.fixture
def admin(emulator) -> Iterator[Callable[..., dict[str, Any]]]:
    with httpx.Client(base_url=emulator["admin_url"], trust_env=False) as http:

        def ask(door: str, **body: Any) -> dict[str, Any]:
            answer = http.post(door, json=body) if body else http.get(door)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found

        yield ask


@pytest.fixture
def opened(emulator) -> Callable[..., MetaAdAccount]:
    def open_it(scenario: str = "small", **changes: Any) -> MetaAdAccount:
        values = {
            "graph_url": emulator["url"],
            "access_token": emulator["access_token"],
            "app_id": emulator["app_id"],
            "app_secret": emulator["app_secret"],
            "account_id": account_id(SEEDS[scenario]),
            "timeout_seconds": 10.0,
        }
        return open_account(MetaConnection(**{**values, **changes}), wait=lambda seconds: None)

    return open_it


@pytest.fixture
def live(opened) -> MetaAdAccount:
    """The small account."""
    return opened()


def first_budget(account: MetaAdAccount) -> tuple[str, int]:
    return next(iter(account.budgets_minor().items()))


def test_an_account_is_read_and_steered_over_the_wire(live) -> None:
    ad_set_id, budget = first_budget(live)

    live.set_daily_budget(ad_set_id, budget + 250)

    assert live.facts().currency == "EUR"
    assert live.budgets_minor()[ad_set_id] == budget + 250
    assert {s.id: s.budget_minor for s in live.ad_sets()} == live.budgets_minor()
    assert live.report(SINCE, UNTIL).collected_through == UNTIL


@pytest.mark.parametrize("in_header", [True, False], ids=["header", "query"])
def test_the_token_is_accepted_either_way(in_header, opened) -> None:
    assert opened(token_in_header=in_header).facts().active


def test_an_account_in_whole_units_has_no_cents(opened) -> None:
    yen = opened("volatile")

    facts = yen.facts()
    rows = yen.report(SINCE, UNTIL).rows

    assert (facts.currency, facts.minor_per_major) == ("JPY", 1)
    assert sum(row.spend_minor for row in rows) > 0
    spent = sum(row.spend_minor for row in rows if row.day == UNTIL)
    assert spent < 2 * sum(s.budget_minor for s in yen.ad_sets())


def test_accounts_of_one_platform_do_not_mix(opened) -> None:
    small, volatile = opened(), opened("volatile")
    ad_set_id, budget = first_budget(small)
    before = volatile.budgets_minor()

    small.set_daily_budget(ad_set_id, budget + 100)

    assert volatile.budgets_minor() == before
    assert not set(before) & set(small.budgets_minor())


def test_too_much_data_at_once_gives_the_same_report_asynchronously(live, admin) -> None:
    at_once = live.report(SINCE, UNTIL)
    admin("faults", kind="too_much_data", match="GET account/insights")

    later = live.report(SINCE, UNTIL)

    assert len(at_once.rows) > 100
    assert later == at_once
    asked = [(r["method"], r["path"]) for r in admin("requests")["requests"]]
    assert any(method == "POST" and path.strip("/").endswith("insights") for method, path in asked)


LOST = {"lost_answer": True, "truncated_json": True, "empty_200": False, "http_500_html": False, "drop": False}


@pytest.mark.parametrize(("kind", "applied"), LOST.items())
def test_a_write_whose_answer_is_lost_is_unknown_until_it_is_read_back(kind, applied, live, admin) -> None:
    ad_set_id, budget = first_budget(live)
    admin("faults", kind=kind, match="POST adset daily_budget")

    with pytest.raises(OutcomeUnknown):
        live.set_daily_budget(ad_set_id, budget + 300)

    assert live.budgets_minor()[ad_set_id] == budget + (300 if applied else 0)
    writes = [r for r in admin("requests")["requests"] if r["method"] == "POST"]
    assert len(writes) == 1


@pytest.mark.parametrize("kind", [*LOST, "transient"])
def test_a_read_survives_two_bad_answers_and_gives_up_at_the_third(kind, live, admin) -> None:
    expected = live.budgets_minor()

    admin("faults", kind=kind, next=2, match="GET adsets")
    assert live.budgets_minor() == expected

    admin("faults", kind=kind, next=3, match="GET adsets")
    with pytest.raises(Unavailable):
        live.budgets_minor()


def test_a_throttled_account_says_when_to_come_back_and_nothing_changes(live, opened, admin) -> None:
    ad_set_id, budget = first_budget(live)
    admin("faults", kind="throttle", minutes=7, match="POST adset")

    with pytest.raises(Throttled) as caught:
        live.set_daily_budget(ad_set_id, budget + 300)

    assert caught.value.retry_after_seconds == 420.0
    assert opened().budgets_minor()[ad_set_id] == budget
    with pytest.raises(HeldBack, match="throttled"):
        live.budgets_minor()


def test_the_fourth_raise_within_an_hour_is_not_sent_and_lowering_may_use_it(live, admin) -> None:
    ad_set_id, budget = first_budget(live)
    for step in range(1, 4):
        live.set_daily_budget(ad_set_id, budget + step)

    with pytest.raises(TooManyEdits, match="next may go in"):
        live.set_daily_budget(ad_set_id, budget + 4)
    assert live.budgets_minor()[ad_set_id] == budget + 3
    live.set_daily_budget(ad_set_id, budget - 1)
    with pytest.raises(TooManyEdits):
        live.set_daily_budget(ad_set_id, budget - 2)

    assert live.budgets_minor()[ad_set_id] == budget - 1
    admin("clock", advance_days=1)
    live.budgets_minor()
    live.facts()
    live.set_daily_budget(ad_set_id, budget + 4)


def test_what_caudal_does_not_know_of_is_throttled_by_meta_for_an_hour(live, opened) -> None:
    ad_set_id, budget = first_budget(live)
    for step in range(1, 4):
        live.set_daily_budget(ad_set_id, budget + step)
    other = opened()
    other.set_daily_budget(ad_set_id, budget + 4)

    with pytest.raises(Throttled) as caught:
        other.set_daily_budget(ad_set_id, budget + 5)

    assert caught.value.retry_after_seconds >= 3600.0
    assert other.budgets_minor()[ad_set_id] == budget + 4
    with pytest.raises(TooManyEdits):  # and is left alone for the hour
        other.set_daily_budget(ad_set_id, budget)


def test_a_budget_below_metas_minimum_is_refused_by_name(live) -> None:
    ad_set_id, budget = first_budget(live)

    with pytest.raises(InvalidRequest, match="1885272"):
        live.set_daily_budget(ad_set_id, 1)

    assert live.budgets_minor()[ad_set_id] == budget


def test_an_ad_set_that_is_not_there_is_refused(live) -> None:
    with pytest.raises(Refused):
        live.set_daily_budget("999", 1000)


def test_a_wrong_token_is_unauthorised_for_reads_and_writes(opened) -> None:
    stranger = opened(access_token="EAABsomebodyelse", app_secret=None)  # noqa: S106 - a made-up token

    with pytest.raises(Unauthorised, match="renew"):
        stranger.facts()
    with pytest.raises(Unauthorised):
        stranger.set_daily_budget("1", 1000)


def test_a_wrong_app_secret_is_refused_before_anything_is_read(opened) -> None:
    with pytest.raises(InvalidRequest, match="appsecret_proof"):
        opened(app_secret="not the secret").facts()  # noqa: S106 - a made-up secret


def test_a_version_that_the_adapter_was_not_made_for_is_refused_unasked(opened) -> None:
    with pytest.raises(SettingsError, match=r"v26\.0"):
        opened(api_version="v3.0")


def test_allowances_are_seen_on_ordinary_answers(live) -> None:
    live.budgets_minor()

    usage = live.usage()

    assert usage.percentages
    assert all(0 <= value <= 100 for value in usage.percentages.values())


def test_a_day_that_has_not_come_has_no_rows(live) -> None:
    report = live.report(date(2100, 1, 1), date(2100, 1, 2))

    assert (report.rows, report.collected_through) == ((), None)


TOKENS = {kind: f"token-of-{kind}" for kind in Kind}


def tree_params(facts: dict[str, Any], made: dict[Kind, str], kind: Kind) -> dict[str, Any]:
    link = {"link": "https://shop.example", "message": "Spring"}
    return {
        Kind.CAMPAIGN: lambda: {
            "objective": "OUTCOME_SALES",
            "special_ad_categories": [],
            "is_adset_budget_sharing_enabled": False,
        },
        Kind.AD_SET: lambda: {
            "campaign_id": made[Kind.CAMPAIGN],
            "daily_budget": 2000,
            "billing_event": "IMPRESSIONS",
            "optimization_goal": "OFFSITE_CONVERSIONS",
            "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
            "promoted_object": {"pixel_id": facts["pixel_id"], "custom_event_type": "PURCHASE"},
            "targeting": {"geo_locations": {"countries": ["US"]}},
        },
        Kind.CREATIVE: lambda: {"object_story_spec": {"page_id": facts["page_id"], "link_data": link}},
        Kind.AD: lambda: {"adset_id": made[Kind.AD_SET], "creative": {"creative_id": made[Kind.CREATIVE]}},
    }[kind]()


@pytest.mark.slow
@pytest.mark.parametrize("fault", [None, "lost_answer", "duplicate", "truncated_json", "stale_read"])
def test_a_whole_tree_is_created_once_paused_and_found_again(fault, live, emulator, admin) -> None:
    made: dict[Kind, str] = {}
    for kind in (Kind.CAMPAIGN, Kind.AD_SET, Kind.CREATIVE, Kind.AD):
        if fault is not None:
            admin("faults", kind=fault, match=f"POST {kind}")
        params = tree_params(emulator, made, kind)

        created = live.created(kind, {"name": "Spring", **params}, TOKENS[kind])

        made[kind] = created.id
        assert created.found == (fault in ("lost_answer", "truncated_json"))
        assert live.created(kind, {"name": "Spring", **params}, TOKENS[kind]).id == created.id
        url = f"{emulator['url']}/{emulator['graph_version']}/{live.id}/{kind}"
        asked = {"access_token": emulator["access_token"], "fields": "name,status", "limit": "500"}
        rows = httpx.get(url, params=asked, trust_env=False).json()["data"]
        mine = [row for row in rows if TOKENS[kind] in row["name"]]
        assert [row["id"] for row in mine] == [created.id]
        assert kind is Kind.CREATIVE or mine[0]["status"] == "PAUSED"


def test_a_create_that_never_arrived_stays_unknown_and_is_sent_again_when_it_is_late_enough(
    opened, emulator, admin
) -> None:
    seconds = [0.0]

    def wait(pause: float) -> None:
        seconds[0] += pause

    connection = opened()._connection
    account = open_account(connection, wait=wait, monotonic=lambda: seconds[0])
    params = {"name": "Spring", **tree_params(emulator, {}, Kind.CAMPAIGN)}
    admin("faults", kind="drop", match="POST campaigns")

    for _ in range(2):
        with pytest.raises(OutcomeUnknown, match="token-of-campaigns"):
            account.created(Kind.CAMPAIGN, params, TOKENS[Kind.CAMPAIGN])
    seconds[0] += 600.0

    assert not account.created(Kind.CAMPAIGN, params, TOKENS[Kind.CAMPAIGN]).found


@pytest.mark.parametrize("active", [True, False])
def test_an_ad_set_is_paused_and_started_and_the_truth_is_read_back(active, live, admin) -> None:
    ad_set_id, _ = first_budget(live)
    live.write_status(ad_set_id, active=not active)
    admin("faults", kind="stale_read", match="POST adset", reads=2)

    written = live.write_status(ad_set_id, active=active)

    truth = next(s["active"] for s in admin("world")["accounts"][0]["ad_sets"] if s["id"] == ad_set_id)
    assert (written.outcome, truth) == (Outcome.CONFIRMED, active)


@pytest.mark.parametrize("kind", ["lost_answer", "stale_read", "duplicate", "http_500_html", "empty_200"])
def test_a_budget_is_confirmed_only_if_it_is_so(kind, live, admin) -> None:
    ad_set_id, budget = first_budget(live)
    admin("faults", kind=kind, match="POST adset daily_budget")

    written = live.write_daily_budget(ad_set_id, budget + 300)

    truth = next(s["budget_minor"] for s in admin("world")["accounts"][0]["ad_sets"] if s["id"] == ad_set_id)
    assert written.seen == truth
    assert (written.outcome is Outcome.CONFIRMED) == (truth == budget + 300)
    assert (truth == budget + 300) == (kind in ("lost_answer", "stale_read", "duplicate"))
