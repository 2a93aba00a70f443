"""Graph API rows as the vocabulary's words: pure, and strict about what is money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agents.vocabulary import NO_CEILING_MINOR, AdSet, DailyRow, LearningStage
from service.currencies import minor_per_major
from service.platforms import AccountFacts
from service.platforms.meta import money
from service.platforms.meta.errors import Malformed

ACCOUNT_FIELDS = ("id", "name", "currency", "timezone_name", "account_status", "min_daily_budget")
AD_SET_FIELDS = ("id", "name", "status", "effective_status", "daily_budget", "learning_stage_info")
BUDGET_FIELDS = ("id", "daily_budget")
REPORT_FIELDS = ("adset_id", "spend", "impressions", "reach", "clicks", "actions", "action_values")

GONE = frozenset({"ARCHIVED", "DELETED"})
_ACTIVE_ACCOUNT = 1
_DELIVERING = frozenset({"ACTIVE", "IN_PROCESS"})
_TROUBLED = "WITH_ISSUES"

Row = Mapping[str, Any]


def account_facts(row: Row) -> AccountFacts:
    """An ad account's facts.

    Raises:
        Malformed: a missing field, a currency or time zone that does not exist.
    """
    where = f"account {row.get('id')}"
    currency, zone = _text(row, "currency", where), _text(row, "timezone_name", where)
    try:
        offset = minor_per_major(currency)
        ZoneInfo(zone)
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise Malformed(f"{where}: {error}") from None
    return AccountFacts(
        id=_text(row, "id", where),
        name=str(row.get("name", "")),
        currency=currency,
        minor_per_major=offset,
        time_zone=zone,
        active=row.get("account_status") == _ACTIVE_ACCOUNT,
    )


def minimum_budget_minor(row: Row) -> int:
    """The lowest daily budget the platform accepts in this account, in minor units; 0 where it does not say.

    Raises:
        Malformed: a minimum that is no whole number.
    """
    return _number(row.get("min_daily_budget", "0"), money.minor_of, f"account {row.get('id')}", "min_daily_budget")


def ad_set(row: Row, floor_minor: int, ceiling_minor: int = NO_CEILING_MINOR) -> AdSet:
    """One ad set as it stands.

    An ad set without a daily budget of its own (its campaign holds the budget, or it has a lifetime budget) is listed
    as protected with budget 0: there is nothing of it to move. One that Meta reports WITH_ISSUES still counts as
    active, because its budget may be spent, but is protected until a person has looked.

    Raises:
        Malformed: a missing id or status, or a budget that is no number.
    """
    own_id = ad_set_id(row)
    where = f"ad set {own_id}"
    status = _text(row, "effective_status", where)
    budget = daily_budget_minor(row)
    return AdSet(
        id=own_id,
        name=str(row.get("name", "")),
        budget_minor=budget,
        active=status in _DELIVERING or status == _TROUBLED,
        floor_minor=floor_minor,
        ceiling_minor=ceiling_minor,
        learning_stage=_learning_stage(row.get("learning_stage_info")),
        protected=budget == 0 or status == _TROUBLED,
    )


def daily_budget_minor(row: Row) -> int:
    """The daily budget of an ad set in minor units; 0 where it has none of its own.

    Raises:
        Malformed: a budget that is no whole number.
    """
    raw = row.get("daily_budget", "0")
    return _number(raw, money.minor_of, f"ad set {ad_set_id(row)}", "daily_budget")


def daily_row(row: Row, minor_per_major: int, reward_action_type: str) -> DailyRow:
    """One day of one ad set from an insights row.

    Conversions and their value are those of the one action type named; action types contain each other (omni_purchase
    holds purchase holds the pixel's), so a sum would count a sale several times. An action that is not there is 0.
    Fractions of a conversion, which some attribution models report, are rounded half up.

    Raises:
        Malformed: a missing id, day, spend or impressions, or a figure that is no number; the message names it.
    """
    where = f"report of ad set {row.get('adset_id')} on {row.get('date_start')}"
    day = _day(row, where)

    def count(name: str, default: str | None) -> int:
        return _number(row.get(name, default), _count, where, name)

    def amount(text: str) -> int:
        return money.minor_from_major(text, minor_per_major)

    return DailyRow(
        ad_set_id=_digits(row.get("adset_id"), "adset_id", where),
        day=day,
        spend_minor=_number(row.get("spend"), amount, where, "spend"),
        impressions=count("impressions", None),
        reach=count("reach", "0"),
        clicks=count("clicks", "0"),
        conversions=_number(_action(row, "actions", reward_action_type, where), _count, where, "actions"),
        value_minor=_number(_action(row, "action_values", reward_action_type, where), amount, where, "action_values"),
    )


def _action(row: Row, name: str, action_type: str, where: str) -> object:
    """The value of one action type, "0" where it is not among them."""
    actions = row.get(name, [])
    if not isinstance(actions, list) or not all(isinstance(action, Mapping) for action in actions):
        raise Malformed(f"{where}: {name} is no list of actions")
    values = [action.get("value") for action in actions if action.get("action_type") == action_type]
    if len(values) > 1:
        raise Malformed(f"{where}: {name} names {action_type} {len(values)} times")
    return values[0] if values else "0"


def _learning_stage(info: object) -> LearningStage:
    status = info.get("status") if isinstance(info, Mapping) else None
    return LearningStage.__members__.get(str(status), LearningStage.UNKNOWN)


def _day(row: Row, where: str) -> date:
    start, stop = row.get("date_start"), row.get("date_stop")
    if not isinstance(start, str) or start != stop or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", start):
        raise Malformed(f"{where}: not one single day (date_start {start!r}, date_stop {stop!r})")
    try:
        return date.fromisoformat(start)
    except ValueError:
        raise Malformed(f"{where}: date_start is {start!r}") from None


def ad_set_id(row: Row) -> str:
    """The id of an ad set's row.

    Raises:
        Malformed: there is none, or it is not digits.
    """
    return _digits(row.get("id"), "id", "ad set")


def _digits(value: object, name: str, where: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,32}", value):
        raise Malformed(f"{where}: {name} is {value!r}, not a numeric id")
    return value


def _text(row: Row, name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{where}: {name} is {value!r}")
    return value


def _count(text: str) -> int:
    return money.round_half_up(money.decimal_of(text))


def _number(value: object, parse: Any, where: str, name: str) -> int:
    """A figure, which Meta writes as text and sometimes as a JSON number.

    Raises:
        Malformed: neither, or what it says is no figure.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Malformed(f"{where}: {name} is {value!r}")
    try:
        number: int = parse(str(value))
    except ValueError as error:
        raise Malformed(f"{where}: {name}: {error}") from None
    return number
