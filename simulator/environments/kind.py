"""What tells one environment of the family from another: what an action means, and what is seen besides the account."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from simulator.scenario import Scenario
from simulator.scenarios import load_scenario

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simulator.world import World


class Kind(ABC):
    """One kind of environment, without state: everything it knows of an episode is in the world. See its module."""

    needs: tuple[str, ...] = ()
    """Mechanisms that the kind cannot do without; a scenario that lacks one gets it with the defaults below."""
    keeps_unspent: bool = False
    """Whether money that was not spent counts in the reward, at par: it does where decisions leave money unspent."""
    defaults: dict[str, dict[str, Any]] = {}  # noqa: RUF012 - never written to

    def scenario(self, chosen: str | Scenario) -> Scenario:
        """The scenario of that name (or itself), with the mechanisms that the kind needs switched on.

        Raises:
            ValueError: no scenario of that name; the nearest known one is suggested.
        """
        given = load_scenario(chosen) if isinstance(chosen, str) else chosen
        if not isinstance(given, Scenario):
            raise ValueError(f"scenario must be a Scenario, or the name or file of one, got {chosen!r}")  # noqa: TRY004 - one refusal for all bad values
        missing = {name: self.defaults.get(name, {}) for name in self.needs if name not in given.mechanisms}
        return given.having(**missing) if missing else given

    @abstractmethod
    def actions(self, scenario: Scenario) -> int:
        """How many numbers an action has."""

    def sights(self, scenario: Scenario) -> int:  # noqa: ARG002 - overridden
        """How many numbers `see` gives for a world."""
        return 0

    def see(self, world: World) -> list[NDArray[np.float64]]:  # noqa: ARG002 - overridden
        """What is seen besides the account, arrays (W, n) that make `sights` numbers together."""
        return []

    @abstractmethod
    def act(self, world: World, actions: NDArray[np.floating], daily_cap: float) -> dict[str, NDArray[Any]]:
        """Do in `world` what `actions` (W, n) ask for, and give figures (W, ...) of it by name.

        Raises:
            ValueError: an action is not finite.
        """
