"""The pages in a real browser, over real HTTP on loopback: nobody else is asked, nothing breaks, charts are drawn."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
import uvicorn
from playwright.sync_api import expect, sync_playwright

from service.api.application import web_app

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
pytestmark = pytest.mark.slow


@contextmanager
def served(app):
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.fixture(scope="module")
def chromium(browser_path):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def world(fakes):
    yen = {"currency": "JPY", "minor_per_major": 1, "time_zone": "Asia/Tokyo"}
    return fakes.books(fakes.account(), fakes.account("act_7", name="Norte", problem="token expired", **yen))


@pytest.fixture
def url(fakes, world):
    app = web_app(books=world, store=fakes.FakeStore(), clock=fakes.StillClock(), version="1.2.3")
    with served(app) as address:
        yield address


@pytest.fixture
def opened(chromium):
    """Open a page; what it asked others for and what broke is collected, and must be nothing at the end."""
    contexts, foreign, broken = [], [], []

    def open_page(address, **more):
        context = chromium.new_context(**more)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((address, "data:")) else None)
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda said: broken.append(said.text) if said.type in {"error", "warning"} else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert foreign == []
    assert broken == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 768)], ids=str)
def test_the_page_draws_its_charts_and_fits(opened, url, tmp_path, scheme, width):
    page = opened(url, color_scheme=scheme, viewport={"width": width, "height": 900})
    page.goto(url)

    expect(page.locator("figure[data-drawn=yes]")).to_have_count(2)
    expect(page.locator(".reading").first).to_have_text("Mon 2 Mar: 1,000.00 EUR")
    assert page.locator("#act_42 .legend li").count() == 4
    painted = page.locator("#act_42 canvas").evaluate(
        "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"
    )
    assert painted > 4
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=tmp_path / f"today-{scheme}-{width}.png", full_page=True)


def test_the_reading_follows_the_pointer(opened, url):
    page = opened(url, viewport={"width": 1280, "height": 900})
    page.goto(url)
    expect(page.locator("figure[data-drawn=yes]")).to_have_count(2)
    box = page.locator("#act_42 .u-over").bounding_box()

    page.mouse.move(box["x"] + 2, box["y"] + 40)

    expect(page.locator("#act_42 .reading")).to_have_text("Sun 1 Feb: 1,000.00 EUR")


def test_news_arrive_by_themselves_and_what_was_opened_stays_open(opened, url, world):
    page = opened(url)
    page.goto(url)
    table = page.locator("#table-act_42")
    table.locator("summary").click()

    world.states["act_42"] = replace(world.states["act_42"], unsettled_changes=2)

    expect(page.get_by_text("2 changes not settled")).to_be_visible(timeout=15_000)
    expect(table).to_have_attribute("open", "")
    expect(page.locator("figure[data-drawn=yes]")).to_have_count(2)


def test_everything_can_be_reached_with_the_keyboard(opened, url):
    page = opened(url)
    page.goto(url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"

    summary = page.locator("#act_42 details.decision > summary").nth(1)
    summary.focus()
    page.keyboard.press("Enter")

    expect(page.locator("#act_42 details.decision").nth(1)).to_have_attribute("open", "")


def test_what_would_turn_a_decision_is_one_click_away_and_stays_open(opened, url, world):
    page = opened(url)
    page.goto(url)
    more = page.locator("#why-act_42-2026-03-02-120200000000001")
    more.locator("summary").click()
    expect(more).to_contain_text("it would be cut; the chance that it does is 12 %")

    world.states["act_42"] = replace(world.states["act_42"], unsettled_changes=2)

    expect(page.get_by_text("2 changes not settled")).to_be_visible(timeout=15_000)
    expect(more).to_have_attribute("open", "")


def test_a_service_that_stops_answering_is_said(chromium, fakes, world):
    app = web_app(books=world, store=fakes.FakeStore(), clock=fakes.StillClock(), version="1.2.3")
    context = chromium.new_context()
    page = context.new_page()
    with served(app) as address:
        page.goto(address)
        expect(page.locator("#offline")).to_be_hidden()

    expect(page.locator("#offline")).to_be_visible(timeout=15_000)
    assert "does not answer" in page.locator("#offline").inner_text()
    context.close()


def test_the_openapi_page_lists_every_operation(opened, url, tmp_path):
    page = opened(url, viewport={"width": 1280, "height": 900})
    page.goto(f"{url}/docs")

    expect(page.locator(".opblock")).to_have_count(10)
    page.locator(".opblock-summary-control").first.click()
    expect(page.locator(".opblock-body").first).to_be_visible()
    page.screenshot(path=tmp_path / "docs.png")


def test_without_javascript_the_figures_are_there(chromium, url):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)

    page.locator("#table-act_42 summary").click()

    expect(page.locator("#table-act_42 tbody tr").first).to_contain_text("1,000.00")
    context.close()
