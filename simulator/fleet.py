"""Several ad accounts as one value: each lives in a scenario of its own, with a seed of its own."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Member:
    """One account of a fleet; its seed is the seed that the fleet is started with, plus `seed_offset`."""

    scenario: Scenario
    seed_offset: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """Accounts that are looked after together, in the order in which they are shown.

    Raises:
        ValueError: no account, a negative or repeated seed offset, or two different scenarios with one name.
    """

    name: str
    description: str
    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        """Refuse accounts that could not be told apart."""
        if not self.members:
            raise ValueError("accounts must name at least one account")
        offsets = [member.seed_offset for member in self.members]
        if min(offsets) < 0:
            raise ValueError(f"seed must not be negative, got {min(offsets)}")
        if len(set(offsets)) < len(offsets):
            twice = next(offset for offset in offsets if offsets.count(offset) > 1)
            raise ValueError(f"accounts: two of them have seed {twice}; every account needs a seed of its own")
        told_apart([member.scenario for member in self.members])

    @property
    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios of its accounts by name, each once."""
        return told_apart([member.scenario for member in self.members])

    @property
    def span(self) -> int:
        """How many seeds it takes up, counted from the first."""
        return 1 + max(member.seed_offset for member in self.members)


def told_apart(chosen: list[Scenario]) -> dict[str, Scenario]:
    """Scenarios by name, in order, each once.

    Raises:
        ValueError: two different ones have the same name, which would be one label for two markets.
    """
    found: dict[str, Scenario] = {}
    for scenario in chosen:
        if found.setdefault(scenario.name, scenario).digest != scenario.digest:
            raise ValueError(f"two different scenarios are called {scenario.name!r}: give one of them another name")
    return found
