"""Ad accounts: reading and changing them, and the least budgets that they take (Meta: "Ad Account")."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.account_fields import amount_spent_minor
from simulator.graph_api.call import Activity, Call, Routes
from simulator.graph_api.errors import bad_param, known
from simulator.graph_api.nodes import check_fields, show
from simulator.graph_api.params import names, parsed
from simulator.graph_api.rules.amounts import HIGH_FREQUENCY, LOW_FREQUENCY
from simulator.graph_api.rules.reading import MOST_MINOR, asked_of, name_of, option, words
from simulator.graph_api.surface._tree import shown

SETTABLE = words(
    """
    agency_client_declaration attribution_spec business_info custom_audience_info default_dsa_beneficiary
    default_dsa_payor end_advertiser existing_customers is_ba_skip_delayed_eligible is_notifications_enabled
    media_agency name partner spend_cap spend_cap_action tos_accepted currency timezone_id
    """
)
_FIXED = ("currency", "timezone_id")
CAP_CHANGES_A_DAY = 10
_DAY = timedelta(days=1)


def _change(call: Call) -> Any:
    account, wanted = call.own, names(call.request.params, "fields")
    check_fields(Account, wanted)
    asked = asked_of(call.params, SETTABLE, "AdAccount")
    for name in _FIXED:
        if name in asked:
            raise bad_param(name, "cannot be changed once the account has spent: open another account")
    name = name_of(asked) if "name" in asked else account.name
    cap, from_now = _cap(account, asked)
    limits = cap != account.spend_cap_minor or from_now
    if limits:
        _check_cap_changes(account)
    told = {key: parsed(asked, key) for key in asked if key not in ("name", "spend_cap", "spend_cap_action")}
    if asked:
        account.settings |= {**told, "name": name}
        if limits:
            _limit(account, cap, from_now=from_now)
        call.changed()
    seen = show(account, account, wanted, call.state.credentials) if wanted else {}
    return {**seen, "success": True}


def _cap(account: Account, asked: dict[str, Any]) -> tuple[int, bool]:
    """The spending limit in minor units, 0 for none, and whether to count from now on.

    It is sent in major units, unlike every other amount, and read in minor units (Meta: "Ad Account").
    """
    action = option(asked, "spend_cap_action", ("delete", "reset")) if "spend_cap_action" in asked else None
    if "spend_cap" not in asked:
        return 0 if action == "delete" else account.spend_cap_minor, action == "reset"
    try:
        amount = Decimal(str(asked["spend_cap"]))
        minor = int(amount * account.scenario.minor_per_major)
    except (InvalidOperation, ValueError, OverflowError):
        minor = -1
    if not 0 <= minor <= MOST_MINOR:
        raise bad_param("spend_cap", "must be an amount in the account's currency, such as 150.00")
    if minor and action != "reset" and minor < amount_spent_minor(account):
        raise bad_param("spend_cap", "must not be less than what has been spent; spend_cap_action=reset counts anew")
    return minor, action == "reset"


def _check_cap_changes(account: Account) -> None:
    recent = [at for at in account.spend_cap_changes if account.now - at < _DAY]
    if len(recent) >= CAP_CHANGES_A_DAY:
        raise known(17, 1885172)


def _limit(account: Account, cap: int, *, from_now: bool) -> None:
    old, account.spend_cap_minor = account.spend_cap_minor, cap
    if from_now:
        account.spend_cap_minor = 0
        account.refresh_delivery()  # today goes on as if there had been no limit, and counts as before
        account.spent_before_minor = account.spent_minor(account.ad_sets.values())
        account.spend_cap_minor = cap
    account.spend_cap_changes.append(account.now)
    event = "ad_account_update_spend_limit" if cap else "ad_account_remove_spend_limit"
    event = "ad_account_reset_spend_limit" if from_now else event
    extra = {"old_value": old, "new_value": cap}
    account.activities.append(Activity(account.now, event, account.number, "account", account.name, extra=extra))
    account.refresh_delivery()


def _minimum_budgets(call: Call) -> Any:
    least = call.own.scenario.minimum_budget_minor
    row = {
        "currency": call.own.scenario.currency,
        "min_daily_budget_imp": least,
        "min_daily_budget_high_freq": least * HIGH_FREQUENCY,
        "min_daily_budget_low_freq": least * LOW_FREQUENCY,
        "min_daily_budget_video_views": least * HIGH_FREQUENCY,
    }
    return {"data": [row]}


ROUTES: Routes = {
    ("GET", "account"): shown,
    ("POST", "account"): _change,
    ("GET", "account/minimum_budgets"): _minimum_budgets,
}
