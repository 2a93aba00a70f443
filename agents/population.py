"""What is known of ad sets before any of them was seen: the priors of the response filter, as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

DELAY = (0.52, 0.17, 0.10, 0.07, 0.05, 0.04, 0.03, 0.02)
"""Share of conversions that arrive 0, 1, 2, ... days after the click."""


@dataclass(frozen=True, slots=True)
class Population:
    """The distribution that ad sets come from; natural logarithms throughout, spreads are standard deviations.

    Attributes:
        elasticity: mean of d log conversions / d log spend at usual spend, `elasticity_sd` its spread.
        per_click: the same for conversions per click, `per_click_sd` its spread; saturation is mostly seen in clicks.
        drift: of an ad set's level from one day to the next.
        click_level_sd: spread of clicks per unit of spend between ad sets of an account.
        conversion_level_sd: spread of conversions per click between ad sets of an account.
        click_dispersion: size of the negative binomial of clicks, `conversion_dispersion` that of conversions.
        day_sd: spread of what moves a whole account for a day.
        delay: share of conversions that arrive 0, 1, 2, ... days after the click.
    """

    elasticity: float = 0.55
    elasticity_sd: float = 0.15
    per_click: float = -0.04
    per_click_sd: float = 0.1
    drift: float = 0.02
    click_level_sd: float = 0.5
    conversion_level_sd: float = 0.3
    click_dispersion: float = 70.0
    conversion_dispersion: float = 12.0
    day_sd: float = 0.08
    delay: tuple[float, ...] = DELAY
