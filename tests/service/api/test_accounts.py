"""Accounts at the REST door."""

from service.decision import Mode

ACCOUNTS = "/api/v1/meta/accounts"


def test_every_account_is_listed_by_id(fakes, open_client):
    client = open_client(fakes.books(fakes.account("act_9"), fakes.account("act_10")))

    assert [item["id"] for item in client.get(ACCOUNTS).json()["items"]] == ["act_10", "act_9"]


def test_no_account_is_an_empty_list(fakes, open_client):
    assert open_client(fakes.FakeBooks()).get(ACCOUNTS).json() == {"items": []}


def test_an_account_says_money_with_currency_and_its_own_day(fakes, open_client):
    tokyo = fakes.account(currency="JPY", minor_per_major=1, time_zone="Pacific/Kiritimati", problem="token expired")
    answer = open_client(fakes.FakeBooks({"act_42": tokyo})).get(f"{ACCOUNTS}/act_42").json()

    assert answer == {
        "id": "act_42",
        "name": "Caudal Outdoor",
        "currency": "JPY",
        "minor_per_major": 1,
        "time_zone": "Pacific/Kiritimati",
        "active": True,
        "mode": "live",
        "daily_budget_minor": 100_000,
        "onboarded_at": "2026-01-01T08:40:00Z",
        "today": "2026-03-02",
        "last_decided": "2026-03-02",
        "unsettled_changes": 0,
        "problem": "token expired",
    }


def test_the_day_is_the_accounts_own_and_not_the_clocks(fakes, open_client):
    # 08:40 UTC is still the evening before on the last inhabited time zone west of the date line, 21:40 at -11.
    samoa = fakes.account(time_zone="Pacific/Pago_Pago")

    answer = open_client(fakes.FakeBooks({"act_42": samoa})).get(f"{ACCOUNTS}/act_42").json()

    assert answer["today"] == "2026-03-01"


def test_mode_and_budget_can_be_changed_together(client, books):
    answer = client.patch(f"{ACCOUNTS}/act_42", json={"mode": "shadow", "daily_budget_minor": 125_000})

    assert (answer.status_code, answer.json()["mode"], answer.json()["daily_budget_minor"]) == (200, "shadow", 125_000)
    assert books.account("act_42").mode is Mode.SHADOW


def test_a_field_left_out_or_null_stays_as_it_is(client, books):
    client.patch(f"{ACCOUNTS}/act_42", json={"mode": None, "daily_budget_minor": 7})

    assert (books.account("act_42").mode, books.account("act_42").daily_budget_minor) == (Mode.LIVE, 7)


def test_a_refused_change_changes_nothing(client, books):
    before = books.account("act_42")

    answer = client.patch(f"{ACCOUNTS}/act_42", json={"mode": "shadow", "daily_budget_minor": 0})

    assert answer.status_code == 400
    assert books.account("act_42") == before
