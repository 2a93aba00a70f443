"""Is an event as Meta wants it? One that is not sinks the whole request (Meta: "Server Event Parameters").

Refused without a published subcode, the error is the general 100/2804019, whose text names the place and what is wrong
with it. That unhashed personal data is refused, and that an event may lie five minutes ahead, are assumptions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from simulator.graph_api.errors import GraphError, known
from simulator.graph_api.events import words
from simulator.graph_api.events.currencies import CURRENCIES
from simulator.graph_api.events.match_keys import present, sufficient, unhashed

ACTION_SOURCES = (
    "email",
    "website",
    "app",
    "phone_call",
    "chat",
    "physical_store",
    "system_generated",
    "business_messaging",
    "other",
)
LONGEST_AGE = timedelta(days=7)
LONGEST_STORE_AGE = timedelta(days=62)
CLOCK_SKEW = timedelta(minutes=5)
LONGEST_NAME = 50
LAST_SECOND = 32_503_680_000
"""The year 3000: larger numbers are no seconds (most often they are milliseconds)."""
MESSAGING_NAMES = words(
    "Purchase LeadSubmitted InitiateCheckout AddToCart ViewContent OrderCreated OrderShipped OrderDelivered "
    "OrderCanceled OrderReturned CartAbandoned QualifiedLead RatingProvided ReviewProvided"
)
EXTENDED_DEVICE_VALUES = 16
OPTIONS_COUNTRIES, OPTIONS_STATES = (0, 1), range(1000, 1051)


def check_event(event: Any, index: int, now: datetime, *, any_time: bool = False) -> datetime:
    """When the event happened, if it may be received.

    Args:
        event: as it was sent, parsed.
        index: its place in the request, for the error.
        now: aware instant at which it arrives.
        any_time: take whatever time it says it is to be `now`.

    Raises:
        GraphError: what is wrong, with the place and the field.
    """
    place = Place(index)
    if not isinstance(event, Mapping):
        raise place.wrong("", "must be an object")
    name = event.get("event_name")
    if not isinstance(name, str) or not name.strip():
        raise place.missing("event_name")
    if len(name) > LONGEST_NAME:
        raise place.wrong("event_name", f"must have at most {LONGEST_NAME} characters")
    source = event.get("action_source")
    if source is None:
        raise place.missing("action_source")
    if source not in ACTION_SOURCES:
        raise place.wrong("action_source", f"must be one of {', '.join(ACTION_SOURCES)}")
    at = _when(event, place, now, any_time=any_time)
    _check_user_data(event, place)
    _check_source(event, str(source), name, place)
    _check_custom_data(event, name, place)
    _check_options(event, place)
    return at


class Place:
    """Where in the request we are, as Meta's texts write it."""

    def __init__(self, index: int) -> None:
        self.index = index

    def path(self, field: str) -> str:
        """The place of a field: $['data'][0]['user_data']['em']."""
        steps = "".join(f"['{part}']" for part in field.split(".") if part)
        return f"$['data'][{self.index}]{steps}"

    def blame(self, field: str) -> list[list[str]]:
        """The same as blame_field_specs."""
        return [["data", str(self.index), *(part for part in field.split(".") if part)]]

    def wrong(self, field: str, reason: str) -> GraphError:
        """A value that cannot be."""
        return self.error(2804019, field, reason=f"{reason}.")

    def missing(self, field: str) -> GraphError:
        """A value that is not there."""
        return self.error(2804019, field, reason="is required")

    def error(self, subcode: int, field: str, **values: str) -> GraphError:
        """An error of the catalogue with this place in it."""
        return known(100, subcode, name=self.path(field), blame=self.blame(field), **values)


def _when(event: Mapping[str, Any], place: Place, now: datetime, *, any_time: bool) -> datetime:
    seconds = event.get("event_time")
    if seconds is None:
        raise place.missing("event_time")
    if isinstance(seconds, str) and seconds.isdecimal():
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < LAST_SECOND:
        raise place.wrong("event_time", f"must be a Unix time in seconds, got {seconds!r}")
    if any_time:
        return now
    at = datetime.fromtimestamp(seconds, UTC)
    if at > now + CLOCK_SKEW:
        raise place.wrong(
            "event_time", f"must not lie in the future: it is {at.isoformat()}, and here it is {now.isoformat()}"
        )
    in_store = event.get("action_source") == "physical_store"
    longest = LONGEST_STORE_AGE if in_store else LONGEST_AGE
    if now - at > longest:
        raise known(
            100,
            2804003,
            blame=place.blame("event_time"),
            user_message=f"The timestamp for this event, {place.path('event_time')}, is too far in the past. Events "
            f"need to be sent from your server within {longest.days} days of when they occurred.",
        )
    return at


def _check_user_data(event: Mapping[str, Any], place: Place) -> None:
    user_data = event.get("user_data")
    if user_data is None:
        raise place.missing("user_data")
    if not isinstance(user_data, Mapping):
        raise place.wrong("user_data", "must be an object")
    if key := unhashed(user_data):
        raise place.wrong(f"user_data.{key}", "must be normalised and hashed with SHA-256, in hexadecimal digits")
    if not sufficient(present(user_data)):
        raise place.error(2804050, "user_data")


def _check_source(event: Mapping[str, Any], source: str, name: str, place: Place) -> None:
    if source == "website":
        if not _is_url(event.get("event_source_url")):
            raise place.missing("event_source_url")
        if not str(event["user_data"].get("client_user_agent") or "").strip():
            raise place.missing("user_data.client_user_agent")
    elif source == "app":
        app = event.get("app_data")
        device = app.get("extinfo") if isinstance(app, Mapping) else None
        if not isinstance(device, list) or not _is_device(device):
            raise place.error(2804043, "app_data.extinfo")
    elif source == "business_messaging":
        if not event.get("messaging_channel"):
            raise place.missing("messaging_channel")
        if name not in MESSAGING_NAMES:
            raise place.error(2804066, "event_name")


def _is_device(values: list[Any]) -> bool:
    return len(values) == EXTENDED_DEVICE_VALUES and values[0] in ("a2", "i2") and bool(values[4])


def _check_custom_data(event: Mapping[str, Any], name: str, place: Place) -> None:
    custom = event.get("custom_data") or {}
    if not isinstance(custom, Mapping):
        raise place.wrong("custom_data", "must be an object")
    for field in ("currency", "value"):
        if name == "Purchase" and custom.get(field) is None:
            raise place.missing(f"custom_data.{field}")
    currency = custom.get("currency")
    if currency is not None and str(currency).upper() not in CURRENCIES:
        raise place.wrong("custom_data.currency", f"must be an ISO 4217 code of three letters, got {currency!r}")
    for field in ("value", "predicted_ltv", "net_revenue"):
        if custom.get(field) is not None and amount(custom[field]) is None:
            raise place.wrong(f"custom_data.{field}", f"must be a number, got {custom[field]!r}")
    _check_contents(custom, place)


def _check_contents(custom: Mapping[str, Any], place: Place) -> None:
    for field in ("contents", "content_ids"):
        if custom.get(field) is not None and not isinstance(custom[field], list):
            raise place.wrong(f"custom_data.{field}", "must be an array")
    for item in custom.get("contents") or ():
        if not isinstance(item, Mapping) or not item.get("id"):
            raise place.wrong("custom_data.contents", "must be objects with an id, quantity and item_price")


def _check_options(event: Mapping[str, Any], place: Place) -> None:
    """Limited data use: ["LDU"] with country 0 or 1 and state 0 or 1000 and up (Meta: "Data Processing Options")."""
    options = event.get("data_processing_options")
    if options is not None and (not isinstance(options, list) or any(option != "LDU" for option in options)):
        raise place.wrong("data_processing_options", 'must be [] or ["LDU"]')
    country, state = (event.get(f"data_processing_options_{part}") or 0 for part in ("country", "state"))
    if country not in OPTIONS_COUNTRIES:
        raise place.wrong("data_processing_options_country", "must be 0 or 1")
    if state != 0 and state not in OPTIONS_STATES:
        raise place.wrong("data_processing_options_state", "must be 0 or a state's number from 1000")


def amount(value: Any) -> float | None:
    """A finite number, also as text; None for anything else.

    >>> amount("12.5"), amount(True), amount("nan"), amount("a")
    (12.5, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _is_url(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return bool(urlsplit(value.strip()).netloc or urlsplit(f"//{value.strip()}").netloc)
    except ValueError:
        return False
