"""Events and audiences that are refused (Meta: "Using the API", "Customer File Custom Audiences", "Replace users")."""

from __future__ import annotations

from simulator.graph_api.catalogue.entry import Entry

REPLACING = {
    1870144: ("Audience size is not supported", "An audience of 100 million people or more cannot be replaced."),
    1870145: (
        "Audience update in progress",
        "The audience is being updated. Wait until its operation status is normal again.",
    ),
    1870147: ("Invalid upload batch for replace", "The first batch was not received: batch_seq must begin at 1."),
    1870148: ("Something went wrong", "Your customer list was not fully updated. Check its size and try again."),
    1870158: (
        "Replace session timed out",
        "A replace session ends 90 minutes after its first batch. Add the rest when the replacement is finished.",
    ),
    1870159: (
        "Replace session finished",
        "A batch with last_batch_flag has ended this session. Add the rest when the replacement is finished.",
    ),
}
"""Titles and texts of code 2650 by subcode."""

DATA = (
    Entry(
        code=100,
        subcode=2804019,
        family="conversions",
        title="Server Side Api Parameter Error",
        user_message="The parameter {name} {reason}",
        transient=False,
    ),
    Entry(
        code=100,
        subcode=2804050,
        family="conversions",
        title="You haven't added sufficient customer information parameter data for this event",
        user_message="The event {name} has no customer information parameters, or a combination of them that is so "
        "broad that it is unlikely to match anyone. Add more of them, such as em, ph, external_id, fbc or fbp.",
        transient=False,
    ),
    Entry(
        code=100,
        subcode=2804043,
        family="conversions",
        title="Missing extended device information",
        user_message="The event {name} comes from an app and needs app_data.extinfo, a list of 16 values whose first "
        "is a2 or i2 and whose fifth is the version of the operating system.",
        transient=False,
    ),
    Entry(
        code=100,
        subcode=2804066,
        family="conversions",
        title="Messaging Event Invalid Event Type",
        user_message="The event {name} has a name that business_messaging does not know.",
        transient=False,
    ),
    Entry(
        code=100,
        subcode=1713098,
        family="validation",
        title="Invalid rule JSON format",
        user_message="The rule of the audience {reason}",
        blame=(("rule",),),
    ),
    Entry(
        code=105,
        family="validation",
        message="(#105) The number of parameters exceeded the maximum for this operation: {reason}",
    ),
    Entry(
        code=2656,
        family="validation",
        message="(#2656) Failed to delete custom audience because associated lookalikes exist: {reason}",
    ),
    *(
        Entry(
            code=2650,
            subcode=subcode,
            family="validation",
            message="(#2650) Failed to update the custom audience",
            title=title,
            user_message=text,
        )
        for subcode, (title, text) in REPLACING.items()
    ),
)
