"""Customer information of an event: which keys there are, which must be hashed, which are enough to match anyone.

Meta: "Customer Information Parameters" and "Conversions API best practices".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from simulator.graph_api.events import words

HASHED = words("em ph fn ln db ge ct st zp country f5first f5last fi dobd dobm doby")
"""Keys whose values must be SHA-256 in hexadecimal digits."""

PLAIN = words(
    "external_id client_ip_address client_user_agent fbc fbp subscription_id fb_login_id lead_id anon_id madid "
    "page_id page_scoped_user_id ctwa_clid ig_account_id ig_sid"
)
"""Keys whose values are sent as they are; external_id may be hashed."""

TOO_BROAD = tuple(
    words(text) for text in ("ct country st zp ge client_user_agent", "db client_user_agent", "fn ge", "ln ge")
)
"""Events with nothing but keys of one of these sets are refused: they would match anyone."""

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_CLICK = re.compile(r"fb\.\d+\.\d{10,13}\..+")


def hashed(value: Any) -> bool:
    """Whether a value looks like SHA-256 in hexadecimal digits, which is all that Meta can see of it."""
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def unhashed(user_data: Mapping[str, Any]) -> str | None:
    """The first key whose value should be hashed and is not; None where all are.

    >>> unhashed({"em": ["mary@example.com"]}), unhashed({"external_id": "7", "em": "a" * 64})
    ('em', None)
    """
    for key in sorted(HASHED & set(user_data)):
        if not all(hashed(value) for value in values(user_data[key])):
            return key
    return None


def present(user_data: Mapping[str, Any]) -> frozenset[str]:
    """Keys that can match someone; malformed addresses and click ids are as good as absent (assumption).

    >>> sorted(present({"fbp": "fb.1.1700000000000.1", "fbc": "abc", "client_ip_address": "none"}))
    ['fbp']
    """
    return frozenset(key for key, value in user_data.items() if any(_usable(key, one) for one in values(value)))


def sufficient(keys: frozenset[str]) -> bool:
    """Whether these keys may come without others.

    >>> sufficient(frozenset({"em"})), sufficient(frozenset({"fn", "ge"})), sufficient(frozenset({"fn", "ln"}))
    (True, False, True)
    """
    return bool(keys) and not any(keys <= broad for broad in TOO_BROAD)


def values(value: Any) -> list[Any]:
    """One value or several, as both are sent; blanks are none."""
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if one is not None and str(one).strip()]


def _usable(key: str, value: Any) -> bool:
    if key in HASHED:
        return hashed(value)
    if key in ("fbc", "fbp"):
        return _CLICK.fullmatch(str(value)) is not None
    if key == "client_ip_address":
        return _is_address(str(value))
    return key in PLAIN


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip())
    except ValueError:
        return False
    return True
