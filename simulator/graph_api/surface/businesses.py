"""The business, its people and what it owns; who may work in an ad account (Meta: "Business Manager API")."""

from __future__ import annotations

from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.edges import list_values
from simulator.graph_api.errors import not_offered
from simulator.graph_api.organisation import ACCOUNT_TASKS, BUSINESS, BUSINESS_USER
from simulator.graph_api.params import names
from simulator.graph_api.record_calls import created_time, listed, read, rows_page, told, updated_time, words
from simulator.graph_api.records import RecordKind

KNOWN = words(
    """
    block_offline_analytics collaborative_ads_managed_partner_business_info
    collaborative_ads_managed_partner_eligibility collaborative_ads_partner_premium_options created_by created_time
    extended_updated_time id is_hidden link marketing_messages_onboarding_status name payment_account_id
    primary_page profile_picture_uri timezone_id two_factor_type updated_by updated_time user_access_expire_time
    verification_status vertical vertical_id whatsapp_business_manager_messaging_limit
    """
)
PERSON = words(
    """
    business business_role_request email finance_permission first_name id invited_user_type ip_permission last_name
    marked_for_removal name pending_email role tasks title two_fac_status
    """
)


def _owner(call: Call) -> dict[str, Any]:
    return {"id": call.state.credentials.business_id, "name": "Caudal emulator"}


def _businesses(call: Call) -> Any:
    return listed(call, call.state.records_of(BUSINESS))


def _people(call: Call) -> Any:
    return listed(call, call.state.records_of(BUSINESS_USER))


def _system_user(call: Call) -> dict[str, Any]:
    return {"id": call.state.credentials.user_id, "name": "Caudal emulator system user"}


def _system_users(call: Call) -> Any:
    since = call.state.accounts[next(iter(call.state.accounts))].born_at()
    more = {"role": "ADMIN", "created_time": since.strftime("%Y-%m-%dT%H:%M:%S%z")}
    return list_values(call.request, [{**_system_user(call), **more}])


def _assigned(call: Call) -> Any:
    """People and system users with a task in the account, whoever assigned it."""
    people = [{"id": record.id, **record.values} for record in call.state.records_of(BUSINESS_USER)]
    users = [{**_system_user(call), "user_type": "SYSTEM_USER"}, *({**one, "user_type": "USER"} for one in people)]
    shown = {"tasks": ACCOUNT_TASKS, "business": _owner(call)}
    rows = [{"id": user["id"], "name": user["name"], "user_type": user["user_type"], **shown} for user in users]
    wanted = names(call.request.params, "fields")
    default = [{key: row[key] for key in ("id", "name", "tasks")} for row in rows]
    return rows_page(call, rows if wanted else default)


def _assign(call: Call) -> Any:
    """Everybody here has every task already, so that giving or taking one changes nothing (an assumption)."""
    known = {call.state.credentials.user_id, *(record.id for record in call.state.records_of(BUSINESS_USER))}
    if str(told(call).get("user")) not in known:
        raise not_offered("assigning anybody but the business's own users")
    return {"success": True}


def _nothing(call: Call) -> Any:
    return list_values(call.request, [])


KINDS = (
    RecordKind(
        BUSINESS,
        "Business",
        KNOWN,
        shown={"created_time": created_time, "updated_time": updated_time},
        default=("id", "name"),
    ),
    RecordKind(BUSINESS_USER, "BusinessUser", PERSON, default=("id", "name", "business", "role")),
)

ROUTES: Routes = {
    ("GET", "business"): read,
    ("GET", "business_user"): read,
    ("GET", "user/businesses"): _businesses,
    ("GET", "business/business_users"): _people,
    ("GET", "business/system_users"): _system_users,
    ("GET", "account/assigned_users"): _assigned,
    ("POST", "account/assigned_users"): _assign,
    ("DELETE", "account/assigned_users"): _assign,
    ("GET", "account/users"): _assigned,
    ("GET", "account/agencies"): _nothing,
    ("GET", "business/clients"): _nothing,
    ("GET", "business/agencies"): _nothing,
    ("GET", "business/pending_users"): _nothing,
}
