"""The durable engine: every due morning once, whatever fails or is killed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from dbos import DBOS
from sqlalchemy import text

from service.scheduling import Outcome
from service.scheduling.engine import (
    LONGEST_BACKOFF_TICKS,
    DbosScheduler,
    backoff_seconds,
    wal_engine,
    workflow_prefix,
)

DAY = date(2026, 3, 5)
Pair = tuple[str, date]


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Until it holds; a test that waits in vain fails."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


class Diary:
    """Mornings that are due until they are done, and what was asked."""

    def __init__(self, *pairs: Pair) -> None:
        self.open = list(pairs)
        self.asked: list[Pair] = []
        self.answers: list[Outcome | Exception] = []

    def due(self) -> list[Pair]:
        return list(self.open)

    def morning(self, account_id: str, day: date) -> Outcome:
        self.asked.append((account_id, day))
        answer = self.answers.pop(0) if self.answers else Outcome(finished=True)
        if isinstance(answer, Exception):
            raise answer
        if answer.finished:
            self.open.remove((account_id, day))
        return answer


def run(home: Path, diary: Diary, until: Callable[[], bool]) -> None:
    """A scheduler over this diary until the condition holds."""
    scheduler = DbosScheduler(home, due=diary.due, morning=diary.morning, tick_seconds=0.03)
    scheduler.start()
    try:
        wait_for(until)
    finally:
        scheduler.stop()


@pytest.mark.slow
def test_every_due_morning_is_run_once(tmp_path: Path) -> None:
    pairs = [(f"act_{n}", date(2026, 3, day)) for n in range(3) for day in (4, 5)]
    diary = Diary(*pairs)
    run(tmp_path, diary, lambda: not diary.open)

    assert Counter(diary.asked) == Counter(pairs)


@pytest.mark.slow
def test_an_attempt_that_fails_or_breaks_off_is_followed_by_another(tmp_path: Path) -> None:
    diary = Diary(("act_1", DAY))
    diary.answers = [Outcome(finished=False, note="throttled"), ValueError("surprise"), Outcome(finished=True)]
    run(tmp_path, diary, lambda: not diary.open)

    assert len(diary.asked) == 3


@pytest.mark.slow
def test_the_platforms_wish_to_wait_is_granted(tmp_path: Path) -> None:
    diary = Diary(("act_1", DAY))
    diary.answers = [Outcome(finished=False, retry_after_seconds=600)]
    scheduler = DbosScheduler(tmp_path, due=diary.due, morning=diary.morning, tick_seconds=0.03)
    scheduler.start()
    try:
        wait_for(lambda: len(DBOS.list_workflows(status="DELAYED")) == 1)
        (waiting,) = DBOS.list_workflows(status="DELAYED")
    finally:
        scheduler.stop()

    assert waiting.delay_until_epoch_ms is not None
    assert waiting.delay_until_epoch_ms / 1000 - time.time() > 550


@pytest.mark.slow
def test_an_account_has_one_morning_at_a_time(tmp_path: Path) -> None:
    diary = Diary(*[("act_1", date(2026, 3, day)) for day in range(1, 5)], ("act_2", DAY))
    at_once: list[int] = []
    inside: Counter[str] = Counter()
    lock = threading.Lock()

    def slow(account_id: str, day: date) -> Outcome:
        with lock:
            inside[account_id] += 1
            at_once.append(inside[account_id])
        time.sleep(0.05)
        with lock:
            inside[account_id] -= 1
            return diary.morning(account_id, day)

    scheduler = DbosScheduler(tmp_path, due=diary.due, morning=slow, tick_seconds=0.03)
    scheduler.start()
    try:
        wait_for(lambda: not diary.open)
    finally:
        scheduler.stop()

    assert max(at_once) == 1


@pytest.mark.slow
def test_a_tick_that_fails_is_not_the_last_one(tmp_path: Path) -> None:
    diary = Diary(("act_1", DAY))
    failures = [ConnectionError("the clock is away")] * 3

    def due() -> list[Pair]:
        if failures:
            raise failures.pop()
        return diary.due()

    scheduler = DbosScheduler(tmp_path, due=due, morning=diary.morning, tick_seconds=0.03)
    scheduler.start()
    try:
        wait_for(lambda: not diary.open)
    finally:
        scheduler.stop()

    assert failures == []


@pytest.mark.slow
def test_history_is_pruned_to_the_newest(tmp_path: Path) -> None:
    diary = Diary(*[("act_1", date(2026, 3, day)) for day in range(1, 7)])
    scheduler = DbosScheduler(tmp_path, due=diary.due, morning=diary.morning, tick_seconds=0.03)
    scheduler.start()
    try:
        wait_for(lambda: len(DBOS.list_workflows(status="SUCCESS")) == 6)
        pruned = scheduler.prune(keep=2)
        left = len(DBOS.list_workflows())
    finally:
        scheduler.stop()

    assert (pruned, left) == (4, 2)


KILLED = """
import os, sys, pathlib
from datetime import date
from service.scheduling import Outcome
from service.scheduling.engine import DbosScheduler
def morning(account, day):
    pathlib.Path(sys.argv[1], "started").touch()
    os.kill(os.getpid(), 9)
DbosScheduler(pathlib.Path(sys.argv[1]), due=lambda: [("act_1", date(2026, 3, 5))], morning=morning,
              tick_seconds=0.03).start()
import threading; threading.Event().wait(20)
"""


@pytest.mark.slow
def test_a_morning_that_was_killed_is_recovered_without_being_due_again(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], timeout=60, check=False)
    assert killed.returncode == -9
    assert (tmp_path / "started").exists()
    diary = Diary(("act_1", DAY))
    scheduler = DbosScheduler(tmp_path, due=list, morning=diary.morning, tick_seconds=0.03)
    scheduler.start()
    try:
        wait_for(lambda: diary.asked == [("act_1", DAY)])
    finally:
        scheduler.stop()


@pytest.mark.slow
def test_stopping_is_quick_and_a_stopped_scheduler_can_start_again(tmp_path: Path) -> None:
    diary = Diary(("act_1", DAY))
    diary.answers = [Outcome(finished=False, retry_after_seconds=600)]
    run(tmp_path, diary, lambda: len(diary.asked) == 1)
    started = time.monotonic()
    run(tmp_path, diary, lambda: True)

    assert time.monotonic() - started < 5


def test_the_backoff_doubles_up_to_a_limit_and_heeds_the_platform() -> None:
    assert [backoff_seconds(n, 2.0) for n in (1, 2, 3, 50)] == [2, 4, 8, 2 * LONGEST_BACKOFF_TICKS]
    assert backoff_seconds(1, 2.0, 90) == 90
    assert backoff_seconds(9, 2.0, 1) == 300


def test_attempts_of_two_mornings_never_share_an_id() -> None:
    assert not workflow_prefix("act_1", DAY).startswith(workflow_prefix("act_1", date(2026, 3, 4)))
    assert not workflow_prefix("act_12", DAY).startswith(workflow_prefix("act_1", DAY))


def test_the_engines_database_writes_ahead_and_knows_the_time_in_fractions(tmp_path: Path) -> None:
    engine = wal_engine(tmp_path / "engine.db")
    with engine.connect() as connection:
        mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
        now = connection.execute(text("SELECT unixepoch('subsec')")).scalar_one()
    engine.dispose()

    assert mode == "wal"
    assert now == pytest.approx(time.time(), abs=5)
