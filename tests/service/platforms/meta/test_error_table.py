"""Every error that Meta documents is known by name, and means the same to a read, to a write and to the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
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
from service.platforms.meta.account import MetaAdAccount, MetaConnection, open_account
from service.platforms.meta.error_table import ROWS, Family, Row, knows, row_of
from service.platforms.meta.errors import Complaint, NotReady, TooMuchData, classify
from service.platforms.meta.retrying import Patience
from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread
from simulator.graph_api.catalogue import CATALOGUE
from simulator.identity import account_id

READING = {
    Family.RETRY_LATER: Unavailable,
    Family.NOT_READY: NotReady,
    Family.TOO_MUCH_DATA: TooMuchData,
    Family.THROTTLED: Throttled,
    Family.AUTH: Unauthorised,
    Family.PERMISSION: PermissionDenied,
    Family.VALIDATION: InvalidRequest,
    Family.CONFLICT: WrongState,
}
MAY_HAVE_BEEN_DONE = {Family.RETRY_LATER, Family.NOT_READY, Family.TOO_MUCH_DATA}
MEANINGS = {
    "transient": {Family.RETRY_LATER, Family.TOO_MUCH_DATA, Family.THROTTLED},
    "async_insights": {Family.NOT_READY, Family.RETRY_LATER, Family.TOO_MUCH_DATA},
    "too_much_data": {Family.TOO_MUCH_DATA},
    "throttle": {Family.THROTTLED},
    "auth": {Family.AUTH},
    "permission": {Family.PERMISSION},
    "state": {Family.CONFLICT},
    "budget": {Family.VALIDATION, Family.CONFLICT},
    "account": {Family.PERMISSION, Family.RETRY_LATER, Family.THROTTLED},
}
"""What each of the emulator's families may be to the adapter; those not named here are wrong fields."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[dict[str, Any]]:
    with run_in_thread(EmulatorConfig(accounts=(AccountConfig("small", 3),))) as running:
        yield running.facts


def opened(facts: dict[str, Any]) -> MetaAdAccount:
    connection = MetaConnection(
        graph_url=facts["url"],
        access_token=facts["access_token"],
        app_id=facts["app_id"],
        app_secret=facts["app_secret"],
        account_id=account_id(3),
        timeout_seconds=10.0,
    )
    once = Patience(attempts=1, total_seconds=1.0)
    return open_account(connection, wait=lambda seconds: None, reads=once, writes=once)


def plan(facts: dict[str, Any], **fault: Any) -> None:
    httpx.post(f"{facts['admin_url']}/faults", json=fault, trust_env=False).raise_for_status()


@pytest.mark.slow
@pytest.mark.parametrize("entry", CATALOGUE, ids=[f"{entry.code}-{entry.subcode}-{entry.type}" for entry in CATALOGUE])
def test_each_error_of_the_emulator_is_known_and_raised_as_what_it_is(entry, emulator) -> None:
    row = row_of(entry.code, entry.subcode)
    assert row is not None
    assert knows(entry.code, entry.subcode), "only its code is known, not the pair"
    assert row.family in MEANINGS.get(str(entry.family), {Family.VALIDATION})
    fault = {"kind": "error", "code": entry.code, "type": entry.type}
    fault |= {} if entry.subcode is None else {"subcode": entry.subcode}

    plan(emulator, **fault, match="GET")
    with pytest.raises(PlatformError) as read:
        opened(emulator).facts()
    plan(emulator, **fault, match="POST")
    writer = opened(emulator)
    ad_set_id, budget = next(iter(writer.budgets_minor().items()))
    with pytest.raises(PlatformError) as write:
        writer.set_daily_budget(ad_set_id, budget + 100)

    assert type(read.value) is READING[row.family]
    unknown = row.family in MAY_HAVE_BEEN_DONE or entry.status >= 500
    assert type(write.value) is (OutcomeUnknown if unknown else READING[row.family])
    assert str(entry.code) in str(write.value)
    assert row.advice in str(write.value)
    assert opened(emulator).budgets_minor()[ad_set_id] == budget


def test_the_emulator_lists_what_was_tested(emulator) -> None:
    listed = httpx.get(f"{emulator['admin_url']}/errors", trust_env=False).json()["errors"]

    unknown = [(e["code"], e.get("subcode")) for e in listed if not knows(e["code"], e.get("subcode"))]
    assert unknown == []
    assert len(listed) == len(CATALOGUE)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.code}-{row.subcode}" for row in ROWS])
def test_each_row_is_its_own_error_to_a_read_and_to_a_write(row: Row) -> None:
    code = 100 if row.code is None else row.code
    complaint = Complaint(code, row.subcode, "Words", (), transient=False, trace="", http_status=400)

    read, of_read = classify(complaint, None, what="reading", writing=False)
    write, of_write = classify(complaint, None, what="writing", writing=True)

    assert of_read == of_write == row
    assert type(read) is READING[row.family]
    assert type(write) is (OutcomeUnknown if row.family in MAY_HAVE_BEEN_DONE else READING[row.family])


def test_every_row_tells_a_person_what_to_do() -> None:
    assert all(len(row.advice) > 20 and not row.advice.endswith(".") for row in ROWS)


def test_a_code_in_no_row_is_nothing_in_particular() -> None:
    assert row_of(987654, None) is None
    assert row_of(None, None) is None
    assert not knows(987654, 33)


def test_an_unknown_subcode_is_judged_by_its_code() -> None:
    assert row_of(190, 99999) == row_of(190, None)
    assert not knows(190, 99999)
