"""The Scheduler port over DBOS Transact: the only module that knows DBOS.

A ticker thread looks every few seconds whose morning it is and puts a durable workflow `morning-<account>-<day>-<n>` in
a queue that runs one workflow an account at a time. The workflow's id makes each attempt happen once, whatever crashes;
what a morning may do twice is decided by the ledger, because `morning` is idempotent. A workflow never fails: an
attempt that does not finish says so, and a later tick enqueues attempt n + 1, delayed by a backoff. That keeps no
thread asleep (a stop takes no longer than the platform call in flight) and needs no state besides DBOS's own.

One process runs on a home (`service.adapters.lock`), so the executor id is fixed: what a killed process left pending
belongs to the next one and is recovered when it starts, without a heartbeat or a reaper.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from dbos import DBOS, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID

from service.scheduling import Due, Morning, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from dbos import DBOSConfig, WorkflowStatus

EXECUTOR = "caudal"
VERSION = "mornings-1"
"""Bumped only when the order of steps in a workflow changes; DBOS's own default, a hash of the source, would abandon
pending mornings at every release."""
QUEUE = "mornings"
OPEN = frozenset({"ENQUEUED", "DELAYED", "PENDING"})
FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
MOST_ATTEMPTS = 300
MOST_RECOVERIES = 1_000_000
LONGEST_BACKOFF_TICKS = 150
KEEP_WORKFLOWS = 5_000
PRUNE_EVERY_TICKS = 500

log = logging.getLogger("caudal.scheduling")


def workflow_prefix(account_id: str, day: date) -> str:
    """What the ids of all attempts at one morning start with."""
    return f"morning-{account_id}-{day}-"


def backoff_seconds(attempts: int, tick_seconds: float, wish_seconds: float | None = None) -> float:
    """How long to wait after this many attempts: doubling from one tick, but never earlier than the platform wishes."""
    ours = tick_seconds * min(2.0 ** min(attempts - 1, 30), LONGEST_BACKOFF_TICKS)
    return max(ours, wish_seconds or 0.0)


class DbosScheduler:
    """Durable mornings on an SQLite file in the home. One instance a process: DBOS is a process-wide singleton."""

    def __init__(self, home: Path, *, due: Due, morning: Morning, tick_seconds: float, workers: int = 4) -> None:
        """Keep what is needed; nothing runs before `start`.

        Args:
            home: directory of `engine.db`.
            due: asked at every tick.
            morning: run in a worker thread for every account and day that is due.
            tick_seconds: how often to look.
            workers: how many accounts at once.
        """
        self._home, self._due, self._morning = home, due, morning
        self._tick_seconds, self._workers = tick_seconds, workers
        self._stopping = threading.Event()
        self._ticker: threading.Thread | None = None
        self._workflow: Callable[[str, str], dict[str, Any]] | None = None
        self._engine: sa.Engine | None = None

    def start(self) -> None:
        """Recover what was pending, and begin to tick."""
        self._home.mkdir(parents=True, exist_ok=True)
        self._stopping.clear()
        self._engine = wal_engine(self._home / "engine.db")
        DBOS(config=self._config(self._engine))
        self._workflow = self._register()
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=self._workers,
            polling_interval_sec=min(1.0, self._tick_seconds),
            on_conflict="always_update",
        )
        self._ticker = threading.Thread(target=self._tick_forever, name="ticker", daemon=True)
        self._ticker.start()

    def stop(self) -> None:
        """Stop ticking, let attempts in flight end (at most a few seconds), and leave the rest to the next start."""
        self._stopping.set()
        if self._ticker is not None:
            self._ticker.join(timeout=5)
            self._ticker = None
        busy = bool(DBOS.list_workflows(status="PENDING", load_input=False, load_output=False, limit=1))
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=3 if busy else 0)
        if self._engine is not None:  # DBOS leaves an engine that it was handed to whoever made it
            self._engine.dispose()
            self._engine = None

    def tick(self) -> int:
        """Enqueue an attempt for every morning that is due and has none open; how many were enqueued."""
        wanted = list(self._due())
        if not wanted:
            return 0
        known = DBOS.list_workflows(
            workflow_id_prefix=[workflow_prefix(*pair) for pair in wanted], load_input=False, load_output=True
        )
        return sum(self._enqueue(account_id, day, known) for account_id, day in wanted)

    def prune(self, keep: int = KEEP_WORKFLOWS) -> int:
        """Forget the oldest finished workflows beyond `keep`; the ledger is what remembers mornings."""
        old = DBOS.list_workflows(
            status=FINISHED, sort_desc=True, offset=keep, limit=1000, load_input=False, load_output=False
        )
        if old:
            DBOS.delete_workflows([status.workflow_id for status in old])
        return len(old)

    def _enqueue(self, account_id: str, day: date, known: list[WorkflowStatus]) -> bool:
        prefix = workflow_prefix(account_id, day)
        attempts = [status for status in known if status.workflow_id.startswith(prefix)]
        if len(attempts) >= MOST_ATTEMPTS or any(status.status in OPEN for status in attempts):
            return False
        delay = None
        if attempts:
            last = max(attempts, key=lambda status: int(status.workflow_id.removeprefix(prefix)))
            wish = last.output.get("retry_after_seconds") if isinstance(last.output, dict) else None
            delay = backoff_seconds(len(attempts), self._tick_seconds, wish)
        if self._workflow is None:
            raise RuntimeError("the scheduler was not started")
        with (
            SetWorkflowID(f"{prefix}{len(attempts) + 1}"),
            SetEnqueueOptions(queue_partition_key=account_id, delay_seconds=delay),
        ):
            DBOS.enqueue_workflow(QUEUE, self._workflow, account_id, day.isoformat())
        return True

    def _register(self) -> Callable[[str, str], dict[str, Any]]:
        """The workflow: one step, whose answer is written down."""

        @DBOS.step(name="attempt")
        def attempt(account_id: str, day: str) -> dict[str, Any]:
            try:
                outcome = self._morning(account_id, date.fromisoformat(day))
            except Exception as error:  # an uncaught error would be final for DBOS, and the morning lost
                log.exception("the morning of %s on %s broke off", account_id, day)
                outcome = Outcome(finished=False, note=f"{type(error).__name__}: {error}")
            return {
                "finished": outcome.finished,
                "note": outcome.note,
                "retry_after_seconds": outcome.retry_after_seconds,
            }

        @DBOS.workflow(name="morning", max_recovery_attempts=MOST_RECOVERIES)
        def morning(account_id: str, day: str) -> dict[str, Any]:
            return attempt(account_id, day)

        return morning

    def _tick_forever(self) -> None:
        ticks = 0
        while not self._stopping.is_set():
            try:
                self.tick()
                if ticks % PRUNE_EVERY_TICKS == 0:
                    self.prune()
            except Exception as error:  # noqa: BLE001 - a tick that fails must not be the last one
                log.warning("this tick did not succeed, the next one tries again: %s", error)
            ticks += 1
            self._stopping.wait(self._tick_seconds)

    def _config(self, engine: sa.Engine) -> DBOSConfig:
        return {
            "name": "caudal",
            "system_database_url": str(engine.url),
            "system_database_engine": engine,
            "executor_id": EXECUTOR,
            "application_version": VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": 0.2,
        }


def wal_engine(path: Path) -> sa.Engine:
    """SQLite as DBOS wants it, with a write-ahead log (five times faster than the rollback journal) and full syncs."""
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        if sqlite3.sqlite_version_info < (3, 42):
            # On Python >= 3.12 DBOS calls unixepoch('subsec'), which older SQLite libraries answer with NULL.
            connection.create_function("unixepoch", 1, _unixepoch)

    return engine


def _unixepoch(modifier: str) -> float | int:
    now = time.time()  # noqa: TID251 - SQLite's own clock, for libraries that lack it
    return now if modifier in {"subsec", "subsecond"} else int(now)
