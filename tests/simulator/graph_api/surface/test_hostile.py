"""Whatever a client makes of a sound request to the management routes, the answer is one of Meta's shapes."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ACCOUNT, AD_SET, CREATIVE = "act_1000000000000001", "1202000000000120000", "1202000000000140000"
GIF = "R0lGODlhAQABAAAAACw="
DATA = {
    "link": "https://x.example",
    "message": "m",
    "image_hash": "0",
    "video_id": "1",
    "call_to_action": {"type": "SHOP_NOW", "value": {"link": "https://x.example"}},
    "child_attachments": [{"link": "https://x.example", "call_to_action": {"type": "SHOP_NOW"}}, {"link": "x"}],
}
FILTERS = [
    {"field": "entity_type", "operator": "EQUAL", "value": "ADSET"},
    {"field": "time_preset", "operator": "EQUAL", "value": "LAST_7_DAYS"},
    {"field": "adset.yesterday_spent", "operator": "GREATER_THAN", "value": 5},
    {"field": "campaign.name", "operator": "CONTAIN", "value": "C"},
    {"field": "daily_budget", "operator": "IN_RANGE", "value": [1, 10**9]},
    {"field": "adlabel_ids", "operator": "NONE", "value": ["1"]},
]
CHANGE = {"amount": 10, "unit": "PERCENTAGE", "limit": [1, 10**7], "target_field": "cpa"}
OPTIONS = [
    {"field": "change_spec", "operator": "EQUAL", "value": CHANGE},
    {"field": "execution_count_limit", "operator": "EQUAL", "value": 3},
    {"field": "action_frequency", "operator": "EQUAL", "value": 60},
]
TARGETING = {
    "geo_locations": {"countries": ["DE"], "regions": [{"key": "1327"}], "cities": [{"key": "673094"}]},
    "age_min": 20,
    "age_max": 40,
    "genders": [1],
    "flexible_spec": [{"interests": [{"id": "6003415393053"}]}],
    "exclusions": {"interests": [{"id": "6003020834693"}]},
    "custom_audiences": [{"id": "1"}],
}
TOPICS = [{"type": "interests", "id": "6003415393053"}]
SOUND: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", f"{ACCOUNT}/adcreatives", {"object_story_spec": {"page_id": "PAGE", "link_data": DATA}, "name": "n"}),
    ("POST", f"{ACCOUNT}/adcreatives", {"asset_feed_spec": {"images": [{"hash": "0"}], "videos": [{"video_id": "1"}],
                                                            "call_to_action_types": ["SHOP_NOW"]}}),
    ("POST", f"{ACCOUNT}/adcreatives", {"object_story_id": "1_2", "url_tags": "a=b", "degrees_of_freedom_spec": {}}),
    ("POST", CREATIVE, {"name": "n", "status": "ACTIVE", "adlabels": [{"id": "1"}]}),
    ("GET", f"{ACCOUNT}/generatepreviews", {"creative": {"creative_id": CREATIVE}, "ad_format": "DESKTOP_FEED_STANDARD",
                                            "width": 1}),
    ("POST", f"{ACCOUNT}/adimages", {"bytes": GIF, "copy_from": {"source_account_id": "1", "hash": "0"}}),
    ("POST", f"{ACCOUNT}/adimages", {"filename": {"file_name": "a.gif", "base64": GIF}}),
    ("GET", f"{ACCOUNT}/adimages", {"hashes": ["0"], "name": "n", "fields": "name,url", "filtering": []}),
    ("DELETE", f"{ACCOUNT}/adimages", {"hash": "0"}),
    ("POST", f"{ACCOUNT}/advideos", {"file_url": "https://x.example/v.mp4", "title": "t", "content_tags": ["a"]}),
    ("POST", f"{ACCOUNT}/advideos", {"upload_phase": "start", "file_size": 10}),
    ("POST", f"{ACCOUNT}/advideos", {"upload_phase": "transfer", "upload_session_id": "1", "start_offset": 0,
                                     "video_file_chunk": {"file_name": "a", "base64": GIF}}),
    ("POST", f"{ACCOUNT}/adlabels", {"name": "n"}),
    ("POST", f"{AD_SET}/adlabels", {"adlabels": [{"name": "n"}, {"id": "1"}]}),
    ("POST", f"{ACCOUNT}/adrules_library", {
        "name": "r",
        "status": "ENABLED",
        "evaluation_spec": {"evaluation_type": "SCHEDULE", "filters": FILTERS},
        "execution_spec": {"execution_type": "CHANGE_BUDGET", "execution_options": OPTIONS},
        "schedule_spec": {"schedule_type": "CUSTOM", "schedule": [{"start_minute": 30, "end_minute": 90, "days": [1]}]},
    }),
    ("GET", f"{ACCOUNT}/adrules_history", {"object_id": AD_SET, "action": "PAUSED", "hide_no_changes": True}),
    ("GET", f"{AD_SET}/adrules_governed", {"pass_evaluation": True}),
    ("POST", f"{AD_SET}/budget_schedules", {"budget_value": 2, "budget_value_type": "MULTIPLIER",
                                            "time_start": 1900000800, "time_end": 1900087200}),
    ("POST", "BUSINESS/ad_studies", {
        "name": "s",
        "type": "SPLIT_TEST",
        "start_time": 1900000800,
        "end_time": 1900087200,
        "cells": [{"name": "a", "treatment_percentage": 10, "adsets": [AD_SET]}, {"treatment_percentage": 10}],
        "objectives": [{"name": "o", "type": "CONVERSIONS", "is_primary": True}],
    }),
    ("POST", f"{ACCOUNT}/async_batch_requests", {"name": "b", "adbatch": [{"name": "x", "relative_url": AD_SET,
                                                                           "body": "name=n"}]}),
    ("GET", f"{ACCOUNT}/activities", {"since": "2026-03-01", "until": 1900000800, "category": "BUDGET", "oid": AD_SET,
                                      "extra_oids": [AD_SET], "fields": "event_type"}),
    ("GET", f"{ACCOUNT}/delivery_estimate", {"targeting_spec": TARGETING, "optimization_goal": "REACH"}),
    ("GET", f"{ACCOUNT}/targetingvalidation", {"targeting_list": TOPICS, "id_list": ["1"], "name_list": ["Tennis"]}),
    ("GET", f"{ACCOUNT}/targetingsuggestions", {"targeting_list": TOPICS}),
    ("GET", f"{ACCOUNT}/targetingsearch", {"q": "s", "whitelisted_types": ["interests"], "limit_type": "interests"}),
    ("GET", "search", {"type": "adinterestvalid", "interest_list": ["Tennis"], "interest_fbid_list": ["1"]}),
    ("GET", "search", {"type": "adgeolocation", "q": "b", "location_types": ["city"], "country_code": "DE"}),
    ("GET", f"{ACCOUNT}/recommendations", {"recommendation_type": ["FRAGMENTATION"]}),
    ("GET", f"{ACCOUNT}/ads_volume", {"show_breakdown_by_actor": True, "fields": "ads_running_or_in_review_count"}),
)  # fmt: skip
HOSTILE: tuple[Any, ...] = (
    None, True, 0, -1, 7, 1.5, 2**70, "", "x", "1e999", "\x00", [], [None], [[1]], {}, {"id": None}, {"a": []}, "🙂",
)  # fmt: skip
CHANGES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, len(HOSTILE))), min_size=1, max_size=2)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([way] if way else []), *(place for key, one in inner for place in places(one, (*way, key)))]


def spoiled(params: dict[str, Any], changes: list[tuple[int, int]]) -> dict[str, Any]:
    """The parameters with something else, or nothing, at some places."""
    found = copy.deepcopy(params)
    for number, choice in changes:
        ways = places(found)
        if not ways:
            break
        *way, last = ways[number % len(ways)]
        holder: Any = found
        for key in way:
            holder = holder[key]
        if choice == len(HOSTILE):
            del holder[last]
        else:
            holder[last] = copy.deepcopy(HOSTILE[choice])
    return found


@pytest.mark.slow
@settings(
    derandomize=True, deadline=None, max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sound=st.sampled_from(SOUND), changes=CHANGES, as_text=st.booleans())
def test_a_request_spoiled_anywhere_gets_an_answer_in_one_of_the_apis_shapes(desk, sound, changes, as_text) -> None:
    known = desk.emulator.state.credentials
    method, path, params = sound
    params = spoiled(params, changes)
    params = json.loads(json.dumps(params).replace("PAGE", known.page_id))
    if as_text:
        params = {name: one if isinstance(one, str) else json.dumps(one) for name, one in params.items()}
    path = path.replace("BUSINESS", known.business_id)
    answer = desk.send(method, f"/v26.0/{path}", params, Authorization=f"Bearer {desk.token}")

    body = answer.json()
    assert answer.status_code in (200, 400)
    assert (answer.status_code == 400) == (isinstance(body, dict) and "error" in body)
    if path.endswith("adrules_library") and "id" in body:
        assert desk.post(f"{body['id']}/execute") == {"success": True}
