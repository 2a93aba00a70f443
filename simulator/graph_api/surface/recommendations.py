"""Guidance: recommendations and the opportunity score (Meta: "Opportunity Score and Recommendations").

Recommendations are read; following one is done as any other change is done, so that POST is refused.
"""

from __future__ import annotations

from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import not_offered
from simulator.graph_api.guidance import Advice, advice, of_object, score
from simulator.graph_api.nodes import instant
from simulator.graph_api.params import names

STAGE = "mid_flight_recommendation"


def _shown(account: Account, one: Advice) -> dict[str, Any]:
    manager = "https://adsmanager.facebook.com/adsmanager/manage"
    return {
        "recommendation_signature": one.signature(account),
        "recommendation_stage": STAGE,
        "recommendation_time": instant(account.midnight(account.today), account),
        "type": one.type,
        "level": one.level,
        "object_ids": list(one.object_ids),
        "recommendation_content": {
            "lift_estimate": one.lift,
            "body": one.body,
            "opportunity_score_lift": str(one.points),
        },
        "url": f"{manager}?act={account.number}",
    }


def _of_account(call: Call) -> Any:
    found = advice(call.own)
    wanted = names(call.params, "recommendation_type") or tuple(one.type for one in found)
    rows = [_shown(call.own, one) for one in found if one.type in wanted]
    return {"data": [{"recommendations": rows}] if rows else []}


def _of_business(call: Call) -> Any:
    """The same for every ad account, with its score."""
    accounts = [own for i in sorted(call.state.accounts) if (own := call.state.account(i))]
    return {
        "data": [
            {
                "ad_account_id": account.number,
                "opportunity_score": score(found),
                "recommendations": [_shown(account, one) for one in found],
            }
            for account in accounts
            for found in (advice(account),)
        ]
    }


def _of_node(call: Call) -> Any:
    """The field `recommendations` of a campaign or ad set; without any it is left out, as an edge without objects."""
    return of_object(call.own, call.object_id) or {"data": []}


def _apply(_: Call) -> Any:
    raise not_offered("applying a recommendation (make the change on its object instead)")


ROUTES: Routes = {
    ("GET", "account/recommendations"): _of_account,
    ("POST", "account/recommendations"): _apply,
    ("GET", "business/recommendations"): _of_business,
    # Fields that are worked out from figures: answered as edges, they are in an object only where they are asked for.
    **{("GET", f"{kind}/recommendations"): _of_node for kind in ("campaign", "adset")},
    ("GET", "account/opportunity_score"): lambda call: score(advice(call.own)),
}
