"""Every error of the table, as Meta's SDK meets it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import requests
from facebook_business.adobjects.adset import AdSet
from facebook_business.exceptions import FacebookRequestError

from simulator import graph_api
from simulator.graph_api.catalogue import CATALOGUE, find

AD_SET = "1202000000000120000"

DOCUMENTED = {
    (1, None), (1, 99), (2, None), (2, 1504038), (2, 1504043), (2, 1504044), (100, 1504018), (341, None), (368, None),
    (100, 1487390), (2601, 1815107), (-2, 2490547), (-3, 1504045), (4, None), (4, 1504022), (4, 1504039), (17, None),
    (17, 2446079), (17, 1885172), (32, None), (613, None), (613, 1996), (613, 1487225), (613, 1487632), (613, 1487742),
    (613, 5044001), (80000, 2446079), (80003, 2446079), (80004, 2446079), *((80000 + n, None) for n in range(15)),
    (102, None), (104, None), *((190, sub) for sub in (None, 458, 459, 460, 463, 464, 467, 492)), (3, None), (10, None),
    *((code, None) for code in range(200, 300)), (100, 33), (100, 3191001), (2654, 1713092), (200, 1870034),
    (200, 1870090), (200, 1870050), (100, None), (2635, None), (2500, None), (3018, None), (2641, None), (2695, None),
    (900, None), (801, None), (100, 1885272), (100, 1885650), (100, 2238055), (100, 2446307), (100, 1885621),
    (1487901, None), (100, 4834011), (100, 4834002), (100, 4834009), (100, 1487056), (100, 1487566), (100, 1885088),
    (100, 1487033), (100, 1487007), (100, 1487990), (100, 1404163), (100, 3910001), (368, 2859015), (368, 1404078),
    (100, 3858079), (100, 3858081), (100, 3858152), (100, 1487534), (100, 2804003), (100, 1713232),
}  # fmt: skip
"""Codes and subcodes that Meta's pages and well-known reports name."""


@pytest.fixture
def plan(running):
    """Plans a fault over HTTP."""
    with requests.Session() as session:
        session.trust_env = False
        yield lambda **spec: session.post(f"{running.facts['admin_url']}/faults", json=spec, timeout=10).json()


def test_everything_that_is_documented_is_in_the_table() -> None:
    assert {(entry.code, entry.subcode) for entry in CATALOGUE} >= DOCUMENTED
    assert len({entry.key for entry in CATALOGUE}) == len(CATALOGUE)


def test_no_error_is_raised_with_a_subcode_that_the_table_lacks() -> None:
    known = {entry.subcode for entry in CATALOGUE}
    sources = [
        path.read_text() for path in Path(graph_api.__file__).parent.rglob("*.py") if "catalogue" not in path.parts
    ]
    raised = {int(subcode) for text in sources for subcode in re.findall(r"(?:subcode=|known\(-?\d+, )(\d+)", text)}

    assert raised
    assert raised <= known


def test_every_row_can_be_met_on_purpose_by_the_sdk(running, sdk, plan) -> None:
    listed = requests.get(f"{running.facts['admin_url']}/errors", timeout=10).json()["errors"]
    assert len(listed) == len(CATALOGUE)
    for row in listed:
        plan(kind="error", **{name: row[name] for name in ("code", "subcode", "type") if name in row})
        with pytest.raises(FacebookRequestError) as caught:
            AdSet(AD_SET, api=sdk).api_get(fields=["name"])
        error, seen = caught.value, caught.value.body()["error"]
        assert error.api_error_code() == row["code"]
        assert error.api_error_subcode() == row.get("subcode")
        assert error.api_error_type() == row["type"]
        assert error.api_error_message() == row["message"]
        assert error.http_status() == row["status"]
        assert error.api_blame_field_specs() == row.get("blame_field_specs")
        assert seen.get("is_transient") == row.get("is_transient")
        assert (seen.get("error_user_title"), seen.get("error_user_msg")) == (row.get("title"), row.get("user_message"))
        assert seen["fbtrace_id"]


def test_an_error_on_purpose_changes_nothing_unless_told(sdk, plan) -> None:
    ad_set = AdSet(AD_SET, api=sdk)
    for applied, budget in ((False, "20001"), (True, "20002")):
        plan(kind="error", code=2, match="POST", apply=applied)
        with pytest.raises(FacebookRequestError):
            ad_set.api_update(params={"daily_budget": budget})
        assert (ad_set.api_get(fields=["daily_budget"])["daily_budget"] == budget) == applied


def test_fields_at_fault_come_as_an_object_and_as_json_text(sdk, plan) -> None:
    for subcode, kind in ((1885272, str), (1885650, dict)):
        plan(kind="error", code=100, subcode=subcode)
        with pytest.raises(FacebookRequestError) as caught:
            AdSet(AD_SET, api=sdk).api_get()
        data = caught.value.body()["error"]["error_data"]
        assert caught.value.api_blame_field_specs() == [["daily_budget"]]
        # the SDK parses the text in place
        assert (json.loads(data) if isinstance(data, str) else data) == {"blame_field_specs": [["daily_budget"]]}
        assert find(100, subcode).blame_as_text == (kind is str)


def test_an_error_that_is_not_in_the_table_is_refused_with_what_is(plan) -> None:
    assert "known with subcode" in plan(kind="error", code=613, subcode=1)["error"]
    assert "GET /_emulator/errors" in plan(kind="error", code=12345)["error"]
