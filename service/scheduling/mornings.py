"""Seeing mornings through: who is due, and one account's morning from the first read to the last receipt."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from agents.errors import AgentError
from service.errors import ServiceError, Throttled
from service.ports import Books, Ledger
from service.scheduling import Outcome
from service.scheduling.due import due, local_day

if TYPE_CHECKING:
    from service.decision import AccountState, Mode
    from service.platforms import AdAccount
    from service.ports import Clock

log = logging.getLogger("caudal.mornings")

LONGEST_SILENCE_TICKS = 150


class Storage(Ledger, Books, Protocol):
    """Both sides of the ledger in one store."""


@dataclass
class _Silence:
    """How many more ticks an account that did not answer is left in peace; doubles with every failure."""

    ticks_left: int = 0
    failures: int = 0
    why: str = ""

    def over(self) -> bool:
        """Whether it may be asked at this tick."""
        self.ticks_left -= 1
        return self.ticks_left < 0

    def longer(self, why: str) -> None:
        """It failed once more."""
        self.why = why
        self.ticks_left = min(2**self.failures, LONGEST_SILENCE_TICKS)
        self.failures += 1


class Mornings:
    """What the scheduler asks: whose morning is it, and please see this one through. Safe to call from many threads."""

    def __init__(
        self,
        *,
        accounts: Mapping[str, AdAccount],
        ledger: Storage,
        clock: Clock,
        conduct: Callable[[AdAccount, AccountState, date], object],
        first_mode: Mode,
        morning_hour: int,
    ) -> None:
        """Keep what is needed.

        Args:
            accounts: the configured accounts by id.
            ledger: where they are onboarded and their problems noted.
            clock: the platform's time.
            conduct: decides and acts; idempotent for an account and day.
            first_mode: mode of an account that is seen for the first time.
            morning_hour: local hour from which on a day may be decided.
        """
        self._accounts, self._ledger, self._clock, self._conduct = accounts, ledger, clock, conduct
        self._first_mode, self._morning_hour = first_mode, morning_hour
        self._known: set[str] = set()
        self._silent: dict[str, _Silence] = {}

    def due(self) -> list[tuple[str, date]]:
        """Configured accounts whose morning has come and is not finished; new ones are onboarded on the way."""
        self.onboard()
        mine = [state for state in self._ledger.accounts() if state.facts.id in self._accounts]
        return due(self._clock.now(), mine, self._morning_hour)

    def onboard(self) -> None:
        """Remember every configured account that was not greeted yet; one that does not answer is asked next time.

        The budget to give out is, the first time, what the account's active ad sets have together.
        """
        for account_id in [name for name in self._accounts if name not in self._known]:
            silence = self._silent.setdefault(account_id, _Silence())
            if not silence.over():
                continue
            try:
                self._greet(account_id)
            except (ServiceError, AgentError) as error:
                silence.longer(str(error))
                log.warning("account %s cannot be read and is asked again in a while: %s", account_id, error)

    def _greet(self, account_id: str) -> None:
        account = self._accounts[account_id]
        facts = account.facts()
        total = sum(ad_set.budget_minor for ad_set in account.ad_sets() if ad_set.active)
        now = self._clock.now()
        state = self._ledger.onboard(facts, mode=self._first_mode, daily_budget_minor=total, at=now)
        self._known.add(account_id)
        log.info("account %s (%s) is %s, %d minor units a day", account_id, facts.name, state.mode, total)

    def unread(self) -> dict[str, str]:
        """Configured accounts that could not be read since the start, and why."""
        silent = list(self._silent.items())  # the ticker may add to it meanwhile
        return {name: silence.why for name, silence in silent if name not in self._known and silence.why}

    def see_through(self, account_id: str, day: date) -> Outcome:
        """Decide and act for this account and local day; whatever keeps it from finishing is noted and tried again."""
        if account_id not in self._accounts:
            return Outcome(finished=True, note=f"{account_id} is no longer configured")
        try:
            return self._attempt(account_id, day)
        except Throttled as error:
            return self._not_yet(account_id, str(error), error.retry_after_seconds)
        except (ServiceError, AgentError) as error:
            return self._not_yet(account_id, str(error))
        except Exception as error:
            log.exception("the morning of %s on %s broke off", account_id, day)
            return self._not_yet(account_id, f"internal error, see the log: {type(error).__name__}")

    def _attempt(self, account_id: str, day: date) -> Outcome:
        state = self._ledger.account(account_id)
        if local_day(self._clock.now(), state.facts.time_zone) > day:
            return Outcome(finished=True, note=f"{day} is over; the next morning settles what it left")
        self._conduct(self._accounts[account_id], state, day)
        if unsettled := len(self._ledger.unsettled(account_id)):
            return self._not_yet(account_id, f"{unsettled} budget changes are not confirmed by the platform yet")
        if state.problem is not None:
            self._ledger.note_problem(account_id, None, self._clock.now())
        return Outcome(finished=True)

    def _not_yet(self, account_id: str, note: str, retry_after_seconds: float | None = None) -> Outcome:
        """An unfinished attempt, with its reason where people look."""
        log.warning("%s: %s", account_id, note)
        try:
            self._ledger.note_problem(account_id, note, self._clock.now())
        except ServiceError as error:
            log.warning("%s: the problem could not be noted: %s", account_id, error)
        return Outcome(finished=False, note=note, retry_after_seconds=retry_after_seconds)
