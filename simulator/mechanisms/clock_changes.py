"""Clock changes: in the scenario's time zone some days have 23 or 25 hours (24.5 on Lord Howe Island).

The hour that is skipped or repeated is the IANA time zone database's; what it is worth is its share of the day's
traffic. That people do not make up for the hour is an assumption.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.mechanism import Factors, Mechanism, Morning
from simulator.mechanisms._day_hours import change, hours_on, usual_hours
from simulator.traffic import hour_lengths

if TYPE_CHECKING:
    from simulator.mechanism import State


@dataclass(frozen=True, slots=True)
class ClockChanges(Mechanism):
    """Days that are an hour shorter or longer."""

    def morning(self, state: State, morning: Morning) -> Factors | None:  # noqa: ARG002 - there is none
        """The day's factors, if it is such a day."""
        scenario = morning.setting.scenario
        if all(length == 1.0 for length in hour_lengths(morning.day, scenario.time_zone)):
            return None
        before, after = usual_hours(scenario, morning.day), hours_on(scenario, morning.day)
        exponent = morning.setting.population.exponent
        return change(before, after, exponent, paced="pacing" in scenario.mechanisms)


MECHANISM: type[Mechanism] = ClockChanges
