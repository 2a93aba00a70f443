"""Calendar effects: what weekdays and months do to demand and to prices.

Weekday demand: measured on page views of 2013-2015 US news sites (Upworthy research archive), scaled by the scenario.
Prices: cheapest on Mondays, dearest on Fridays and Saturdays; about 40 % above the year's mean from Black Friday to
Christmas and about 20 % below it in January and February (Revealbot, US campaigns 2021-2023).
"""

from __future__ import annotations

from datetime import date

WEEKDAY_DEMAND = (0.00, 0.09, 0.14, 0.11, 0.04, -0.17, -0.21)
"""Log effect on demand, Monday to Sunday."""

WEEKDAY_PRICE = (-0.04, -0.03, 0.00, 0.00, 0.03, 0.04, 0.00)
"""Log effect on the price of impressions, Monday to Sunday."""

MONTH_PRICE = (-0.22, -0.20, -0.05, 0.00, 0.00, 0.00, 0.00, 0.00, 0.02, 0.06, 0.25, 0.30)
"""Log effect on the price of impressions, January to December."""


def log_demand(day: date, strength: float) -> float:
    """Log effect of the weekday on the likelihood to buy; over a week it is neutral."""
    return strength * WEEKDAY_DEMAND[day.weekday()]


def log_price(day: date) -> float:
    """Log effect of weekday and month on the price of impressions."""
    return WEEKDAY_PRICE[day.weekday()] + MONTH_PRICE[day.month - 1]
