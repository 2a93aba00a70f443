"""Who uses an audience: ads, and other accounts that it is shared with; and how healthy its uploads are."""

from __future__ import annotations

from typing import Any

from simulator.graph_api.audiences.sessions import sessions_of
from simulator.graph_api.audiences.usage import names as names_audience
from simulator.graph_api.audiences.usage import targeting_of
from simulator.graph_api.call import Call, Routes
from simulator.graph_api.edges import list_nodes
from simulator.graph_api.errors import unknown_object
from simulator.graph_api.params import names
from simulator.graph_api.record_calls import missing, rows_page


def _ads(call: Call) -> Any:
    account = call.own
    ads = [ad for ad in account.ads.values() if names_audience(targeting_of(ad.ad_set), call.found.id)]
    return list_nodes(call.request, account, ads, call.state.credentials)


def _health(call: Call) -> Any:
    """Match and invalid rates of what has been uploaded; Meta's page gives the field and not its parts (assumption)."""
    sessions = sessions_of(call.found).values()
    received, invalid = (sum(getattr(one, name) for one in sessions) for name in ("received", "invalid"))
    matched = sum(one.matched for one in sessions)
    rates = {"match_rate": matched, "invalid_rate": invalid}
    health = [{"metric": name, "value": round(count / received, 4)} for name, count in rates.items() if received]
    return rows_page(call, [{"health": health}])


def _sharing(call: Call) -> list[str]:
    ids = [f"act_{one.removeprefix('act_')}" for one in names(call.params, "adaccounts")]
    if not ids:
        raise missing("adaccounts")
    for one in ids:
        if call.state.account(one) is None:
            raise unknown_object(call.request.method, one)
    return ids


def _shared(call: Call) -> list[str]:
    found: list[str] = call.found.hidden.setdefault("shared", [])
    return found


def _share(call: Call) -> Any:
    _shared(call).extend(one for one in _sharing(call) if one not in _shared(call))
    call.changed()
    return {"success": True, "sharing_data": [{"ad_acct_id": one, "result": "success"} for one in _shared(call)]}


def _unshare(call: Call) -> Any:
    gone = _sharing(call)
    call.found.hidden["shared"] = [one for one in _shared(call) if one not in gone]
    call.changed()
    return {"success": True}


def _shared_info(call: Call) -> Any:
    accounts = [account for one in _shared(call) if (account := call.state.account(one))]
    return rows_page(
        call,
        [
            {
                "account_id": account.number,
                "account_name": account.name,
                "business_id": call.state.credentials.business_id,
                "business_name": "Caudal emulator",
                "sharing_status": "Active",
            }
            for account in accounts
        ],
    )


ROUTES: Routes = {
    ("GET", "audience/ads"): _ads,
    ("GET", "audience/health"): _health,
    ("GET", "audience/adaccounts"): lambda call: rows_page(call, ({"id": one} for one in _shared(call))),
    ("POST", "audience/adaccounts"): _share,
    ("DELETE", "audience/adaccounts"): _unshare,
    ("GET", "audience/shared_account_info"): _shared_info,
}
