"""Custom and lookalike audiences: making, listing, changing, deleting, sharing (Meta: "Custom Audience")."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.audiences import rules
from simulator.graph_api.audiences.fields import AUDIENCE, now_of, people
from simulator.graph_api.audiences.lookalikes import read_lookalike, seed_matches
from simulator.graph_api.audiences.usage import used_by
from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import GraphError, bad_param, known, not_offered
from simulator.graph_api.events.datasets import owner
from simulator.graph_api.params import flag, integer, names, truth
from simulator.graph_api.record_calls import (
    created,
    delete,
    listed,
    merge,
    missing,
    name_of,
    one_of,
    read,
    told,
    words,
)
from simulator.graph_api.records import Record

SUBTYPES = words(
    "APP BAG_OF_ACCOUNTS BIDDING CLAIM CUSTOM ENGAGEMENT EXCLUSION FOX LOOKALIKE MANAGED MEASUREMENT "
    "MESSENGER_SUBSCRIBER_LIST OFFLINE_CONVERSION PARTNER PRIMARY REGULATED_CATEGORIES_AUDIENCE STUDY_RULE_AUDIENCE "
    "VIDEO WEBSITE"
)
BY_RULE = words("APP ENGAGEMENT OFFLINE_CONVERSION VIDEO WEBSITE")
FILE_SOURCES = words("BOTH_USER_AND_PARTNER_PROVIDED PARTNER_PROVIDED_ONLY USER_PROVIDED_ONLY")
LABELS = words(
    "APP_USERS AT_RISK CART_ABANDONERS DISENGAGED DISQUALIFIED_LEADS ENGAGED_USERS GENERAL_CUSTOMERS "
    "HIGH_VALUE_CUSTOMERS LOW_VALUE_CUSTOMERS OTHER_1 OTHER_2 OTHER_3 QUALIFIED_LEADS RECENT_PURCHASERS TRIAL_USERS"
)
MOST = {"CUSTOM": 500, "WEBSITE": 10_000, "APP": 200, "LOOKALIKE": 500}
KEPT = ("description", "opt_out_link", "is_value_based", "rule_aggregation", "allowed_domains")
"""Parameters that are kept as they come."""


RESTRICTED = ("arthritis", "diabetes", "cancer", "credit score", "high income", "low income", "bankrupt", "pregnan")
"""Words in a name or description that suggest health or money troubles; Meta's own list is not published."""


def check_terms(account: Account) -> None:
    """Whether the account may work with audiences.

    Raises:
        GraphError: its people have not accepted the terms (200/1870090).
    """
    if not account.terms_accepted:
        raise known(200, 1870090)


def _create(call: Call) -> Any:
    account = call.own
    check_terms(account)
    asked = told(call)
    name = name_of(asked) or ""
    subtype = _subtype(asked)
    same = [one for one in _mine(call, account) if (one.values["name"], one.values["subtype"]) == (name, subtype)]
    if truth(call.params, "enable_fetch_or_create") and same:
        # Meta does not say what makes two audiences the same; here it is name and subtype (assumption).
        return {"id": same[0].id}
    values = {"name": name, "subtype": subtype, "owner_business": owner(call.state), **_described(asked)}
    hidden: dict[str, Any] = {}
    if subtype == "LOOKALIKE":
        spec = read_lookalike(
            call.state, account, asked.get("lookalike_spec"), asked.get("origin_audience_id"), _seed_people
        )
        values["lookalike_spec"], hidden["lookalike"] = spec.shown(), spec
    elif subtype == "CUSTOM":
        if asked.get("customer_file_source") is None:
            raise missing("customer_file_source")
        values["customer_file_source"] = one_of(asked["customer_file_source"], "customer_file_source", FILE_SOURCES)
    else:
        values |= _ruled(call, asked, subtype)
        hidden["rule_people"] = partial(rules.people, call.state, account, rules.read_rule(asked["rule"]))
    count = sum(one.values["subtype"] == subtype for one in _mine(call, account))
    if count >= MOST.get(subtype, MOST["CUSTOM"]):
        raise bad_param("subtype", f"{subtype}: this account has {count} of them, which is as many as it may have")
    made = call.state.add_record("audience", account, values)
    made.hidden.update(hidden, flagged=_restricted(values))
    if subtype == "LOOKALIKE" and (seed := hidden["lookalike"].seed):
        seed.hidden.setdefault("lookalike_ids", []).append(made.id)
    return created(call, made)


def _restricted(values: dict[str, Any]) -> bool:
    """Whether the platform flags the audience by itself: for what its name or description suggests."""
    text = f"{values['name']} {values.get('description', '')}".lower()
    return any(word in text for word in RESTRICTED)


def _subtype(asked: dict[str, Any]) -> str:
    given = asked.get("subtype")
    if given is None and asked.get("rule") is not None:
        return rules.subtype_of(rules.read_rule(asked["rule"]))
    if given is None and asked.get("lookalike_spec") is not None:
        return "LOOKALIKE"
    if given is None:
        raise missing("subtype")
    subtype = one_of(given, "subtype", SUBTYPES)
    if subtype not in ("CUSTOM", "LOOKALIKE", *BY_RULE):
        raise not_offered(f"an audience of subtype {subtype}")
    return subtype


def _described(asked: dict[str, Any]) -> dict[str, Any]:
    found = {name: asked[name] for name in KEPT if asked.get(name) is not None}
    if asked.get("audience_labels") is not None:
        found["audience_labels"] = [
            one_of(label, "audience_labels", LABELS) for label in names(asked, "audience_labels")
        ]
    return found


def _ruled(call: Call, asked: dict[str, Any], subtype: str) -> dict[str, Any]:
    """The rule of an audience by rule, and how far it looks back."""
    if asked.get("rule") is None:
        raise missing("rule")
    rule = rules.read_rule(asked["rule"])
    if subtype != rules.subtype_of(rule):
        raise bad_param("subtype", f"is {subtype}, but the rule's event sources make it {rules.subtype_of(rule)}")
    found: dict[str, Any] = {"rule": json.dumps(rule, separators=(",", ":"))}
    if pixel := rules.check_sources(call.state, rule):
        found["pixel_id"] = pixel
    days = rules.retention_days(rule)
    if (given := integer(asked, "retention_days")) is not None and not 1 <= given <= rules.LONGEST_ENGAGEMENT_DAYS:
        raise bad_param("retention_days", f"must be from 1 to {rules.LONGEST_ENGAGEMENT_DAYS}")
    return {**found, "retention_days": given if given is not None else days}


def _seed_people(seed: Record, country: str | None) -> int:
    """How many people a seed has; where they live is known of uploaded ones alone."""
    if seed.values["subtype"] == "CUSTOM":
        return seed_matches(seed, country, now_of(seed))
    return people(seed)


def _mine(call: Call, account: Account) -> list[Record]:
    return call.state.records_of("audience", account)


def _list(call: Call) -> Any:
    pixel = call.params.get("pixel_id")
    shared = (one for one in call.state.records_of("audience") if call.own.id in one.hidden.get("shared", ()))
    found: Iterable[Record] = (*_mine(call, call.own), *shared)
    return listed(call, (one for one in found if pixel is None or one.values.get("pixel_id") == pixel))


def _update(call: Call) -> Any:
    audience, asked = call.found, told(call)
    account = audience.account or call.own
    check_terms(account)
    values = _described(asked)
    if name := name_of(asked, required=False):
        values["name"] = name
    if asked.get("customer_file_source") is not None:
        values["customer_file_source"] = one_of(asked["customer_file_source"], "customer_file_source", FILE_SOURCES)
    if asked.get("lookalike_spec") is not None:
        raise bad_param("lookalike_spec", "cannot be changed; make another lookalike audience")
    if asked.get("rule") is not None:
        if "rule" not in audience.values:
            raise bad_param("rule", f"cannot be given to an audience of subtype {audience.values['subtype']}")
        values |= _ruled(call, asked, audience.values["subtype"])
        audience.hidden["rule_people"] = partial(rules.people, call.state, account, rules.read_rule(asked["rule"]))
    return merge(call, values)


def _delete(call: Call) -> Any:
    """Refused while ad sets use it or lookalikes come from it; the wording of the first is an assumption."""
    if ad_sets := used_by(call.found):
        raise _in_use([ad_set.id for ad_set in ad_sets])
    lookalikes = [one for one in call.found.hidden.get("lookalike_ids", ()) if call.state.record(one)]
    if lookalikes:
        raise known(2656, reason=", ".join(lookalikes))
    for seed in call.state.records_of("audience", call.own):
        if call.found.id in seed.hidden.get("lookalike_ids", ()):
            seed.hidden["lookalike_ids"].remove(call.found.id)
    return delete(call)


def _in_use(ad_sets: list[str]) -> GraphError:
    said = ", ".join(ad_sets)
    return known(
        100,
        message="Invalid parameter",
        user_message=f"This audience cannot be deleted while ad sets use it: {said}. Archive them or change their "
        "targeting first.",
    )


def _controls(call: Call) -> Any:
    """What no client of Meta can choose: whether the platform has flagged the audience (operation status 471)."""
    audience, flagged = call.found, flag(call.params, "flagged")
    audience.hidden["flagged"] = flagged
    for account in map(call.state.account, call.state.accounts):
        for ad_set in used_by(audience, account):
            ad_set.flagged = ad_set.flagged | {audience.id} if flagged else ad_set.flagged - {audience.id}
            if account:
                account.refresh_delivery((ad_set.campaign,))
    call.changed()
    return {"success": True}


KINDS = (AUDIENCE,)
ROUTES: Routes = {
    ("GET", "account/customaudiences"): _list,
    ("POST", "account/customaudiences"): _create,
    ("GET", "audience"): read,
    ("POST", "audience"): _update,
    ("DELETE", "audience"): _delete,
    ("POST", "audience/emulator_controls"): _controls,
}
