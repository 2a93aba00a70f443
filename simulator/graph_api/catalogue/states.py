"""Objects and accounts that are in no state for it (Meta: "Marketing API error codes").

Meta's page lists these numbers alone; they come as subcodes of 100, and temporary blocks of 368 (assumption).
"""

from __future__ import annotations

from simulator.graph_api.catalogue.entry import FORBIDDEN, Entry

BLOCKED = "(#368) The action attempted has been deemed abusive or is otherwise disallowed"

STATES = (
    Entry(
        code=100,
        subcode=1487056,
        family="state",
        title="Deleted object",
        user_message="This {node_type} has been deleted, so you can only edit the name.",
    ),
    Entry(
        code=100,
        subcode=1487566,
        family="state",
        title="Deleted campaign",
        user_message="This campaign has been deleted, so you can only edit the name.",
    ),
    Entry(
        code=100,
        subcode=1885088,
        family="state",
        title="Archived object",
        user_message="This {node_type} has been archived: it can only be renamed or deleted.",
    ),
    Entry(
        code=100,
        subcode=1487033,
        family="state",
        title="End date is in the past",
        user_message="Your campaign's end date must be in the future. Please choose a different end date.",
        blame=(("end_time",),),
    ),
    Entry(
        code=100,
        subcode=1487007,
        family="state",
        title="Ad set has ended",
        user_message="You can't edit this ad because it's part of a scheduled ad set that has reached its end date. "
        "Change the end date of the ad set to a date in the future and then try your edits again.",
    ),
    Entry(
        code=100,
        subcode=1487990,
        family="state",
        title="Too many archived ads",
        user_message="This Ad Account has already too many archived adgroups. You need to delete some of them before "
        "being able to archive any more.",
    ),
    Entry(
        code=100,
        subcode=1404163,
        family="account",
        title="Advertising access is restricted",
        user_message="You're no longer allowed to use Facebook Products to advertise. You can't run ads, manage "
        "advertising assets or create new ad or business accounts.",
    ),
    Entry(
        code=100,
        subcode=3910001,
        family="account",
        title="Account trouble",
        user_message="Your account is experiencing some trouble. Please try again later.",
    ),
    *(
        Entry(
            code=368,
            subcode=subcode,
            family="account",
            message=BLOCKED,
            title="Temporarily blocked",
            user_message="You have been temporarily blocked from performing this action.",
            status=FORBIDDEN,
        )
        for subcode in (1404078, 2859015)
    ),
)
