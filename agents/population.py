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
        per_click: the same for conversions per click, `per_click_sd` its spread; saturation is mostly seen before.
        per_impression: the same for clicks per impression, `per_impression_sd` its spread in an account.
        drift: of an ad set's level from one day to the next.
        impression_level_sd: spread of impressions per unit of spend between ad sets of an account.
        click_level_sd: spread of clicks per impression between ad sets of an account.
        conversion_level_sd: spread of conversions per click between ad sets of an account.
        impression_dispersion: size of the negative binomial of impressions.
        click_dispersion: the same of clicks per impression, `conversion_dispersion` of conversions per click.
        day_sd: spread of what moves a whole account for a day.
        delay: share of conversions that arrive 0, 1, 2, ... days after the click.
    """

    elasticity: float = 0.55
    elasticity_sd: float = 0.15
    per_click: float = -0.04
    per_click_sd: float = 0.1
    per_impression: float = 0.0
    per_impression_sd: float = 0.07
    drift: float = 0.02
    impression_level_sd: float = 0.3
    click_level_sd: float = 0.4
    conversion_level_sd: float = 0.3
    impression_dispersion: float = 250.0
    click_dispersion: float = 100.0
    conversion_dispersion: float = 12.0
    day_sd: float = 0.08
    delay: tuple[float, ...] = DELAY
