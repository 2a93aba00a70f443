"""The whole service in one process, in dummy mode: the real SDK over real HTTP, the real engine and ledger."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from agents.vocabulary import PolicySpec
from service.app import Role, Service, assemble, create_app
from service.decision import ChangeState, Mode
from service.errors import PolicyUnavailable, SettingsError
from service.settings import Settings, load_settings


class Promoted:
    """A policy store with something in it, or not."""

    answer: PolicySpec | None = PolicySpec("proportional_roas")

    def __init__(self, *_: str) -> None:
        pass

    def promoted(self) -> tuple[PolicySpec, str]:
        if self.answer is None:
            raise PolicyUnavailable("no version has the alias")
        return self.answer, "3"


@pytest.fixture(autouse=True)
def _store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.app.MlflowPolicyStore", Promoted)
    monkeypatch.setattr(Promoted, "answer", Promoted.answer)


def dummy(home: Path, **values: Any) -> Settings:
    return load_settings(
        {
            "CAUDAL_HOME": home,
            "CAUDAL_EMULATOR_SCENARIOS": "small",
            "CAUDAL_EMULATOR_SPEED": "0",
            "CAUDAL_TICK_SECONDS": "0.05",
            "CAUDAL_MODE": "live",
            **values,
        }
    )


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def settled(service: Service, day: date) -> bool:
    """Whether every account decided this day and has nothing open."""
    states = service.ledger.accounts()
    return bool(states) and all(state.last_decided == day and not state.unsettled_changes for state in states)


def truth(service: Service) -> dict[str, int]:
    """Budgets by ad set as the emulator has them."""
    url = str(service.settings.clock_url).replace("/clock", "/world")
    world = httpx.get(url, trust_env=False).json()["accounts"]
    return {ad_set["id"]: ad_set["budget_minor"] for account in world for ad_set in account["ad_sets"]}


def next_day(service: Service) -> None:
    httpx.post(str(service.settings.clock_url), json={"advance_days": 1}, trust_env=False).raise_for_status()


@pytest.mark.slow
def test_mornings_are_seen_through_and_a_restart_finds_world_and_books_again(tmp_path: Path) -> None:
    service = assemble(dummy(tmp_path))
    before = truth(service)
    service.start()
    try:
        wait_for(lambda: settled(service, date(2026, 3, 2)))
        next_day(service)
        wait_for(lambda: settled(service, date(2026, 3, 3)))
        (state,) = service.ledger.accounts()
        records = service.ledger.decisions(state.facts.id, limit=10)
        after = truth(service)
    finally:
        service.stop()

    assert [record.decision.day for record in records] == [date(2026, 3, 3), date(2026, 3, 2)]
    assert {receipt.state for record in records for receipt in record.receipts} == {ChangeState.APPLIED}
    assert {line.ad_set_id: line.to_minor for line in records[0].decision.lines} == after
    assert after != before
    assert sum(after.values()) == sum(before.values()) == state.daily_budget_minor

    again = assemble(dummy(tmp_path))
    try:
        assert truth(again) == after
        assert again.mornings.due() == []
    finally:
        again.stop()


@pytest.mark.slow
def test_a_shadow_account_is_decided_and_left_alone(tmp_path: Path) -> None:
    service = assemble(dummy(tmp_path, CAUDAL_MODE="shadow"))
    before = truth(service)
    service.start()
    try:
        wait_for(lambda: settled(service, date(2026, 3, 2)))
        (state,) = service.ledger.accounts()
        (record,) = service.ledger.decisions(state.facts.id, limit=10)

        assert record.decision.mode is Mode.SHADOW
        assert record.decision.changes
        assert truth(service) == before
    finally:
        service.stop()


@pytest.mark.slow
def test_a_morning_without_a_promoted_policy_waits_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Promoted, "answer", None)
    service = assemble(dummy(tmp_path))
    service.start()
    try:
        wait_for(lambda: any(state.problem for state in service.ledger.accounts()))
        (state,) = service.ledger.accounts()
        assert state.problem == "no version has the alias"
        assert state.last_decided is None
        monkeypatch.setattr(Promoted, "answer", PolicySpec("hold"))
        wait_for(lambda: settled(service, date(2026, 3, 2)))
        wait_for(lambda: service.ledger.accounts()[0].problem is None)
    finally:
        service.stop()


@pytest.mark.slow
def test_the_web_application_starts_and_stops_the_service(tmp_path: Path) -> None:
    with TestClient(create_app(dummy(tmp_path)), base_url="http://127.0.0.1") as client:
        assert client.get("/health/live").status_code == 200
        wait_for(lambda: client.get("/api/v1/meta/accounts").json()["items"] != [])
    again = assemble(dummy(tmp_path))
    again.stop()


def test_a_second_service_on_the_same_home_is_refused(tmp_path: Path) -> None:
    first = assemble(dummy(tmp_path))
    try:
        with pytest.raises(SettingsError, match="already runs on"):
            assemble(dummy(tmp_path))
    finally:
        first.stop()


def test_a_service_that_cannot_be_assembled_leaves_the_home_free(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        assemble(dummy(tmp_path, CAUDAL_EMULATOR_SCENARIOS="smal"))
    assemble(dummy(tmp_path)).stop()


def test_only_a_live_service_can_have_a_process_for_http_alone(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="in dummy mode one process does everything"):
        assemble(dummy(tmp_path), role=Role.API)


def test_a_process_for_http_alone_holds_no_lock_and_ticks_not(tmp_path: Path) -> None:
    live = {"DUMMY_MODE": "false", "META_APP_ID": "1", "META_APP_SECRET": "s", "META_ACCESS_TOKEN": "t"}
    settings = dummy(tmp_path, **live, META_AD_ACCOUNT_ID="act_1")
    beside = assemble(settings, role=Role.API)
    service = assemble(settings)
    try:
        assert beside.scheduler is None
        assert service.scheduler is not None
    finally:
        service.stop()
        beside.stop()
