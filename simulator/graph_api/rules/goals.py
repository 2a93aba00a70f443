"""What ad sets can optimise for under which objective, what they pay for, and what they need for it.

Meta: "Ad campaign group" (outcome-driven objectives), "Ad set" (billing events), "Promoted object"; some rows of the
map are not published in full and follow Ads Manager (assumption).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.graph_api.errors import GraphError, bad_param
from simulator.graph_api.events.datasets import accounts_of
from simulator.graph_api.rules.reading import words

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.records import Record
    from simulator.graph_api.state import Platform

GOALS: dict[str, frozenset[str]] = {
    "OUTCOME_AWARENESS": words("REACH IMPRESSIONS AD_RECALL_LIFT THRUPLAY TWO_SECOND_CONTINUOUS_VIDEO_VIEWS"),
    "OUTCOME_TRAFFIC": words(
        "LINK_CLICKS LANDING_PAGE_VIEWS REACH IMPRESSIONS CONVERSATIONS QUALITY_CALL VISIT_INSTAGRAM_PROFILE"
    ),
    "OUTCOME_ENGAGEMENT": words(
        """
        POST_ENGAGEMENT PAGE_LIKES EVENT_RESPONSES THRUPLAY TWO_SECOND_CONTINUOUS_VIDEO_VIEWS CONVERSATIONS LINK_CLICKS
        OFFSITE_CONVERSIONS LANDING_PAGE_VIEWS REACH IMPRESSIONS QUALITY_CALL REMINDERS_SET PROFILE_AND_PAGE_ENGAGEMENT
        ENGAGED_USERS SUBSCRIBERS
        """
    ),
    "OUTCOME_LEADS": words(
        """
        LEAD_GENERATION QUALITY_LEAD QUALITY_CALL OFFSITE_CONVERSIONS CONVERSATIONS LINK_CLICKS LANDING_PAGE_VIEWS
        REACH IMPRESSIONS SUBSCRIBERS
        """
    ),
    "OUTCOME_APP_PROMOTION": words(
        "APP_INSTALLS LINK_CLICKS OFFSITE_CONVERSIONS VALUE APP_INSTALLS_AND_OFFSITE_CONVERSIONS IN_APP_VALUE"
    ),
    "OUTCOME_SALES": words(
        """
        OFFSITE_CONVERSIONS VALUE LINK_CLICKS LANDING_PAGE_VIEWS REACH IMPRESSIONS CONVERSATIONS QUALITY_CALL
        MESSAGING_PURCHASE_CONVERSION SUBSCRIBERS
        """
    ),
}
USUAL_GOAL = {
    "OUTCOME_AWARENESS": "REACH",
    "OUTCOME_TRAFFIC": "LINK_CLICKS",
    "OUTCOME_ENGAGEMENT": "POST_ENGAGEMENT",
    "OUTCOME_LEADS": "LEAD_GENERATION",
    "OUTCOME_APP_PROMOTION": "APP_INSTALLS",
    "OUTCOME_SALES": "OFFSITE_CONVERSIONS",
}
BILLING = words(
    """
    IMPRESSIONS LINK_CLICKS APP_INSTALLS PAGE_LIKES POST_ENGAGEMENT THRUPLAY PURCHASE LISTING_INTERACTION
    OFFER_CLAIMS NONE
    """
)
_BILLED: dict[str, frozenset[str]] = {
    "LINK_CLICKS": words("LINK_CLICKS"),
    "THRUPLAY": words("THRUPLAY"),
    "PAGE_LIKES": words("PAGE_LIKES"),
    "POST_ENGAGEMENT": words("POST_ENGAGEMENT"),
    "APP_INSTALLS": words("APP_INSTALLS"),
}
"""Goals under which an ad set may pay for something else than impressions."""
CONVERTING = words("OFFSITE_CONVERSIONS VALUE")
_OF_PAGES = words("PAGE_LIKES LEAD_GENERATION QUALITY_LEAD CONVERSATIONS")
_OF_APPS = words("APP_INSTALLS APP_INSTALLS_AND_OFFSITE_CONVERSIONS IN_APP_VALUE")
EVENTS = words(
    """
    AD_IMPRESSION RATE TUTORIAL_COMPLETION CONTACT CUSTOMIZE_PRODUCT DONATE FIND_LOCATION SCHEDULE START_TRIAL
    SUBMIT_APPLICATION SUBSCRIBE ADD_TO_CART ADD_TO_WISHLIST INITIATED_CHECKOUT ADD_PAYMENT_INFO PURCHASE LEAD
    COMPLETE_REGISTRATION CONTENT_VIEW SEARCH SERVICE_BOOKING_REQUEST MESSAGING_CONVERSATION_STARTED_7D
    LEVEL_ACHIEVED ACHIEVEMENT_UNLOCKED SPENT_CREDITS LISTING_INTERACTION D2_RETENTION D7_RETENTION OTHER
    """
)
DESTINATIONS = words(
    """
    APP APPLINKS_AUTOMATIC FACEBOOK FACEBOOK_LIVE FACEBOOK_PAGE IMAGINE INSTAGRAM_DIRECT INSTAGRAM_LIVE
    INSTAGRAM_PROFILE INSTAGRAM_PROFILE_AND_FACEBOOK_PAGE MESSAGING_INSTAGRAM_DIRECT_MESSENGER
    MESSAGING_INSTAGRAM_DIRECT_MESSENGER_WHATSAPP MESSAGING_INSTAGRAM_DIRECT_WHATSAPP MESSAGING_MESSENGER_WHATSAPP
    MESSENGER ON_AD ON_EVENT ON_PAGE ON_POST ON_VIDEO SHOP_AUTOMATIC WEBSITE WHATSAPP UNDEFINED
    """
)
_WINDOWS = frozenset(
    {frozenset({("CLICK_THROUGH", days), *view}) for days in (1, 7) for view in ((), (("VIEW_THROUGH", 1),))}
)
USUAL_WINDOWS = [{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]
ONE_DAY = [{"event_type": "CLICK_THROUGH", "window_days": 1}]


def check_goal(objective: str, goal: str, billing_event: str) -> None:
    """Whether a goal belongs to the objective, and the billing event to the goal.

    Raises:
        GraphError: they do not fit.
    """
    allowed = sorted(GOALS[objective])
    if goal not in allowed:
        raise bad_param(
            "optimization_goal", f"{goal} is not available for objective {objective}; available: {', '.join(allowed)}"
        )
    if billing_event == "CLICKS":
        raise bad_param("billing_event", "CLICKS is deprecated: use LINK_CLICKS or IMPRESSIONS")
    fits = {"IMPRESSIONS", *_BILLED.get(goal, ())}
    if billing_event not in fits:
        raise bad_param(
            "billing_event", f"{billing_event} is not available for {goal}; available: {', '.join(sorted(fits))}"
        )


def check_promoted(state: Platform | None, account: Account, goal: str, promoted: Mapping[str, Any] | None) -> None:
    """Whether what is promoted is there, is the account's to promote, and is what the goal needs.

    Raises:
        GraphError: something is missing, or does not exist.
    """
    has = promoted or {}
    website = "pixel_id" in has and ("custom_event_type" in has or "custom_conversion_id" in has)
    app = "application_id" in has and "object_store_url" in has
    if goal in CONVERTING and not (website or app or "custom_conversion_id" in has or "product_set_id" in has):
        raise _promoted(f"must have pixel_id and custom_event_type for {goal}")
    if goal in _OF_PAGES and "page_id" not in has:
        raise _promoted(f"must have page_id for {goal}")
    if goal in _OF_APPS and not app:
        raise _promoted(f"must have application_id and object_store_url for {goal}")
    if "custom_event_type" in has and str(has["custom_event_type"]) not in EVENTS:
        raise _promoted(f"has custom_event_type {has['custom_event_type']!r}; known: {', '.join(sorted(EVENTS))}")
    for name, kind in _PROMOTED.items():
        if state is not None and name in has and not _usable(account, kind, state.record(str(has[name]))):
            raise _promoted(f"names {name} {has[name]}, which does not exist or cannot be used by this account")


_PROMOTED = {
    "pixel_id": "pixel",
    "page_id": "page",
    "product_set_id": "product_set",
    "product_catalog_id": "catalog",
    "custom_conversion_id": "custom_conversion",
}
"""Kinds of the records that promoted objects name."""


def _usable(account: Account, kind: str, record: Record | None) -> bool:
    """Whether a record is of a kind, and the account's or the business's; of pixels, one that the account may use."""
    if record is None or record.kind != kind:
        return False
    if kind == "pixel":
        return account in accounts_of(record)
    return record.account is None or record.account is account


def _promoted(reason: str) -> GraphError:
    return bad_param("promoted_object", reason)


def check_windows(goal: str, spec: Any) -> None:
    """Whether an attribution setting is one of those that a goal has.

    Raises:
        GraphError: no list of windows, or a combination that is not offered.
    """
    if not isinstance(spec, list) or not all(isinstance(row, dict) for row in spec):
        raise bad_param("attribution_spec", "must be an array of objects with event_type and window_days")
    days = [row.get("window_days") for row in spec]
    whole = [day if isinstance(day, int) else None for day in days]
    asked = {(str(row.get("event_type")), day) for row, day in zip(spec, whole, strict=True)}
    plain = frozenset(pair for pair in asked if pair != ("ENGAGED_VIDEO_VIEW", 1))
    fits = _WINDOWS if goal in CONVERTING else frozenset({frozenset({("CLICK_THROUGH", 1)}), *_WINDOWS})
    if plain not in fits:
        raise bad_param(
            "attribution_spec", "must be 1 or 7 days after a click, with or without 1 day after a view, "
            f"and with or without 1 day after an engaged view; got {sorted(map(str, asked))}"
        )  # fmt: skip
