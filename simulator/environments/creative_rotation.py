"""`caudal/CreativeRotation-v0`: which ads of every ad set run, which rest, and when new ones are launched.

Every ad set has C places for ads (parameter `ads` of the mechanism `creatives`). The action has A C numbers in [-1, 1],
places of one ad set together:

| place | number | what happens this morning |
| --- | --- | --- |
| with an ad | above 0 | the ad runs |
| with an ad | 0 to -0.5 | it is paused, and rests |
| with an ad | below -0.5 | it is taken out for good; the place is empty and may be used from tomorrow |
| empty | above 0 | a new creative of unknown quality is launched; only the place with the largest number, if several |
| empty | 0 or below | nothing |

So at most one creative is launched per ad set and day. One ad of every ad set always runs: if the numbers would leave
none, the ad with the largest number runs on. Budgets stay as they are.

The observation ends with 7 A C numbers more than `episode` says, places innermost: whether there is an ad; whether it
runs; log(1 + days since its launch); log(1 + daily mean of the last 7 days) of spend, impressions, clicks, conversions.
Figures belong to the place: for a new creative they still have those of the one before it.

A scenario that says nothing of creatives gets the mechanism's defaults, where people do not launch and switch off ads
by themselves any more, and creative fatigue.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.environments.action import refuse_unless_finite
from simulator.environments.kind import Kind
from simulator.environments.single import AccountEnv
from simulator.environments.vector import AccountVectorEnv
from simulator.mechanisms.creatives import launched, with_active

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.scenario import Scenario
    from simulator.world import World

_NAME = "creatives"
_OUT = -0.5
_SEEN = ("spend_minor", "impressions", "clicks", "conversions")
_RECENT = 7


class CreativeRotation(Kind):
    """Ads on and off, and launches."""

    needs = (_NAME, "creative_fatigue")
    defaults = {_NAME: {"keep_launching": False}}  # noqa: RUF012 - never written to

    def actions(self, scenario: Scenario) -> int:
        """A number for every place."""
        return scenario.ad_sets * scenario.ads

    def sights(self, scenario: Scenario) -> int:
        """Three facts and four figures for every place."""
        return (3 + len(_SEEN)) * scenario.ad_sets * scenario.ads

    def see(self, world: World) -> list[NDArray[np.float64]]:
        """What is in every place and how it does, (W, A C) each."""
        state, unit = world.mechanism_state(_NAME), world.scenario.minor_per_major
        figures = world.report_ads(_RECENT)
        daily = [figures[name].sum(axis=-1) / _RECENT / (unit if name.endswith("_minor") else 1) for name in _SEEN]
        parts = [state.exists, state.on, np.log1p(state.days * state.exists), *(np.log1p(each) for each in daily)]
        return [np.asarray(part, dtype=np.float64).reshape(len(world.seeds), -1) for part in parts]

    def act(self, world: World, actions: NDArray[np.floating], daily_cap: float) -> dict[str, NDArray[Any]]:  # noqa: ARG002 - budgets stay
        """Run, pause, take out and launch."""
        refuse_unless_finite(actions)
        state = world.mechanism_state(_NAME)
        wish = np.clip(actions, -1.0, 1.0).reshape(state.on.shape)
        empty = ~state.exists
        new = empty & (wish > 0.0) & _largest(np.where(empty, wish, -np.inf))
        run = state.exists & (wish > 0.0)
        idle = ~(run | new).any(axis=-1, keepdims=True)
        run |= state.exists & idle & _largest(np.where(state.exists, wish, -np.inf))
        out = state.exists & ~run & (wish < _OUT)
        state = with_active(replace(state, exists=state.exists & ~out), run)
        world.replace_mechanism_state(_NAME, launched(state, new))
        return {"ads_running": (run | new).sum(axis=(-2, -1)), "ads_launched": new.sum(axis=(-2, -1))}


def _largest(values: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Where the largest value of each ad set is, the first of several."""
    places: NDArray[np.bool_] = np.arange(values.shape[-1]) == values.argmax(axis=-1)[..., None]
    return places


class CreativeRotationEnv(AccountEnv):
    """Ads of one simulated account, rotated every morning."""

    kind = CreativeRotation()


class CreativeRotationVectorEnv(AccountVectorEnv):
    """Ads of many simulated accounts."""

    kind = CreativeRotation()
