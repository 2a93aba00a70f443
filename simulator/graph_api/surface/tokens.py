"""Who calls: the user and the app, and the accounts of the user and the business."""

from __future__ import annotations

from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.edges import list_accounts, list_values


def values(call: Call) -> dict[str, dict[str, Any]]:
    """Objects that are the same in every emulator, by kind."""
    known = call.state.credentials
    return {
        "user": {"id": known.user_id, "name": "Caudal emulator system user"},
        "app": {"id": known.app_id, "name": "Caudal emulator", "category": "Business and pages"},
    }


def _show_value(call: Call) -> Any:
    return list_values(call.request, [values(call)[call.kind]])["data"][0]


def _accounts(call: Call) -> Any:
    accounts = [found for i in sorted(call.state.accounts) if (found := call.state.account(i))]
    return list_accounts(call.request, accounts, call.state.credentials)


ROUTES: Routes = {
    ("GET", "user"): _show_value,
    ("GET", "app"): _show_value,
    ("GET", "user/adaccounts"): _accounts,
    ("GET", "business/owned_ad_accounts"): _accounts,
    ("GET", "business/client_ad_accounts"): lambda call: list_values(call.request, []),
}
