"""The page as HTML, without a browser."""

import hashlib
import logging
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from litestar.testing import TestClient

from service.api.application import web_app
from service.dashboard.assets import FOLDER, asset
from service.dashboard.page import SHOWN_ACCOUNTS
from service.decision import Mode
from service.errors import PolicyUnavailable

VOID = {"meta", "link", "br", "path", "img", "input"}


class Balanced(HTMLParser):
    """Refuses HTML whose elements do not nest, and ids that occur twice."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.inline, self.links = [], [], [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.inline += [name for name in attrs if name == "style" or name.startswith("on")]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in attrs) else []
        self.links += [attrs[name] for name in ("href", "src") if name in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def read(html):
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    assert len(set(parser.ids)) == len(parser.ids)
    assert parser.inline == []
    return parser


@pytest.fixture
def visit(fakes):
    def visit(books, path="/", store=None, mlflow_url=None, unread=dict):
        app = web_app(
            books=books,
            store=store or fakes.FakeStore(),
            clock=fakes.StillClock(),
            version="1.2.3",
            mlflow_url=mlflow_url,
            unread=unread,
        )
        with TestClient(app, base_url="http://127.0.0.1") as client:
            return client.get(path)

    return visit


def text_of(answer):
    read(answer.text)
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_without_accounts_the_page_says_how_the_first_one_comes(fakes, visit):
    text = text_of(visit(fakes.FakeBooks()))

    assert "No account yet." in text
    assert "caudal cycle ACCOUNT --mode shadow" in text


def test_several_accounts_are_told_with_mode_day_budget_and_policy(fakes, visit):
    yen = {"currency": "JPY", "minor_per_major": 1, "time_zone": "Asia/Tokyo"}
    books = fakes.books(fakes.account(), fakes.account("act_7", name="Norte", **yen))

    text = text_of(visit(books))

    assert "Caudal Outdoor live act_42 Mon 2 Mar 2026 Europe/Madrid 1,000.00 of 1,000.00 EUR" in text
    assert "100,000 of 100,000 JPY" in text
    assert "Mon 2 Mar 2026, 02:31 thompson, version 3 decided and settled" in text


def test_a_problem_is_told_in_words_with_what_to_do(fakes, visit):
    answer = visit(fakes.books(fakes.account(problem="the access token expired on 1 March")))

    text = text_of(answer)
    assert "Caudal Outdoor: the access token expired on 1 March" in text
    assert "tried again by itself, within minutes" in text
    assert "caudal cycle" not in text
    assert 'href="/api/v1/meta/accounts/act_42/decisions">its decisions' in answer.text
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"unsettled_changes": 2}, "2 changes not settled"),
        ({"problem": "x"}, "has a problem"),
        ({"active": False}, "the platform does not let it deliver"),
        ({"mode": Mode.SHADOW}, "decided; nothing is sent"),
        ({}, "decided and settled"),
    ],
)
def test_the_state_of_an_account_is_told(fakes, visit, state, said):
    assert said in text_of(visit(fakes.books(fakes.account(**state))))


def test_an_account_before_its_first_morning_waits(fakes, visit):
    text = text_of(visit(fakes.books(fakes.account(), days=0)))

    assert "today's morning is still to come" in text
    assert "No decision yet." in text
    assert "No budget has been read yet" in text


def test_an_account_whose_day_is_not_decided_yet_waits(fakes, visit):
    books = fakes.books(fakes.account())
    books.records["act_42"].pop()

    assert "today's morning is still to come" in text_of(visit(books))


def test_without_a_promoted_policy_the_page_stands_and_says_what_to_do(fakes, visit):
    answer = visit(fakes.books(fakes.account()), store=fakes.unavailable())

    text = text_of(answer)
    assert answer.status_code == 200
    assert "Caudal waits for a policy." in text
    assert "Caudal Outdoor" in text


def test_a_first_start_without_champion_is_one_calm_notice(fakes, visit):
    missing = "no policy has been promoted yet: run `caudal study run foundation`, then `caudal promote`"
    store = fakes.FakeStore(problem=PolicyUnavailable(missing))
    waiting = [fakes.account(name, problem=missing, last_decided=None) for name in ("act_1", "act_2")]

    answer = visit(fakes.books(*waiting, days=0), store=store)

    text = text_of(answer)
    assert text.count("has been promoted yet") == 1
    assert "Caudal waits for a policy. No policy has been promoted yet: run" in text
    assert "<code>caudal study run foundation</code>, then <code>caudal promote</code>." in answer.text
    assert text.count("waits for a policy") == 1 + len(waiting)
    assert 'role="alert"' not in answer.text
    assert "has a problem" not in text
    assert "`" not in text


def test_another_problem_is_told_beside_the_missing_policy(fakes, visit):
    answer = visit(fakes.books(fakes.account(problem="the token expired")), store=fakes.unavailable())

    assert "Caudal Outdoor: the token expired" in text_of(answer)
    assert answer.text.count('role="alert"') == 1


def test_commands_in_messages_are_code_and_never_markup(fakes, visit):
    answer = visit(fakes.books(fakes.account(problem="run `caudal <b>` & wait")))

    read(answer.text)
    assert "run <code>caudal &lt;b&gt;</code> &amp; wait" in answer.text


def test_the_promoted_policy_is_told_with_version_and_parameters(fakes, visit):
    store = fakes.FakeStore(fakes.PolicySpec("fair_share", {"window_days": 28}))

    text = text_of(visit(fakes.books(fakes.account()), store=store))

    assert "Decides fair_share version 3" in text
    assert "window days 28" in text


def test_mlflow_is_linked_where_it_runs_and_named_where_it_does_not(fakes, visit):
    assert 'href="http://127.0.0.1:5000/"' in visit(fakes.FakeBooks(), mlflow_url="http://127.0.0.1:5000/").text
    assert "registered model budget-policy" in text_of(visit(fakes.FakeBooks()))


def test_names_from_the_platform_are_never_markup(fakes, visit):
    answer = visit(fakes.books(fakes.account(name="<script>alert(1)</script>")))

    read(answer.text)
    assert "<script>alert" not in answer.text
    assert "<b>all</b>" not in answer.text
    assert "&lt;b&gt;all&lt;/b&gt;" in answer.text


def test_an_account_that_is_asked_for_is_shown_alone_and_the_others_are_listed(fakes, visit):
    answer = visit(fakes.books(fakes.account(), fakes.account("act_7", name="Norte")), "/?account=act_7")

    assert 'id="name-act_7"' in answer.text
    assert 'id="name-act_42"' not in answer.text
    assert 'href="/?account=act_42"' in answer.text


def test_an_account_that_is_not_there_is_said(fakes, visit):
    answer = visit(fakes.books(fakes.account()), "/?account=<b>x")

    assert answer.status_code == 404
    assert "There is no account &lt;b&gt;x" in text_of(answer)


def test_an_account_asked_for_without_a_name_is_nobody_in_particular(fakes, visit):
    answer = visit(fakes.books(fakes.account()), "/?account=")

    assert answer.status_code == 200
    assert 'id="name-act_42"' in answer.text


def test_an_account_that_cannot_be_read_is_no_stranger(fakes, visit):
    answer = visit(fakes.FakeBooks(), "/?account=act_9", unread=lambda: {"act_9": "token expired"})

    assert answer.status_code == 200
    assert "There is no account" not in answer.text


@pytest.mark.slow
def test_policies_are_named_as_they_are_registered(fakes, visit):
    spec = fakes.PolicySpec("curve_thompson", {})
    books = fakes.books(fakes.account(), days=1)
    (record,) = books.records["act_42"]
    books.records["act_42"] = [replace(record, decision=replace(record.decision, policy=spec))]

    answer = visit(books, store=fakes.FakeStore(spec))

    assert "curve thompson" not in answer.text
    assert answer.text.count("<code>curve_thompson</code>") == 2
    assert "curve_thompson, version 3" in answer.text


def test_of_many_accounts_a_dozen_is_shown_whole_and_all_are_listed(fakes, visit):
    books = fakes.books(*(fakes.account(f"act_{i}") for i in range(SHOWN_ACCOUNTS + 3)), days=1)

    answer = visit(books)

    assert answer.text.count("<article") == SHOWN_ACCOUNTS
    assert answer.text.count('scope="row">\n        <a') == SHOWN_ACCOUNTS + 3


def test_nothing_new_is_no_content(fakes, visit):
    books = fakes.books(fakes.account())
    seen = re.search(r"seen=(\w+)", visit(books).text)[1]

    assert visit(books, f"/dashboard/today?seen={seen}").status_code == 204
    assert visit(fakes.books(fakes.account(problem="new")), f"/dashboard/today?seen={seen}").status_code == 200


def test_the_refreshed_part_is_the_part_of_the_page(fakes, visit):
    books = fakes.books(fakes.account())

    part = visit(books, "/dashboard/today").text

    assert part.startswith("<main")
    assert part in visit(books).text


def test_a_refresh_keeps_to_the_account_asked_for(fakes, visit):
    page = visit(fakes.books(fakes.account(), fakes.account("act_7")), "/?account=act_7").text

    assert "&amp;account=act_7" in page or "&account=act_7" in page


def test_a_page_that_cannot_be_made_says_so_in_words(fakes, caplog):
    app = web_app(
        books=fakes.FakeBooks(problem=OSError("/secret")),
        store=fakes.FakeStore(),
        clock=fakes.StillClock(),
        version="1",
    )
    with (
        TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client,
        caplog.at_level(logging.ERROR, logger="caudal.dashboard"),
    ):
        answer = client.get("/")

    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert "This page cannot be shown now" in text_of(answer)
    assert "/secret" not in answer.text
    assert re.search(r"<code>(\w{16})</code>", answer.text)[1] in caplog.text


def test_every_link_of_the_page_leads_somewhere(fakes):
    app = web_app(books=fakes.books(fakes.account()), store=fakes.FakeStore(), clock=fakes.StillClock(), version="1")
    with TestClient(app, base_url="http://127.0.0.1") as client:
        page = read(client.get("/").text)
        for link in set(page.links):
            if link.startswith("#"):
                assert link[1:] in page.ids
            else:
                assert link.startswith("/")
                assert client.get(link).status_code == 200, link


def test_the_page_with_its_files_is_light_on_the_wire(fakes):
    books = fakes.books(*(fakes.account(f"act_{i}") for i in range(SHOWN_ACCOUNTS)))
    app = web_app(books=books, store=fakes.FakeStore(), clock=fakes.StillClock(), version="1")
    with TestClient(app, base_url="http://127.0.0.1") as client:
        page = client.get("/")
        files = {link for link in read(page.text).links if link.startswith("/static/")}
        answers = [page, *map(client.get, files)]

        assert {answer.headers.get("content-encoding") for answer in answers} <= {"gzip", None}
        assert sum(answer.num_bytes_downloaded for answer in answers) < 100_000


def test_vendored_files_are_those_the_notice_names():
    notice = (FOLDER.parent / "NOTICE").read_text()
    named = dict(line.split("  ")[::-1] for line in notice.splitlines() if re.match(r"[0-9a-f]{64}  ", line))

    assert set(named) == {path.name for path in (FOLDER / "vendor").iterdir()}
    for name, digest in named.items():
        assert hashlib.sha256((FOLDER / "vendor" / name).read_bytes()).hexdigest() == digest


def test_the_address_of_a_file_changes_with_its_content():
    digest = hashlib.sha256((FOLDER / "app.css").read_bytes()).hexdigest()

    assert asset("app.css") == f"/static/app.css?v={digest[:12]}"


def test_an_account_that_was_never_read_is_said_on_the_page_and_in_readiness(fakes) -> None:
    app = web_app(
        books=fakes.FakeBooks(),
        store=fakes.FakeStore(),
        clock=fakes.StillClock(),
        version="1",
        unread=lambda: {"act_9": "the token has expired"},
    )
    with TestClient(app, base_url="http://127.0.0.1") as client:
        page, ready = client.get("/"), client.get("/health/ready")

    assert "act_9" in page.text
    assert "the token has expired" in page.text
    assert ready.status_code == 503
    assert {"name": "account act_9", "ok": False, "message": "the token has expired"} in ready.json()["checks"]
