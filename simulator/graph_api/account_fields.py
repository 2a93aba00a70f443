"""Fields of ad accounts (Meta: "Ad Account"). Amounts are minor units as numeric strings."""

from __future__ import annotations

from datetime import timedelta

from simulator.graph_api.account import Account
from simulator.graph_api.ad_set_fields import COUNTRY
from simulator.graph_api.field_values import Fields, instant
from simulator.graph_api.rules.amounts import least_spend_cap

ZONES = {
    "America/Los_Angeles": 1, "America/Denver": 2, "Pacific/Honolulu": 3, "America/Anchorage": 4, "America/Phoenix": 5,
    "America/Chicago": 6, "America/New_York": 7, "Asia/Dubai": 8, "Australia/Sydney": 15, "Europe/Vienna": 11,
    "Europe/Brussels": 20, "America/Sao_Paulo": 25, "America/Toronto": 31, "Europe/Zurich": 39, "Europe/Berlin": 47,
    "Europe/Copenhagen": 48, "Europe/Madrid": 54, "Europe/Paris": 57, "Europe/London": 58, "Europe/Rome": 69,
    "Asia/Tokyo": 74, "Asia/Seoul": 79, "America/Mexico_City": 94, "Europe/Warsaw": 111, "Europe/Stockholm": 127,
}  # fmt: skip
"""Numbers of time zones (assumption where Meta's list was not at hand); 0 stands for one that is not here."""


TERMS = ("custom_audience_tos", "web_custom_audience_tos")
"""Terms of custom audiences, as an account lists those that its people have accepted."""


def amount_spent_minor(account: Account) -> int:
    """What has been spent since the count towards the spending limit began, today's part included."""
    return account.spent_minor(account.ad_sets.values()) - account.spent_before_minor


def _utc_offset_hours(account: Account) -> float:
    offset = account.local(account.now).utcoffset() or timedelta()
    return offset.total_seconds() / 3600


def _owed(account: Account) -> int:
    """What has been spent since the last bill: the first of the month (assumption)."""
    since = max(account.today.replace(day=1), account.world.first_day)
    return int(account.figures(since, account.today)["spend_minor"].sum())


ACCOUNT: Fields = {
    "id": lambda account, _: account.id,
    "account_id": lambda account, _: account.number,
    "name": lambda account, _: account.name,
    "currency": lambda account, _: account.scenario.currency,
    "timezone_id": lambda account, _: ZONES.get(account.scenario.time_zone, 0),
    "timezone_name": lambda account, _: account.scenario.time_zone,
    "timezone_offset_hours_utc": lambda account, _: _utc_offset_hours(account),
    "account_status": lambda *_: 1,
    "disable_reason": lambda *_: 0,
    "amount_spent": lambda account, _: str(amount_spent_minor(account)),
    "balance": lambda account, _: str(_owed(account)),
    "spend_cap": lambda account, _: str(account.spend_cap_minor),
    "min_daily_budget": lambda account, _: account.scenario.minimum_budget_minor,
    "min_campaign_group_spend_cap": lambda account, _: str(least_spend_cap(account)),
    "created_time": lambda account, _: instant(account.born_at(), account),
    "age": lambda account, _: float((account.today - account.world.first_day).days),
    "funding_source": lambda account, _: f"4{account.number[1:]}",
    "funding_source_details": lambda account, _: {
        "id": f"4{account.number[1:]}",
        "display_string": "Visa *4242",
        "type": 1,
    },
    "business_country_code": lambda account, _: COUNTRY.get(account.scenario.currency, "US"),
    "capabilities": lambda *_: ["CAN_CREATE_CALL_ADS", "CAN_USE_REACH_AND_FREQUENCY"],
    "is_personal": lambda *_: 0,
    "is_prepay_account": lambda *_: False,
    "is_notifications_enabled": lambda account, _: account.settings.get("is_notifications_enabled", True),
    "is_direct_deals_enabled": lambda *_: False,
    "is_attribution_spec_system_default": lambda *_: True,
    "has_migrated_permissions": lambda *_: True,
    "offsite_pixels_tos_accepted": lambda *_: True,
    "tos_accepted": lambda account, _: dict.fromkeys(TERMS, 1) if account.terms_accepted else {},
    "user_tasks": lambda *_: ["DRAFT", "ANALYZE", "ADVERTISE", "MANAGE"],
    "end_advertiser": lambda account, _: account.settings.get("end_advertiser", "0"),
    "media_agency": lambda account, _: account.settings.get("media_agency", "0"),
    "partner": lambda account, _: account.settings.get("partner", "0"),
    "tax_id_status": lambda *_: 0,
}
