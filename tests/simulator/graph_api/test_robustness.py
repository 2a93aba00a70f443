"""Whatever is sent, the answer is an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATHS = (
    "act_1000000000000001/insights",
    "act_1000000000000001/adsets",
    "1202000000000120000",
    "1202000000000120000/insights",
    "me/adaccounts",
    "",
)
NAMES = (
    "fields", "limit", "after", "before", "filtering", "effective_status", "summary", "level", "time_range",
    "time_ranges", "time_increment", "date_preset", "sort", "breakdowns", "name", "status", "daily_budget",
    "execution_options", "batch", "method", "appsecret_proof", "ids",
)  # fmt: skip
SEEN = st.sampled_from(["id", "spend", "adset", "adset.id", "IN", "2026-02-10", "spend_descending", "ACTIVE", "[", "5"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | SEEN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["since", "until", "field", "operator", "value", "relative_url"]), inner)
    ),
    max_leaves=6,
)


SHARED = [HealthCheck.function_scoped_fixture]  # one emulator for all examples: they may follow one another


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=300, suppress_health_check=SHARED)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=st.sampled_from(PATHS),
    params=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4),
    as_text=st.booleans(),
)
def test_any_parameters_get_an_answer_in_one_of_the_apis_shapes(
    desk, method: str, path: str, params: dict[str, Any], as_text: bool
) -> None:
    if as_text:
        params = {name: json.dumps(value) for name, value in params.items()}
    answer = desk.send(method, f"/v26.0/{path}", params, Authorization=f"Bearer {desk.token}")

    body = answer.json()
    assert answer.status_code in (200, 400)
    assert (answer.status_code == 400) == (isinstance(body, dict) and "error" in body)
