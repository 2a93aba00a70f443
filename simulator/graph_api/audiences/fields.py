"""What an audience shows of itself: how large it is said to be, whether it is ready, what it was made from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.graph_api.audiences.lookalikes import INACTIVE, Lookalike, ready_at, refreshed_at
from simulator.graph_api.audiences.members import lag
from simulator.graph_api.audiences.sessions import members_of, replacing, sessions_of
from simulator.graph_api.audiences.sizes import UNKNOWN, bounds
from simulator.graph_api.audiences.usage import last_used_at, used_by
from simulator.graph_api.record_calls import account_number, words
from simulator.graph_api.records import Record, RecordKind

SMALLEST_USABLE = 100
FILLING = "We're finding people who fit your audience criteria. You can already use this audience in ads."
DATA_SOURCES = {
    "CUSTOM": ("FILE_IMPORTED", "HASHES_OR_USER_IDS"),
    "WEBSITE": ("EVENT_BASED", "WEB_PIXEL_HITS"),
    "APP": ("EVENT_BASED", "MOBILE_APP_COMBINATION_EVENTS"),
    "OFFLINE_CONVERSION": ("EVENT_BASED", "CONVERSION_PIXEL_HITS"),
    "LOOKALIKE": ("SEED_BASED", "CUSTOM_AUDIENCE_USERS"),
}


def now_of(audience: Record) -> datetime:
    """The instant up to which its account has lived; whoever finds a record brings its account up to date."""
    return audience.account.now if audience.account else audience.updated_at


def people(audience: Record) -> int:
    """How many people there are, `UNKNOWN` while nobody can say."""
    now = now_of(audience)
    lookalike = audience.hidden.get("lookalike")
    if isinstance(lookalike, Lookalike):
        return UNKNOWN if now < ready_at(audience) or _inactive(audience) else lookalike.people()
    if "rule_people" in audience.hidden:
        return UNKNOWN if _filling(audience) else int(audience.hidden["rule_people"]())
    return members_of(audience).matched(now)


def _filling(audience: Record) -> bool:
    """Whether people are being looked for: a lookalike for 1 to 6 hours, a rule for 1 to 24, an upload as its own."""
    now = now_of(audience)
    if "lookalike" in audience.hidden:
        return now < ready_at(audience)
    if "rule_people" in audience.hidden:
        return now < audience.created_at + lag(f"rule {audience.id}", 1, 24)
    return members_of(audience).pending(now)


def _inactive(audience: Record) -> bool:
    """A lookalike that no active ad has used for 90 days."""
    since = last_used_at(audience) or audience.created_at
    return "lookalike" in audience.hidden and now_of(audience) - since > INACTIVE


def _operation(audience: Record) -> dict[str, Any]:
    """The first of these that holds."""
    replaces = replacing(audience, now_of(audience))
    incomplete = any(not session.complete for session in list(sessions_of(audience).values())[-1:])
    empty = audience.values["subtype"] == "CUSTOM" and not sessions_of(audience)
    states = (
        (audience.hidden.get("flagged"), 471, "This audience has been flagged: it may use what is not permitted."),
        (replaces, 414, "Replace in progress: the people of this audience are being replaced."),
        (incomplete, 415, "Replace error: the last replacement ended before its last batch."),
        (_filling(audience), 441, FILLING),
        (_inactive(audience), 450, "This lookalike audience is inactive. It can be used but will have no estimate."),
        (empty, 410, "No upload: no people have been added to this audience yet."),
    )
    found = (_status(code, said) for holds, code, said in states if holds)
    return next(found, _status(200, "Normal"))


def _delivery(audience: Record) -> dict[str, Any]:
    if audience.hidden.get("flagged"):
        return _status(400, "This audience is disabled.")
    if people(audience) < SMALLEST_USABLE and not _inactive(audience):
        return _status(300, "This audience is too small to be used, or its people are still being found.")
    return _status(200, "This audience is ready for use.")


def _status(code: int, description: str) -> dict[str, Any]:
    return {"code": code, "description": description}


def _content_updated(audience: Record) -> int:
    now = now_of(audience)
    if "lookalike" in audience.hidden:
        at = refreshed_at(audience, now, used=bool(used_by(audience)))
    else:
        members_of(audience).pending(now)
        at = members_of(audience).settled_at
    return int((at or audience.created_at).timestamp())


def _data_source(audience: Record) -> dict[str, str]:
    kind, sub_type = DATA_SOURCES.get(audience.values["subtype"], ("EVENT_BASED", "ENGAGEMENT_EVENT_USERS"))
    return {"type": kind, "sub_type": sub_type, "creation_params": "[]"}


AUDIENCE = RecordKind(
    name="audience",
    title="CustomAudience",
    known=words(
        """
        account_id approximate_count_lower_bound approximate_count_upper_bound audience_labels customer_file_source
        data_source data_source_types datafile_custom_audience_uploading_status delete_time delivery_status
        description excluded_custom_audiences external_event_source fields_violating_integrity_policy
        household_audience id included_custom_audiences is_eligible_for_sac_campaigns is_household is_snapshot
        is_value_based lookalike_audience_ids lookalike_spec messenger_marketing_messages_page name operation_status
        opt_out_link owner_business page_deletion_marked_delete_time permission_for_actions pixel_id
        regulated_audience_spec retention_days rev_share_policy_id rule rule_aggregation rule_v2 seed_audience
        sharing_status subtype time_content_updated time_created time_updated
        """
    ),
    shown={
        "account_id": account_number,
        "approximate_count_lower_bound": lambda audience: bounds(people(audience))[0],
        "approximate_count_upper_bound": lambda audience: bounds(people(audience))[1],
        "data_source": _data_source,
        "delivery_status": _delivery,
        "operation_status": _operation,
        "time_content_updated": _content_updated,
        "time_created": lambda audience: int(audience.created_at.timestamp()),
        "time_updated": lambda audience: int(audience.updated_at.timestamp()),
        "lookalike_audience_ids": lambda audience: audience.hidden.get("lookalike_ids") or None,
        "permission_for_actions": lambda _: {"can_edit": True, "can_see_insight": True, "can_share": True},
    },
)
