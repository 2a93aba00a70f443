"""The page at / and the JSON behind it."""

from __future__ import annotations

import re
import shutil

import pytest
import requests
from playwright.sync_api import expect, sync_playwright

from simulator.graph_api import AccountConfig, EmulatorConfig, Recipe, run_in_thread

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"> & 'quoted'"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@pytest.fixture(scope="module")
def shown():
    with run_in_thread(
        EmulatorConfig((AccountConfig("small", 1), AccountConfig("volatile", 2))), {"b": Recipe(("small",), seed=7)}
    ) as running:
        yield running


@pytest.fixture
def web(shown):
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {shown.facts['access_token']}"
        yield session


@pytest.mark.parametrize("path", ["/", "/b/", "/b"])
def test_every_world_has_the_page_and_it_asks_nobody_else(shown, web, path: str) -> None:
    answer = web.get(f"{shown.url}{path}")

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert re.findall(r"(?:src|href|action)=\"(?!data:)", answer.text) == []
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", answer.text) == []
    assert "innerHTML" not in answer.text


def test_the_root_of_the_api_is_still_the_api(shown, web) -> None:
    assert web.get(f"{shown.url}/v26.0/").json()["error"]["code"] == 100
    assert web.get(f"{shown.url}/", params={"ids": "1"}).json()["error"]["code"] == 100
    assert web.post(f"{shown.url}/", data={"batch": "[]"}).json() == []


def test_pages_of_other_sites_cannot_steer_it(shown, web) -> None:
    url, host = f"{shown.url}/_emulator/clock", shown.url.removeprefix("http://")
    answers = [
        web.post(url, json={"advance_seconds": 1}, headers={"Origin": origin}).status_code
        for origin in ("https://example.org", "null", f"http://{host}")
    ]

    assert answers == [403, 403, 200]


def test_its_json_shows_the_tree_as_clients_see_it_without_counting_as_a_call(shown, web) -> None:
    admin = shown.facts["admin_url"]
    web.post(f"{admin}/clock", json={"advance_seconds": 12 * 3600})
    before = web.get(f"{admin}/requests").json()["total"]
    found = web.get(f"{admin}/page").json()
    account = shown.facts["ad_account_ids"][0]
    rows = web.get(
        f"{shown.url}/v26.0/{account}/insights",
        params={"level": "adset", "date_preset": "today", "fields": "adset_id,spend"},
    ).json()["data"]
    ad_sets = [ad_set for campaign in found["campaigns"] for ad_set in campaign["adsets"]]

    assert {ad_set["id"]: ad_set["today"]["spend"] for ad_set in ad_sets} == {r["adset_id"]: r["spend"] for r in rows}
    assert all(int(ad_set["daily_budget"]) > 0 and ad_set["ads"] for ad_set in ad_sets)
    assert (found["account"]["currency"], found["account"]["day"], found["speed"]) == ("EUR", 1, 0)
    assert web.get(f"{admin}/requests").json()["total"] == before + 1


def test_it_shows_the_account_that_is_asked_for_and_only_new_requests(shown, web) -> None:
    admin, yen = shown.facts["admin_url"], shown.facts["ad_account_ids"][1]
    web.get(f"{shown.url}/v26.0/{yen}/nonsense")
    found = web.get(f"{admin}/page", params={"account": yen}).json()
    newest = found["requests"][-1]
    again = web.get(f"{admin}/page", params={"account": yen, "after": newest["n"]}).json()

    assert (found["account"]["id"], found["account"]["minor_per_major"]) == (yen, 1)
    assert (newest["path"], newest["code"]) == (f"/v26.0/{yen}/nonsense", 100)
    assert again["requests"] == []
    assert web.get(f"{admin}/page", params={"account": "act_9"}).status_code == 400


@pytest.mark.slow
@pytest.mark.skipif(not BROWSER, reason="there is no Chromium on this machine")
def test_in_a_browser_it_shows_hostile_names_as_text_and_its_buttons_work(shown, web) -> None:
    broken: list[str] = []
    ad_set = web.get(f"{shown.url}/v26.0/{shown.facts['ad_account_ids'][0]}/adsets").json()["data"][0]["id"]
    web.post(f"{shown.url}/v26.0/{ad_set}", data={"name": HOSTILE})
    before = web.get(f"{shown.url}/_emulator/clock").json()["now"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=list(QUIET))
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda said: broken.append(said.text) if said.type in {"error", "warning"} else None)
        page.goto(shown.url)
        expect(page.get_by_text(HOSTILE, exact=True).first).to_be_visible()
        page.get_by_role("button", name="+ 1 day").click()
        page.get_by_label("By themselves").select_option("calm")
        page.get_by_label("On purpose").select_option("throttle")
        page.get_by_role("button", name="Plan").click()
        expect(page.locator("#planned li")).to_have_count(1)
        page.get_by_label("Speed").select_option("60")
        page.get_by_role("link", name="b", exact=True).click()
        expect(page.locator("#world")).to_have_text("/ b")
        expect(page.locator("tr.adset")).to_have_count(5)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.title() == "Graph API emulator"
        browser.close()
    clock = web.get(f"{shown.url}/_emulator/clock").json()

    assert broken == []
    assert clock["now"] > before
    assert clock["speed"] == 60
    faults = web.get(f"{shown.url}/_emulator/faults").json()
    assert (faults["planned"][0]["kind"], faults["profile"]["name"]) == ("throttle", "calm")
