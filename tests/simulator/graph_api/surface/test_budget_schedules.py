"""Budget schedules through the SDK."""

from __future__ import annotations

import pytest
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.highdemandperiod import HighDemandPeriod

HOUR, DAY = 3600, 86400


@pytest.fixture
def ad_set(client) -> AdSet:
    return client.of(AdSet, client.account.get_ad_sets()[0]["id"])


@pytest.fixture
def midnight(client) -> int:
    """The account's next midnight."""
    client.pass_time(advance_seconds=0)
    now = int(client.running.emulator.now().timestamp())
    return now + DAY - (now + HOUR) % DAY


def spent(client, ad_set: AdSet) -> float:
    return float(
        client.raw("GET", f"{ad_set['id']}/insights", date_preset="yesterday", fields="spend")["data"][0]["spend"]
    )


def window(start: int, hours: int = 24, value: int = 2, kind: str = "MULTIPLIER") -> dict[str, object]:
    end = start + hours * HOUR
    return {"budget_value": value, "budget_value_type": kind, "time_start": start, "time_end": end}


def test_a_day_with_a_schedule_spends_more_and_the_budget_itself_stays(make_client) -> None:
    found = []
    for scheduled in (False, True):
        client = make_client()
        one = client.of(AdSet, client.account.get_ad_sets()[0]["id"])
        before = one.api_get(fields=["daily_budget"])["daily_budget"]
        now = int(client.running.emulator.now().timestamp())
        if scheduled:
            one.create_budget_schedule(params=window(now + DAY - (now + HOUR) % DAY, value=3))
        client.pass_time(advance_days=2)
        assert one.api_get(fields=["daily_budget"])["daily_budget"] == before
        found.append(spent(client, one))

    assert found[1] > 1.5 * found[0]


def test_schedules_are_listed_read_and_deleted(client, refused, ad_set: AdSet, midnight: int) -> None:
    made = ad_set.create_budget_schedule(params=window(midnight, value=500, kind="ABSOLUTE"))
    [listed] = ad_set.get_budget_schedules(fields=["budget_value", "budget_value_type", "time_start", "time_end"])

    assert (listed["id"], listed["budget_value"], listed["budget_value_type"]) == (made["id"], 500, "ABSOLUTE")
    assert listed["time_start"].endswith("T00:00:00+0100")
    period = client.of(HighDemandPeriod, made["id"])
    assert period.api_get(fields=["ad_object_id"])["ad_object_id"] == ad_set["id"]
    period.api_delete()
    assert list(ad_set.get_budget_schedules()) == []
    assert refused(period.api_get).api_error_subcode() == 33


@pytest.mark.parametrize(
    ("changes", "blamed"),
    [
        ({"time_end": None}, "time_end"),
        ({"hours": 2}, "time_end"),
        ({"hours": -48}, "time_end"),
        ({"time_start": 7}, "time_start"),
        ({"value": 9}, "budget_value"),
        ({"value": -1}, "budget_value"),
        ({"kind": "DOUBLE"}, "budget_value_type"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_and_blamed(client, refused, ad_set, midnight, changes, blamed) -> None:
    shape = {key: value for key, value in changes.items() if key in ("hours", "value", "kind")}
    params = {**window(midnight, **shape), **{k: v for k, v in changes.items() if k.startswith("time")}}
    params = {key: value for key, value in params.items() if value is not None}
    error = refused(lambda: client.raw("POST", f"{ad_set['id']}/budget_schedules", **params))

    assert error.body()["error"]["error_data"]["blame_field_specs"] == [[blamed]]


def test_schedules_of_one_object_do_not_overlap_and_are_of_one_type(refused, ad_set: AdSet, midnight: int) -> None:
    ad_set.create_budget_schedule(params=window(midnight))

    for other in (window(midnight + 3 * HOUR), window(midnight + 2 * DAY, value=100, kind="ABSOLUTE")):
        assert refused(lambda other=other: ad_set.create_budget_schedule(params=other)).api_error_code() == 100
    ad_set.create_budget_schedule(params=window(midnight + 2 * DAY))
