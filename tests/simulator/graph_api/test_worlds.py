"""Several worlds behind one port, each under its own path."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

from simulator.graph_api import AccountConfig, EmulatorConfig, EmulatorError, Recipe, run_in_thread
from simulator.graph_api.recipes import checked_name
from simulator.graph_api.worlds import Worlds

AD_SET = "1202000000000120000"
SMALL = (AccountConfig("small", 1),)


@pytest.fixture
def web():
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def two():
    """A world without a name, and one under /b with another seed."""
    with run_in_thread(EmulatorConfig(SMALL), {"b": Recipe(("small",), seed=7)}) as running:
        yield running


def sdk_of(facts: dict[str, Any]) -> FacebookAdsApi:
    session = FacebookSession(facts["app_id"], facts["app_secret"], facts["access_token"], timeout=20)
    session.GRAPH = facts["url"]
    session.requests.trust_env = False
    return FacebookAdsApi(session)


def test_the_sdk_reaches_a_world_by_a_path_prefix_and_pages_through_it(two) -> None:
    api = sdk_of(two.facts["worlds"]["b"])
    (account,) = User("me", api=api).get_ad_accounts()
    rows = list(account.get_ad_sets(fields=["name"], params={"limit": 2}))

    assert account["id"] == two.facts["worlds"]["b"]["ad_account_ids"][0] != two.facts["ad_account_ids"][0]
    assert len({row["id"] for row in rows}) == 5


def test_the_next_url_of_a_page_leads_into_the_same_world(two, web) -> None:
    facts = two.facts["worlds"]["b"]
    web.headers["Authorization"] = f"Bearer {facts['access_token']}"
    first = web.get(f"{facts['url']}/v26.0/{facts['ad_account_ids'][0]}/adsets", params={"limit": 3}).json()

    assert first["paging"]["next"].startswith(f"{two.url}/b/v26.0/")
    assert len(web.get(first["paging"]["next"]).json()["data"]) == 2


def test_each_world_has_its_own_clock_log_and_faults(two, web) -> None:
    facts = two.facts["worlds"]["b"]
    web.post(f"{facts['admin_url']}/clock", json={"advance_days": 1})
    web.post(f"{facts['admin_url']}/faults", json={"kind": "http_500_html"})
    list(User("me", api=sdk_of(two.facts)).get_ad_accounts())

    assert web.get(f"{two.url}/_emulator/clock").json()["now"] == "2026-03-02T01:30:00+00:00"
    assert web.get(f"{facts['admin_url']}/clock").json()["now"] == "2026-03-03T01:30:00+00:00"
    assert web.get(f"{facts['admin_url']}/requests").json()["total"] == 0
    assert len(web.get(f"{facts['admin_url']}/faults").json()["planned"]) == 1


def test_a_world_that_is_not_there_is_a_404_that_names_those_that_are(two, web) -> None:
    for path in ("nowhere/v26.0/me", "nowhere/v26.0//me/", "nowhere/_emulator/clock"):
        answer = web.get(f"{two.url}/{path}")
        assert answer.status_code == 404
        assert "no world 'nowhere' here. Known: b" in answer.json()["error"]["message"]


def test_paths_of_the_api_are_never_taken_for_worlds(two, web) -> None:
    web.headers["Authorization"] = f"Bearer {two.facts['access_token']}"

    for path in ("me", "v26.0/me/adaccounts", f"{AD_SET}/", "v26.0//me", "act_1000000000000001/adsets"):
        assert web.get(f"{two.url}/{path}").status_code == 200


def test_a_world_is_made_and_removed_over_the_admin_door(two, web) -> None:
    door = f"{two.url}/_emulator/worlds"
    made = web.post(door, json={"name": "c", "scenarios": ["volatile"], "seed": 4, "accounts": 2, "speed": 60}).json()
    again = web.post(door, json={"name": "c"})
    accounts = list(User("me", api=sdk_of(made)).get_ad_accounts())
    listed = [world["world"] for world in web.get(door).json()["worlds"]]

    assert (len(accounts), made["speed"], made["url"]) == (2, 60, f"{two.url}/c")
    assert (again.status_code, "there is a world 'c' already" in again.json()["error"]) == (400, True)
    assert listed == ["", "b", "c"]
    assert web.delete(f"{door}/c").json() == {"success": True}
    assert web.get(f"{made['url']}/v26.0/me").status_code == 404
    assert web.delete(f"{door}/c").status_code == 400


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "a world's name is a small letter"),
        ({"name": "B"}, "a world's name is a small letter"),
        ({"name": "v26"}, "cannot be called 'v26'"),
        ({"name": "me"}, "paths of the API begin so"),
        ({"name": "c", "scenario": "smalls"}, "did you mean 'small'"),
        ({"name": "c", "speeed": 1}, "a world has no speeed"),
        ({"name": "c", "speed": -1}, "speed must be a number of at least 0"),
        ({"name": "c", "seed": 1.5}, "seed must be a number of at least 0"),
        ({"name": "c", "accounts": 0}, "at least one account"),
        ({"name": "c", "accounts": 10**9}, "1000 accounts are the most"),
        ({"name": "c", "start": "tomorrow"}, "start must be 'now' or a day"),
        ({"name": "c", "scenarios": [1]}, "scenarios must be names"),
    ],
)
def test_a_world_that_cannot_be_is_refused_and_nothing_is_made(two, web, asked, sentence: str) -> None:
    answer = web.post(f"{two.url}/_emulator/worlds", json=asked)

    assert answer.status_code == 400
    assert sentence in answer.json()["error"]
    assert len(web.get(f"{two.url}/_emulator/worlds").json()["worlds"]) == 2


@pytest.mark.slow
def test_worlds_of_a_command_line_and_of_the_admin_door_are_there_after_a_restart(tmp_path: Path, web) -> None:
    config = EmulatorConfig(SMALL, state_file=tmp_path / "state.jsonl")
    worlds = {"b": Recipe(("small",), seed=7)}
    with run_in_thread(config, worlds) as first:
        web.post(f"{first.url}/_emulator/worlds", json={"name": "c", "seed": 9})
        web.post(f"{first.url}/_emulator/worlds", json={"name": "gone"})
        web.delete(f"{first.url}/_emulator/worlds/gone")
        for name, facts in first.facts["worlds"].items():
            ad_set = next(iter(User("me", api=sdk_of(facts)).get_ad_accounts()[0].get_ad_sets()))
            ad_set.api_update(params={"daily_budget": 20000 + ord(name)})
    with run_in_thread(config, worlds) as second:
        budgets = {}
        for name, facts in second.facts["worlds"].items():
            ad_set = next(iter(User("me", api=sdk_of(facts)).get_ad_accounts()[0].get_ad_sets()))
            budgets[name] = AdSet(ad_set["id"], api=ad_set.get_api_assured()).api_get(fields=["daily_budget"])[
                "daily_budget"
            ]

    assert budgets == {"b": "20098", "c": "20099"}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "state.jsonl", "state.jsonl.b", "state.jsonl.c", "state.jsonl.worlds.json",
    ]  # fmt: skip


def test_a_damaged_list_of_worlds_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "state.jsonl.worlds.json").write_text('{"b": [')

    with pytest.raises(EmulatorError, match=r"list of worlds in .* cannot be read"):
        run_in_thread(EmulatorConfig(SMALL, state_file=tmp_path / "state.jsonl"))


def test_where_everyone_may_call_no_file_is_read_for_them(web) -> None:
    config = EmulatorConfig(SMALL, everyone_may_call=True)
    with run_in_thread(config) as running:
        answer = web.post(f"{running.url}/_emulator/worlds", json={"name": "c", "scenario": "/etc/passwd.yaml"})

    assert (answer.status_code, "by name" in answer.json()["error"]) == (400, True)


def test_a_world_begins_now_by_moving_its_scenario_and_runs_at_the_real_pace() -> None:
    now = datetime(2027, 5, 4, 12, 0, tzinfo=UTC)
    config = Recipe(("small",), start="now").config(now)

    assert (config.accounts[0].market.start_day, config.begins_now, config.speed) == (date(2027, 5, 4), True, 1.0)
    early = datetime(2027, 5, 4, 0, 10, tzinfo=UTC)  # ten past two in Berlin: the scenario's day opens at half past two
    assert Recipe(("small",), start="now").config(early).accounts[0].market.start_day == date(2027, 5, 3)


def test_a_world_that_began_now_goes_on_from_its_own_first_day_on_a_later_day(tmp_path: Path) -> None:
    file, recipe = tmp_path / "state.jsonl", Recipe(("small",), start="now", speed=0)
    for now in (datetime(2027, 5, 4, 12, tzinfo=UTC), datetime(2027, 5, 9, 12, tzinfo=UTC)):
        worlds = Worlds(recipe.config(now, file), {}, lambda: 0.0, lambda now=now: now)
        (account,) = worlds.default.state.accounts.values()
        assert worlds.default.now() == now
        assert account.scenario.start_day == date(2027, 5, 4)
        worlds.close()


def test_a_world_made_over_the_admin_door_begins_now_too(two, web) -> None:
    before = datetime.now(UTC)
    made = web.post(f"{two.url}/_emulator/worlds", json={"name": "c", "start": "now"}).json()

    assert before <= datetime.fromisoformat(made["now"]) <= datetime.now(UTC)
    account = User("me", api=sdk_of(made)).get_ad_accounts()[0]
    (row,) = account.get_insights(params={"date_preset": "yesterday", "level": "account"})
    local = datetime.fromisoformat(made["now"]).astimezone(ZoneInfo("Europe/Berlin"))
    assert row["date_start"] == (local.date() - timedelta(days=1)).isoformat()


def test_a_first_day_can_be_chosen() -> None:
    assert Recipe(start="2027-01-04").config(datetime(2027, 5, 4, tzinfo=UTC)).accounts[0].market.start_day == date(
        2027, 1, 4
    )


def test_a_world_on_a_command_line_is_read_in_one_form() -> None:
    assert Recipe.parse("b=small,medium@3") == ("b", Recipe(("small", "medium"), 3))
    assert Recipe.parse("b=small", speed=2.0) == ("b", Recipe(("small",), 1, speed=2.0))
    for text in ("b", "b=", "=small", "b=small@", "b=small@x", "B=small"):
        with pytest.raises(EmulatorError):
            Recipe.parse(text)


def test_a_recipe_is_the_same_after_json() -> None:
    recipe = Recipe(("small", "medium"), 3, 4, 60.0, "now")

    assert Recipe.from_json(recipe.to_json()) == recipe
    assert checked_name("b-2_c") == "b-2_c"
