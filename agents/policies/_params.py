"""Checks of policy parameters: a refusal names the field and says what is allowed."""

from __future__ import annotations

import math
from typing import Any

_ROUNDING = 1e-6


def check_number(name: str, value: Any, low: float, high: float) -> None:
    """Refuse what is not a finite number in [low, high].

    Raises:
        ValueError: says which field, what it was and what it may be.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{name} must be a number, got {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low:g} and {high:g}, got {value!r}")


def check_whole(name: str, value: Any, low: int, high: int) -> None:
    """Refuse what is not a whole number in [low, high].

    Raises:
        ValueError: says which field, what it was and what it may be.
    """
    check_number(name, value, low, high)
    if not isinstance(value, int):
        raise ValueError(f"{name} must be a whole number, got {value!r}")  # noqa: TRY004 - one kind for all refusals


def check_word(name: str, value: Any, words: tuple[str, ...]) -> None:
    """Refuse what is none of `words`.

    Raises:
        ValueError: says which field, what it was and what it may be.
    """
    if value not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)}, got {value!r}")


def check_max_change(value: Any) -> None:
    """Refuse what is no change cap: a share of the present budget in (0, 1], or None for no cap.

    Raises:
        ValueError: says what it was and what it may be.
    """
    if value is not None:
        check_number("max_change", value, 0.0001, 1.0)


def check_delay(delay: Any) -> tuple[float, ...]:
    """The shares of conversions by days of delay, as a tuple; what starts not above zero or sums not to 1 is refused.

    Raises:
        ValueError: says what they were and what they may be.
    """
    if not isinstance(delay, tuple | list) or not delay:
        raise ValueError(f"delay must be a list of shares, at least one, got {delay!r}")
    shares = tuple(delay)
    for share in shares:
        check_number("delay", share, 0, 1)
    if shares[0] <= 0 or abs(sum(shares) - 1) > _ROUNDING:
        raise ValueError(f"delay must start above zero and sum to 1, got {shares}")
    return shares
