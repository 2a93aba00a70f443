"""What an emulator is started with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from simulator.errors import did_you_mean
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.profiles import load_profile
from simulator.graph_api.usage import TIERS
from simulator.identity import account_id
from simulator.scenario import Scenario
from simulator.scenarios import lineup, load_scenario

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """One ad account: the scenario its world follows and the seed of its luck (which also makes its id).

    Args:
        scenario: a value, or the name or path of one.
        seed: of its world.
        start_day: first day of the scenario, where it is not the scenario's own.

    Raises:
        EmulatorError: there is no such scenario, its file is wrong, or it cannot begin on that day.
    """

    scenario: str | Scenario
    seed: int
    start_day: date | None = None
    market: Scenario = field(init=False, repr=False)
    """The scenario itself, as it was when this was made."""

    def __post_init__(self) -> None:
        try:
            market = load_scenario(self.scenario) if isinstance(self.scenario, str) else self.scenario
            market = market.having(start_day=self.start_day) if self.start_day else market
        except ValueError as error:
            raise EmulatorError(str(error)) from error
        object.__setattr__(self, "market", market)


@dataclass(frozen=True, slots=True)
class EmulatorConfig:
    """Accounts and how they are served.

    Args:
        accounts: at least one, with distinct seeds.
        port: 0 takes any free port.
        speed: simulated seconds per real second; 0 means that time passes only when the admin door says so.
        state_file: where every change is written down, so that a restart finds the same world; None forgets.
        host: a loopback address, unless everyone may call.
        everyone_may_call: whether other machines may reach it; the token then guards all there is, the admin door and
            the page have none.
        tls: whether it speaks HTTPS, with a certificate of its own making.
        certificates: folder of those certificates, made where there is none; None is one that goes with the process.
        begins_now: whether simulated time is moved to the real time at the start, where it is not there yet.
        callbacks_anywhere: whether webhooks may be sent to other machines.
        faults: a fault profile: a name or a file, with @SEED if its own seed is not wanted; None: nothing goes wrong.
        tier: of the rate limits, "development" or "standard".
        require_proof: whether every call must bring an appsecret_proof.

    Raises:
        EmulatorError: no account, two with one id or with different first days, a bad speed, port or host, an unknown
            tier or profile.
    """

    accounts: tuple[AccountConfig, ...]
    port: int = 0
    speed: float = 0.0
    state_file: Path | None = None
    host: str = "127.0.0.1"
    everyone_may_call: bool = False
    tls: bool = False
    certificates: Path | None = None
    begins_now: bool = False
    callbacks_anywhere: bool = False
    faults: str | None = None
    tier: str = "standard"
    require_proof: bool = False

    def __post_init__(self) -> None:
        if not self.accounts:
            raise EmulatorError("an emulator needs at least one account (--scenario NAME)")
        try:
            ids = [account_id(account.seed) for account in self.accounts]
        except ValueError as error:
            raise EmulatorError(str(error)) from error
        if len(set(ids)) < len(ids):
            raise EmulatorError("two accounts have the same seed and so the same id; give every account its own seed")
        days = {account.market.start_day.isoformat(): account.market.name for account in self.accounts}
        if len(days) > 1:
            told = ", ".join(f"{name} on {day}" for day, name in days.items())
            raise EmulatorError(f"accounts of one emulator begin on one day, but {told}: give them one start_day")
        if self.faults is not None:
            load_profile(self.faults)
        if self.tier not in TIERS:
            raise EmulatorError(f"there is no tier {self.tier!r}; {did_you_mean(self.tier, TIERS)}")
        if not 0 <= self.speed < float("inf"):
            raise EmulatorError(f"speed is simulated seconds per real second, 0 or more; got {self.speed}")
        if not 0 <= self.port <= 65535:  # noqa: PLR2004 - the range of TCP ports
            raise EmulatorError(f"a port is a number from 0 to 65535; got {self.port}")
        if self.host not in LOOPBACK and not self.everyone_may_call:
            raise EmulatorError(
                f"the emulator serves this machine only ({', '.join(LOOPBACK)}); got host {self.host!r}: "
                "its admin door has no lock, so serving others takes --everyone-may-call"
            )


def accounts_of(
    references: Iterable[str], seed: int, count: int | None = None, start_day: date | None = None
) -> tuple[AccountConfig, ...]:
    """Accounts of scenarios and fleets, by names or paths, with seeds that count up from `seed`.

    Args:
        references: names or paths; a fleet brings all its accounts.
        seed: of the first account.
        count: how many, scenarios taking turns; without it, each once.
        start_day: first day of all of them; without it, the scenarios' own.

    Raises:
        EmulatorError: no such scenario or fleet, or its file is wrong.
    """
    try:
        return tuple(AccountConfig(m.scenario, seed + m.seed_offset, start_day) for m in lineup(references, count))
    except ValueError as error:
        raise EmulatorError(str(error)) from error
