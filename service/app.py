"""The composition root: the only place where the service's things are constructed and joined."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import version
from typing import TYPE_CHECKING

from agents.vocabulary import NO_CEILING_MINOR
from service.adapters.clock import RemoteClock, SystemClock
from service.adapters.lock import HomeLock
from service.cycle import Rules, run_morning
from service.errors import SettingsError
from service.guardrails import DEFAULTS
from service.promotion import MlflowPolicyStore
from service.scheduling.mornings import Mornings

if TYPE_CHECKING:
    from datetime import date

    from litestar import Litestar

    from service.decision import AccountState, Decision
    from service.persistence.ledger import SqlLedger
    from service.platforms import AdAccount
    from service.ports import Clock, Scheduler
    from service.settings import Settings

log = logging.getLogger("caudal.app")


class Role(StrEnum):
    """What a process does: everything, or only answering HTTP beside a process that does the rest."""

    ALL = "all"
    API = "api"


@dataclass
class Service:
    """Everything that runs, joined. `start` and `stop` may be called more than once."""

    settings: Settings
    clock: Clock
    ledger: SqlLedger
    store: MlflowPolicyStore
    accounts: dict[str, AdAccount]
    rules: Rules
    conduct: Callable[[AdAccount, AccountState, date], Decision]
    mornings: Mornings
    scheduler: Scheduler | None
    resources: ExitStack = field(repr=False)
    running: bool = False

    def start(self) -> None:
        """Onboard the configured accounts and begin to tick."""
        if self.running:
            return
        self.running = True
        if self.scheduler is not None:
            self.scheduler.start()
        log.info("ready: %d accounts, new ones start in mode %s", len(self.accounts), self.settings.mode)

    def stop(self) -> None:
        """Stop ticking, then close what was opened, last things first."""
        if self.running and self.scheduler is not None:
            self.scheduler.stop()
        self.running = False
        self.resources.close()


def assemble(settings: Settings, *, role: Role = Role.ALL) -> Service:
    """Construct a service; nothing ticks before `Service.start`.

    Raises:
        SettingsError: the home is taken or cannot be written, or a setting cannot work.
    """
    with ExitStack() as stack:
        wired = _wire(settings, role, stack)
        clock = _clock(wired, stack)
        ledger = _open_ledger(wired, stack)
        store = MlflowPolicyStore(wired.tracking_uri, wired.policy_model, wired.policy_alias)
        accounts = open_accounts(wired)
        rules = morning_rules(wired)

        def conduct(account: AdAccount, state: AccountState, day: date) -> Decision:
            return run_morning(account, ledger, store, clock, state=state, day=day, rules=rules)

        mornings = Mornings(
            accounts=accounts,
            ledger=ledger,
            clock=clock,
            conduct=conduct,
            first_mode=wired.mode,
            morning_hour=wired.morning_hour,
        )
        scheduler = _scheduler(wired, mornings) if role is Role.ALL else None
        return Service(wired, clock, ledger, store, accounts, rules, conduct, mornings, scheduler, stack.pop_all())
    raise AssertionError("unreachable: ExitStack swallows nothing")


def create_app(settings: Settings, *, service: Service | None = None) -> Litestar:
    """The web application of a service, started and stopped with it."""
    from service.api.application import web_app  # noqa: PLC0415 - the web library, only where pages are served

    running = service or assemble(settings)

    async def start() -> None:
        await asyncio.to_thread(running.start)

    async def stop() -> None:
        await asyncio.to_thread(running.stop)

    return web_app(
        books=running.ledger,
        store=running.store,
        clock=running.clock,
        version=version("caudal"),
        on_startup=[start],
        on_shutdown=[stop],
        mlflow_url=running.settings.mlflow_url,
        unread=running.mornings.unread,
    )


def morning_rules(settings: Settings) -> Rules:
    """What every morning is run by."""
    return Rules(
        guardrails=DEFAULTS if settings.guardrails is None else settings.guardrails,
        root_seed=settings.root_seed,
        history_days=settings.history_days,
        quarantine_seconds=settings.quarantine_seconds,
        deadline_seconds=settings.deadline_seconds,
    )


def open_accounts(settings: Settings) -> dict[str, AdAccount]:
    """The configured ad accounts, by id; nothing is asked of the platform yet."""
    from service.platforms.meta.account import AppShare, MetaConnection, open_account  # noqa: PLC0415 - the SDK, 0.2 s

    token, secret = settings.meta_access_token, settings.meta_app_secret
    if token is None or secret is None or settings.meta_app_id is None:
        raise SettingsError("META_ACCESS_TOKEN, META_APP_SECRET and META_APP_ID must be set to open an ad account")
    share = AppShare()  # all accounts speak as one app, and use up its allowances together
    return {
        account_id: open_account(
            MetaConnection(
                graph_url=settings.graph_url,
                access_token=token.get_secret_value(),
                app_id=settings.meta_app_id,
                app_secret=secret.get_secret_value(),
                account_id=account_id,
                api_version=settings.meta_api_version,
                timeout_seconds=settings.platform_timeout_seconds,
                floor_minor=least,
                ceiling_minor=NO_CEILING_MINOR if most is None else most,
            ),
            share=share,
        )
        for account_id in settings.meta_ad_account_ids
        for least, most in [settings.budget_bounds.get(account_id, (0, None))]
    }


def _wire(settings: Settings, role: Role, stack: ExitStack) -> Settings:
    """Settings that point at a platform: as they are, or at the emulator that dummy mode brings along."""
    if role is Role.API:
        if settings.dummy_mode:
            raise SettingsError("--role api stands beside a live service; in dummy mode one process does everything")
        return settings
    lock = HomeLock(settings.home)
    lock.acquire()
    stack.callback(lock.release)
    if not settings.dummy_mode:
        return settings
    from service.dummy import embed  # noqa: PLC0415 - the emulator, only where it runs

    wired, close = embed(settings)
    stack.callback(close)
    return wired


def _clock(settings: Settings, stack: ExitStack) -> Clock:
    """The platform's time: simulated where an address for it is configured, this machine's otherwise."""
    if settings.clock_url is None:
        return SystemClock()
    clock = RemoteClock(settings.clock_url)
    stack.callback(clock.close)
    return clock


def _open_ledger(settings: Settings, stack: ExitStack) -> SqlLedger:
    from service.persistence.engine import migrate, open_engine  # noqa: PLC0415 - a database library, slow to import
    from service.persistence.ledger import SqlLedger  # noqa: PLC0415 - the same

    engine = open_engine(settings.ledger_url)
    stack.callback(engine.dispose)
    migrate(engine)
    return SqlLedger(engine)


def _scheduler(settings: Settings, mornings: Mornings) -> Scheduler:
    from service.scheduling.engine import DbosScheduler  # noqa: PLC0415 - seconds to import

    return DbosScheduler(
        settings.home, due=mornings.due, morning=mornings.see_through, tick_seconds=settings.tick_seconds
    )
