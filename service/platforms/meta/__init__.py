"""Meta (Facebook and Instagram) through the official facebook-business SDK, unmodified.

From the wire inwards: `session` (transport and its guards), `usage` (rate-limit headers), `error_table` and `errors`
(Meta's codes as our errors), `gate` (breaker, pacing, turns), `calls` (translation and retries), `paging`, `money` and
`wire` (rows as the vocabulary's words), `report` (insights), `read_back` and `creates` (writes that are proven),
`account` (the port). `open_account` is the way in; `docs/adapter.md` says what happens when Meta misbehaves.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """`PLATFORM`, on demand: the SDK takes half a second to load, and most commands never need it."""
    if name != "PLATFORM":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from service.platforms.meta.account import open_account  # noqa: PLC0415 - on demand, see above

    return open_account
