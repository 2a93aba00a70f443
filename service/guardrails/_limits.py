"""Checks that the limits of guardrails share: a limit of the wrong kind is refused when it is configured."""

from __future__ import annotations


def require_whole(name: str, value: object, *, at_least: int = 0) -> None:
    """Refuse a limit that is not a whole number (`True` is none) or too small.

    Raises:
        ValueError: names the limit, what it must be, and what it was.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
        raise ValueError(f"{name} must be a whole number of at least {at_least}, got {value!r}")
