"""Mornings: onboarding, who is due, and what becomes of trouble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast

import pytest

from agents.errors import ObservationError
from agents.vocabulary import AdSet
from service.decision import AccountState, Mode
from service.errors import PolicyUnavailable, Throttled, Unavailable
from service.platforms import AccountFacts, AdAccount
from service.scheduling import Outcome
from service.scheduling.mornings import Mornings, Storage

DAY = date(2026, 3, 5)
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


class FakeAccount:
    """Three ad sets, one of them paused; may refuse to be read."""

    def __init__(self, account_id: str) -> None:
        self.id = account_id
        self.trouble: Exception | None = None
        self.reads = 0

    def facts(self) -> AccountFacts:
        self.reads += 1
        if self.trouble:
            raise self.trouble
        return AccountFacts(self.id, "Shop", "EUR", 100, "UTC", active=True)

    def ad_sets(self) -> tuple[AdSet, ...]:
        return AdSet("1", 1_000), AdSet("2", 2_500), AdSet("3", 9_000, active=False)


class FakeLedger:
    """Accounts, problems and open changes, in memory."""

    def __init__(self) -> None:
        self.states: dict[str, AccountState] = {}
        self.open: tuple[Any, ...] = ()
        self.trouble: Exception | None = None

    def onboard(self, facts: AccountFacts, *, mode: Mode, daily_budget_minor: int, at: datetime) -> AccountState:
        return self.states.setdefault(facts.id, AccountState(facts, mode, daily_budget_minor, at, None, 0, None))

    def accounts(self) -> tuple[AccountState, ...]:
        return tuple(self.states.values())

    def account(self, account_id: str) -> AccountState:
        return self.states[account_id]

    def unsettled(self, account_id: str) -> tuple[Any, ...]:
        return self.open

    def note_problem(self, account_id: str, message: str | None, at: datetime) -> None:
        if self.trouble:
            raise self.trouble
        self.states[account_id] = replace(self.states[account_id], problem=message)


class Fixed:
    """A clock that stands."""

    at = NOON

    def now(self) -> datetime:
        return self.at


class Scene:
    """Mornings over fakes; `conduct` is what the test wants to happen."""

    def __init__(self, conduct: Callable[..., object] = lambda *_: None, unreachable: str = "") -> None:
        self.accounts = {name: FakeAccount(name) for name in ("act_1", "act_2")}
        if unreachable:
            self.accounts[unreachable].trouble = Unavailable("down")
        self.ledger, self.clock = FakeLedger(), Fixed()
        self.mornings = Mornings(
            accounts=cast("dict[str, AdAccount]", self.accounts),
            ledger=cast("Storage", self.ledger),
            clock=self.clock,
            conduct=conduct,
            first_mode=Mode.LIVE,
            morning_hour=2,
        )
        self.mornings.onboard()


def raising(error: Exception) -> Callable[..., object]:
    def conduct(*_: object) -> object:
        raise error

    return conduct


def test_a_new_account_gives_out_what_its_active_ad_sets_have() -> None:
    scene = Scene()

    assert scene.ledger.account("act_1").daily_budget_minor == 3_500
    assert scene.ledger.account("act_1").mode is Mode.LIVE


def test_an_account_is_greeted_once_and_one_that_does_not_answer_again() -> None:
    scene = Scene(unreachable="act_2")
    assert set(scene.ledger.states) == {"act_1"}
    assert set(scene.mornings.unread()) == {"act_2"}
    scene.accounts["act_2"].trouble = None
    for _ in range(3):
        scene.mornings.onboard()

    assert set(scene.ledger.states) == {"act_1", "act_2"}
    assert scene.mornings.unread() == {}
    assert [account.reads for account in scene.accounts.values()] == [1, 2]


def test_an_account_that_stays_silent_is_asked_less_and_less_often() -> None:
    scene = Scene(unreachable="act_2")
    for _ in range(100):
        scene.mornings.onboard()

    assert scene.accounts["act_2"].reads == 7


def test_only_configured_accounts_are_due() -> None:
    scene = Scene()
    facts = AccountFacts("act_9", "Old", "EUR", 100, "UTC", active=True)
    scene.ledger.onboard(facts, mode=Mode.LIVE, daily_budget_minor=1, at=NOON)

    assert scene.mornings.due() == [("act_1", DAY), ("act_2", DAY)]


def test_a_morning_that_went_well_clears_the_problem_of_the_last_one() -> None:
    scene = Scene()
    scene.ledger.note_problem("act_1", "it was raining", NOON)

    assert scene.mornings.see_through("act_1", DAY) == Outcome(finished=True)
    assert scene.ledger.account("act_1").problem is None


def test_open_changes_keep_a_morning_from_being_finished() -> None:
    scene = Scene()
    scene.ledger.open = (1, 2)

    assert not scene.mornings.see_through("act_1", DAY).finished
    assert "2 budget changes are not confirmed" in str(scene.ledger.account("act_1").problem)


@pytest.mark.parametrize(
    "error", [PolicyUnavailable("no policy has the alias"), Unavailable("read failed"), ObservationError("two rows")]
)
def test_trouble_is_noted_in_its_own_words_and_tried_again(error: Exception) -> None:
    scene = Scene(raising(error))

    assert scene.mornings.see_through("act_1", DAY) == Outcome(finished=False, note=str(error))
    assert scene.ledger.account("act_1").problem == str(error)


def test_a_throttled_morning_comes_back_when_the_platform_said() -> None:
    outcome = Scene(raising(Throttled("too many calls", 240))).mornings.see_through("act_1", DAY)

    assert outcome.retry_after_seconds == 240


def test_a_surprise_is_noted_without_its_insides() -> None:
    scene = Scene(raising(KeyError("token=secret")))

    assert not scene.mornings.see_through("act_1", DAY).finished
    assert scene.ledger.account("act_1").problem == "internal error, see the log: KeyError"


def test_a_morning_whose_day_is_over_is_left_to_the_next_one() -> None:
    asked: list[object] = []
    scene = Scene(lambda *a: asked.append(a))
    scene.clock.at = datetime(2026, 3, 6, 0, 1, tzinfo=UTC)

    assert scene.mornings.see_through("act_1", DAY).finished
    assert asked == []


def test_an_account_that_was_taken_out_is_finished_with() -> None:
    assert Scene().mornings.see_through("act_404", DAY).finished


def test_a_problem_that_cannot_be_noted_still_ends_in_an_outcome() -> None:
    scene = Scene(raising(Unavailable("read failed")))
    scene.ledger.trouble = Unavailable("the platform's clock does not answer")

    assert scene.mornings.see_through("act_1", DAY).note == "read failed"
