"""Platform-looking ids for simulated things: numeric strings of one length, so that sorted order is index order."""

from __future__ import annotations

_SEEDS = 10**10
_INDICES = 10**4
_CAMPAIGN, _AD_SET, _AD = 1, 2, 3


def account_id(seed: int) -> str:
    """The ad account of the world with this seed.

    >>> account_id(7)
    'act_1000000000000007'
    """
    return f"act_{10**15 + _checked(seed, _SEEDS, 'seed')}"


def campaign_id(seed: int, index: int = 0) -> str:
    """Campaign `index` of that account."""
    return _numeric(seed, _CAMPAIGN, index)


def ad_set_id(seed: int, index: int) -> str:
    """Ad set `index` of that account.

    >>> ad_set_id(7, 3)
    '1202000000000720003'
    """
    return _numeric(seed, _AD_SET, index)


def ad_id(seed: int, index: int) -> str:
    """Ad `index` of that account."""
    return _numeric(seed, _AD, index)


def _numeric(seed: int, kind: int, index: int) -> str:
    return f"1202{_checked(seed, _SEEDS, 'seed'):010d}{kind}{_checked(index, _INDICES, 'index'):04d}"


def _checked(number: int, bound: int, name: str) -> int:
    if not 0 <= number < bound:
        raise ValueError(f"{name} must be in 0..{bound - 1} to become an id, got {number}")
    return number
