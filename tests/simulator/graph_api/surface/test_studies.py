"""Ad studies through the SDK."""

from __future__ import annotations

import pytest
from facebook_business.adobjects.adstudy import AdStudy
from facebook_business.adobjects.business import Business
from facebook_business.adobjects.campaign import Campaign

DAY = 86400


@pytest.fixture
def now(client) -> int:
    return int(client.running.emulator.now().timestamp())


def spec(client, now: int, **changes: object) -> dict[str, object]:
    first, second = client.account.get_ad_sets()[:2]
    cells = [
        {"name": "A", "treatment_percentage": 50, "adsets": [first["id"]]},
        {"name": "B", "treatment_percentage": 50, "adsets": [second["id"]]},
    ]
    objectives = [{"name": "orders", "type": "CONVERSIONS", "is_primary": True}]
    times = {"start_time": now + DAY, "end_time": now + 8 * DAY}
    return {"name": "test", "type": "SPLIT_TEST", "cells": cells, "objectives": objectives, **times, **changes}


def create(client, now: int, **changes: object) -> AdStudy:
    return client.of(Business, client.facts["business_id"]).create_ad_study(params=spec(client, now, **changes))


def test_a_split_test_is_kept_with_its_cells_and_objectives(client, now: int) -> None:
    study = create(client, now, description="which one")
    read = client.of(AdStudy, study["id"]).api_get(fields=["name", "type", "start_time", "description", "business"])
    cells = study.get_cells(fields=["name", "treatment_percentage", "ad_entities_count"])

    assert (read["name"], read["type"], read["description"]) == ("test", "SPLIT_TEST", "which one")
    assert [(cell["name"], cell["treatment_percentage"], cell["ad_entities_count"]) for cell in cells] == [
        ("A", 50, 1),
        ("B", 50, 1),
    ]
    assert [row["type"] for row in study.get_objectives(fields=["type", "is_primary"])] == ["CONVERSIONS"]
    assert [row["id"] for row in client.of(Business, client.facts["business_id"]).get_ad_studies()] == [study["id"]]
    nested = client.raw("GET", f"{client.facts['business_id']}/ad_studies", fields="name,cells{name}")
    assert [cell["name"] for cell in nested["data"][0]["cells"]["data"]] == ["A", "B"]


def test_a_study_is_found_from_what_it_tests(client, now: int) -> None:
    campaign = client.account.get_campaigns()[0]["id"]
    cell = {"name": "all", "treatment_percentage": 90, "control_percentage": 10, "campaigns": [campaign]}
    study = create(client, now, type="LIFT", cells=[cell])

    assert [row["id"] for row in client.of(Campaign, campaign).get_ad_studies()] == [study["id"]]
    assert [row["id"] for row in client.account.get_impacting_ad_studies()] == [study["id"]]


@pytest.mark.parametrize(
    ("changes", "blamed"),
    [
        ({"end_time": 1}, "end_time"),
        ({"start_time": None}, "start_time"),
        ({"cells": []}, "cells"),
        ({"cells": [{"treatment_percentage": 60}, {"treatment_percentage": 60}]}, "cells"),
        ({"cells": [{"treatment_percentage": -1}, {"treatment_percentage": 60}]}, "cells[treatment_percentage]"),
        ({"type": "GUESS"}, "type"),
        ({"name": None}, "name"),
        ({"objectives": [{"type": "FUN"}]}, "objectives[type]"),
        ({"end_time": 10**18}, "end_time"),
    ],
)
def test_a_study_that_cannot_be_is_refused_and_blamed(client, refused, now: int, changes, blamed) -> None:
    params = {key: value for key, value in spec(client, now, **changes).items() if value is not None}
    path = f"{client.facts['business_id']}/ad_studies"
    error = refused(lambda: client.raw("POST", path, **params))

    assert error.body()["error"]["error_data"]["blame_field_specs"] == [[blamed]]


def test_an_object_can_be_in_one_cell_only_and_must_exist(client, refused, now: int) -> None:
    one = client.account.get_ad_sets()[0]["id"]
    twice = [{"treatment_percentage": 10, "adsets": [one]}, {"treatment_percentage": 10, "adsets": [one]}]
    absent = [{"treatment_percentage": 10, "adsets": ["1"]}, {"treatment_percentage": 10}]

    assert "twice" in refused(lambda: create(client, now, cells=twice)).api_error_message()
    assert refused(lambda: create(client, now, cells=absent)).api_error_subcode() == 33


def test_a_study_can_be_renamed_and_prolonged_until_it_ends_and_deleted(client, refused, now: int) -> None:
    study = create(client, now)
    study.api_update(params={"name": "longer", "end_time": now + 9 * DAY})
    read = client.of(AdStudy, study["id"])

    assert read.api_get(fields=["name", "end_time"])["name"] == "longer"
    client.pass_time(advance_days=2)
    assert refused(lambda: study.api_update(params={"start_time": now + 3 * DAY})).api_error_code() == 100
    client.pass_time(advance_days=8)
    assert "ended" in refused(lambda: study.api_update(params={"name": "late"})).body()["error"]["error_user_msg"]
    client.of(AdStudy, study["id"]).api_delete()
    assert refused(lambda: read.api_get(fields=["name"])).api_error_subcode() == 33
