"""Meta's codes one by one, and nothing secret in any error or log line."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from datetime import date

import pytest

from service.errors import (
    InvalidRequest,
    OutcomeUnknown,
    PermissionDenied,
    PlatformError,
    Throttled,
    Unauthorised,
    Unavailable,
    WrongState,
)
from service.platforms.meta.errors import NotReady, TooMuchData, scrub_queries, scrubber

DAY = date(2026, 3, 1)
TABLE = [
    # code, subcode, what a read raises, what a write raises
    *((code, None, Throttled, Throttled) for code in (4, 17, 32, 341, 613, 80000, 80003, 80004, 80014)),
    (17, 2446079, Throttled, Throttled),
    (613, 1487742, Throttled, Throttled),
    (613, 5044001, Throttled, Throttled),
    (613, 1487632, Throttled, Throttled),
    (4, 1504022, Throttled, Throttled),
    *((190, subcode, Unauthorised, Unauthorised) for subcode in (None, 458, 459, 460, 463, 464, 467, 492)),
    (102, None, Unauthorised, Unauthorised),
    (104, None, Unauthorised, Unauthorised),
    *((code, None, PermissionDenied, PermissionDenied) for code in (3, 10, 200, 272, 294, 299)),
    (100, 33, PermissionDenied, PermissionDenied),
    (100, 3191001, PermissionDenied, PermissionDenied),
    (2654, 1713092, PermissionDenied, PermissionDenied),
    (200, 1870034, PermissionDenied, PermissionDenied),
    *((code, None, InvalidRequest, InvalidRequest) for code in (100, 801, 900, 2500, 2635, 2641, 2695, 3018)),
    (100, 1885272, InvalidRequest, InvalidRequest),
    (100, 1885650, WrongState, WrongState),
    (368, None, Throttled, Throttled),
    (1885272, None, InvalidRequest, InvalidRequest),
    (5000, 1885272, InvalidRequest, InvalidRequest),
    (100, 1487901, InvalidRequest, InvalidRequest),
    (1487566, None, WrongState, WrongState),
    (100, 1885088, WrongState, WrongState),
    *((code, None, Unavailable, OutcomeUnknown) for code in (1, 2, 3910001, -1, -2)),
    (1, 99, Unavailable, OutcomeUnknown),
    (2, 1504043, Unavailable, OutcomeUnknown),
    (100, 1487390, Unavailable, OutcomeUnknown),
    (2601, None, NotReady, OutcomeUnknown),
    (2601, 1815107, NotReady, OutcomeUnknown),
    (987654, None, Unavailable, OutcomeUnknown),
    (None, None, Unavailable, OutcomeUnknown),
    *((code, sub, TooMuchData, OutcomeUnknown) for code, sub in ((100, 1487534), (100, 1504018), (2, 1504038))),
    (-3, 1504045, TooMuchData, OutcomeUnknown),
]


def body(code=100, subcode=None, **more):
    error = {"message": "Words", "type": "OAuthException", "fbtrace_id": "AbC", **more}
    error |= {} if code is None else {"code": code}
    error |= {} if subcode is None else {"error_subcode": subcode}
    return {"error": error}


@pytest.mark.parametrize(("code", "subcode", "reading", "writing"), TABLE)
def test_each_code_raises_its_own_error(code, subcode, reading, writing, connect, graph, answer) -> None:
    graph.always(answer(body(code, subcode), status=400))

    with pytest.raises(PlatformError) as read:
        connect().facts()
    with pytest.raises(PlatformError) as write:
        connect().set_daily_budget("1", 100)

    assert (type(read.value), type(write.value)) == (reading, writing)
    assert "Words" in str(write.value)


@pytest.mark.parametrize("code", [4, 10, 100, 190, 200])
def test_a_write_that_a_failing_server_refuses_may_have_happened(code, account, graph, answer) -> None:
    graph.always(answer(body(code), status=503))

    with pytest.raises(OutcomeUnknown):
        account.set_daily_budget("1", 100)


@pytest.mark.parametrize("code", [100, 200, 801])
def test_what_meta_flags_as_transient_is_not_refused(code, account, graph, answer) -> None:
    graph.always(answer(body(code, is_transient=True), status=400))

    with pytest.raises(OutcomeUnknown):
        account.set_daily_budget("1", 100)


@pytest.mark.parametrize(
    "error_data", [{"blame_field_specs": [["daily_budget"]]}, '{"blame_field_specs":[["daily_budget"]]}']
)
def test_a_refusal_names_field_code_and_trace(error_data, account, graph, answer) -> None:
    told = {"error_user_title": "Budget too low", "error_user_msg": "Use at least 1.00.", "error_data": error_data}
    graph.always(answer(body(100, 1885272, **told), status=400))

    with pytest.raises(InvalidRequest) as caught:
        account.set_daily_budget("1", 100)

    assert str(caught.value) == (
        "setting the daily budget of ad set 1 to 100: Budget too low: Use at least 1.00 "
        "(code 100, subcode 1885272, field daily_budget, trace AbC); "
        "choose a budget above Meta's minimum for this ad set"
    )


@pytest.mark.parametrize("error_data", ["not json", "", 5, None, [], {"blame_field_specs": "x"}, '"x"'])
def test_odd_error_data_costs_nothing_but_the_field_name(error_data, account, graph, answer) -> None:
    graph.always(answer(body(100, error_data=error_data), status=400))

    with pytest.raises(InvalidRequest, match="Words"):
        account.set_daily_budget("1", 100)


CASE = {"type": "ads_management", "call_count": 100, "total_cputime": 20, "total_time": 20}


@pytest.mark.parametrize(
    ("code", "subcode", "headers", "seconds"),
    [
        (80004, 2446079, {}, 60.0),
        (80000, None, {}, None),
        (80000, None, {"X-Business-Use-Case-Usage": {"1": [{**CASE, "estimated_time_to_regain_access": 7}]}}, 420.0),
        (80000, None, {"x-business-use-case-usage": {"1": [{**CASE, "estimated_time_to_regain_access": 0}]}}, None),
        (17, None, {"X-Ad-Account-Usage": {"acc_id_util_pct": 100, "reset_time_duration": 90}}, 90.0),
        (17, None, {"X-Ad-Account-Usage": {"acc_id_util_pct": 40, "reset_time_duration": 90}}, None),
        (613, 1487632, {}, 3600.0),
        (613, 1487632, {"X-Business-Use-Case-Usage": {"1": [{"estimated_time_to_regain_access": 90}]}}, 3600.0),
        (4, None, {"X-App-Usage": "not json"}, None),
        (4, None, {"X-Business-Use-Case-Usage": {"1": [{"estimated_time_to_regain_access": "soon"}], "2": 5}}, None),
    ],
)
def test_throttling_says_when_to_come_back(code, subcode, headers, seconds, account, graph, answer) -> None:
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in headers.items()}
    graph.always(answer(body(code, subcode), status=400, headers=texts))

    with pytest.raises(Throttled) as caught:
        account.set_daily_budget("1", 100)

    assert caught.value.retry_after_seconds == seconds


def test_errors_survive_pickling(account, graph, answer) -> None:
    graph.always(answer(body(613, 1487632), status=400))

    with pytest.raises(Throttled) as caught:
        account.facts()

    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - what was pickled a line above
    assert (type(again), str(again), again.retry_after_seconds) == (Throttled, str(caught.value), 3600.0)


def leaks(failure: BaseException | None, secrets: tuple[str, ...]) -> list[str]:
    """Every text of an exception and of all it is chained to that holds a secret."""
    texts: list[str] = []
    seen: set[int] = set()
    todo = [failure]
    while todo:
        error = todo.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        texts += [str(error), repr(error), repr(error.args), repr(vars(error)), *traceback.format_exception(error)]
        todo += [error.__cause__, error.__context__]
    return [text for text in texts if any(secret in text for secret in secrets)]


def failures(answer, planted):
    token, secret = planted
    echo = f"Malformed access token {token} or {secret} in https://x/?access_token={token}&appsecret_proof=abcdef"
    told = {"error_user_title": echo, "error_user_msg": echo, "fbtrace_id": token}
    blame = {"blame_field_specs": [[token]]}
    return {
        "echo in the error": answer(body(190, message=echo), status=400),
        "echo for people": answer(body(100, **told, error_data=blame), status=400),
        "escaped echo": answer(b'{"error": {"code": 100, "message": "bad EAAB\\u002bplanted\\/token=="}}', status=400),
        "throttled": answer(body(4, message=echo), status=400),
        "html": answer(f"<html>{echo}</html>".encode(), status=502),
        "dropped": answer(drop=True),
        "silent": answer(silence_seconds=1.0),
        "redirect": answer(b"", status=302, headers={"Location": f"http://127.0.0.1:9/?access_token={token}"}),
        "odd facts": answer({"id": token, "data": [{"id": token}], "paging": {"next": echo}}),
    }


NAMES = [
    "echo in the error",
    "echo for people",
    "escaped echo",
    "throttled",
    "html",
    "dropped",
    "silent",
    "redirect",
    "odd facts",
]


@pytest.mark.slow
@pytest.mark.parametrize("in_header", [True, False], ids=["header", "query"])
@pytest.mark.parametrize("name", NAMES)
def test_no_error_and_no_log_line_carries_a_secret(
    name, in_header, connect, graph, answer, planted, caplog, capfd
) -> None:
    from facebook_business.session import FacebookSession  # noqa: PLC0415 - to know what the proof looks like

    token, secret = planted
    proof = FacebookSession(app_secret=secret, access_token=token).appsecret_proof
    secrets = (token, secret, proof, "EAAB%2Bplanted")
    account = connect(token_in_header=in_header, timeout_seconds=0.1)
    graph.always(failures(answer, planted)[name])
    caplog.set_level(logging.DEBUG)

    caught = []
    for act in (
        account.facts,
        account.ad_sets,
        account.budgets_minor,
        lambda: account.report(DAY, DAY),
        lambda: account.set_daily_budget("1", 100),
    ):
        try:
            act()
        except PlatformError as error:
            caught.append(error)

    assert len(caught) >= 4
    assert [leak for error in caught for leak in leaks(error, secrets)] == []
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("urllib3")]
    assert logged
    assert [line for line in (*logged, caplog.text, *capfd.readouterr()) if any(s in line for s in secrets)] == []


def test_our_errors_are_chained_to_nothing(account, graph, answer) -> None:
    graph.always(answer(drop=True))

    with pytest.raises(OutcomeUnknown) as caught:
        account.set_daily_budget("1", 100)

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_the_token_is_in_no_url_and_the_proof_goes_with_it(account, graph, healthy, planted) -> None:
    graph.script = healthy

    account.facts()
    account.report(DAY, DAY)
    account.set_daily_budget("1", 100)

    assert {asked.headers["Authorization"] for asked in graph.asked} == {f"Bearer {planted[0]}"}
    assert not any("access_token" in asked.params for asked in graph.asked)
    assert all(len(asked.params["appsecret_proof"]) == 64 for asked in graph.asked)


def test_the_query_string_is_the_fallback(connect, graph, healthy, planted) -> None:
    graph.script = healthy

    connect(token_in_header=False, app_secret=None).facts()

    assert graph.asked[0].params["access_token"] == planted[0]
    assert "Authorization" not in graph.asked[0].headers
    assert "appsecret_proof" not in graph.asked[0].params


def test_secrets_are_scrubbed_as_they_are_and_as_urls_write_them() -> None:
    scrub = scrubber(["long+er/one", "one", None, ""])

    assert scrub(r"long+er/one long%2Ber%2Fone long+er\/one timezone") == "[secret] [secret] [secret] timezone"
    assert scrub_queries(r'{"a": "\"access_token=zz\""}') == r'{"a": "\"access_token=[secret]\""}'
    assert scrub_queries("?appsecret_proof=ff&x=1 and input_token=zz") == (
        "?appsecret_proof=[secret]&x=1 and input_token=[secret]"
    )
