"""What a world is made of, in words that fit on a command line and into JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from simulator.graph_api.config import AccountConfig, EmulatorConfig, accounts_of
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.journal import start_day_of
from simulator.graph_api.params import parsed

NOW = "now"
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
RESERVED = re.compile(r"me|act_.*|v\d+|oauth|search|debug_token")
"""Words that begin a path of the API itself."""
OPENS = timedelta(hours=2, minutes=30)
"""A scenario's first morning begins at half past two (see `state.OPENING`): before that, today is yesterday."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Accounts and their time.

    Args:
        scenarios: names or paths of scenarios or fleets.
        seed: of the first account.
        accounts: how many, scenarios taking turns; None: each once.
        speed: simulated seconds per real second; None: 1 for a world that begins now, otherwise 0.
        start: "now" moves the scenarios so that simulated time begins as real time; a day (YYYY-MM-DD) moves their
            first day there; None leaves it.

    Raises:
        EmulatorError: a start that is no day.
    """

    scenarios: tuple[str, ...] = ("small",)
    seed: int = 1
    accounts: int | None = None
    speed: float | None = None
    start: str | None = None

    def __post_init__(self) -> None:
        if self.start not in (None, NOW):
            _day(self.start)

    def config(self, now: datetime, state_file: Path | None = None) -> EmulatorConfig:
        """The world as an emulator takes it, `now` being the real time; a state file remembers where it began.

        Raises:
            EmulatorError: an unknown scenario, or values that cannot be.
        """
        accounts = accounts_of(self.scenarios, self.seed, self.accounts)
        if self.start:
            accounts = _moved(accounts, self._first_day(accounts, now, state_file))
        return EmulatorConfig(
            accounts,
            speed=self.speed if self.speed is not None else float(self.start == NOW),
            state_file=state_file,
            begins_now=self.start == NOW,
        )

    def _first_day(self, accounts: tuple[AccountConfig, ...], now: datetime, state_file: Path | None) -> date:
        if self.start != NOW:
            return _day(self.start)
        recorded = start_day_of(state_file) if state_file else None
        return recorded or (now.astimezone(ZoneInfo(accounts[0].market.time_zone)) - OPENS).date()

    def to_json(self) -> dict[str, Any]:
        """Values of JSON from which `from_json` makes the same recipe."""
        return {**asdict(self), "scenarios": list(self.scenarios)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """{"scenarios" or "scenario", "seed", "accounts", "speed", "start"}; nothing is required.

        Raises:
            EmulatorError: an unknown key, or a value of the wrong kind.
        """
        values = {"scenarios" if name == "scenario" else name: parsed(values, name) for name in values}
        known = ("scenarios", "seed", "accounts", "speed", "start")
        if unknown := set(values) - set(known):
            raise EmulatorError(f"a world has no {', '.join(sorted(unknown))}; known: {', '.join(known)}")
        scenarios = values.get("scenarios") or "small"
        scenarios = scenarios.split(",") if isinstance(scenarios, str) else scenarios
        if not isinstance(scenarios, list) or not all(isinstance(name, str) for name in scenarios):
            raise EmulatorError(f"scenarios must be names, got {scenarios!r}")
        seed, accounts, speed, start = (values.get(name) for name in known[1:])
        for name, value, kinds in (("seed", seed, int), ("accounts", accounts, int), ("speed", speed, int | float)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, kinds) or value < 0):
                raise EmulatorError(f"{name} must be a number of at least 0, got {value!r}")
        if accounts == 0:
            raise EmulatorError("a world needs at least one account")
        return cls(tuple(scenarios), seed if seed is not None else 1, accounts, speed, str(start) if start else None)

    @classmethod
    def parse(cls, text: str, **more: Any) -> tuple[str, Self]:
        """Name and recipe of NAME=SCENARIO[,SCENARIO…][@SEED].

        Raises:
            EmulatorError: the text has another form.
        """
        name, equals, rest = text.partition("=")
        scenarios, _, seed = rest.partition("@")
        if not equals or not scenarios or (seed and not seed.isdecimal()) or rest.endswith("@"):
            raise EmulatorError(
                f"a world is NAME=SCENARIO[,SCENARIO…][@SEED], for instance b=small,medium@7; got {text!r}"
            )
        return checked_name(name), cls(tuple(scenarios.split(",")), int(seed or 1), **more)


def checked_name(name: object) -> str:
    """A name that can begin a path without meaning something else there.

    Raises:
        EmulatorError: it cannot.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise EmulatorError(f"a world's name is a small letter and up to 31 of a-z 0-9 _ -, got {name!r}")
    if RESERVED.fullmatch(name):
        raise EmulatorError(f"a world cannot be called {name!r}: paths of the API begin so")
    return name


def _moved(accounts: tuple[AccountConfig, ...], first_day: date) -> tuple[AccountConfig, ...]:
    return tuple(replace(account, start_day=first_day) for account in accounts)


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise EmulatorError(f"start must be 'now' or a day such as 2026-11-22, got {text!r}") from None
