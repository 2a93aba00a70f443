"""How guardrails speak of money: major units with the account's currency, never minor units."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.vocabulary import Observation


def money(observation: Observation, minor: int) -> str:
    """An amount for people.

    Args:
        observation: says the currency and how many minor units make a major one.
        minor: the amount in minor units.

    Returns:
        For instance "1,234.50 EUR", or "1,234 JPY" where the platform counts in whole units.
    """
    whole, rest = divmod(abs(minor), observation.minor_per_major)
    digits = len(str(observation.minor_per_major)) - 1
    text = f"{whole:,}.{rest:0{digits}d}" if digits else f"{whole:,}"
    return f"{'-' if minor < 0 else ''}{text} {observation.currency}"
