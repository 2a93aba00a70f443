"""Requests that cannot be (Meta: "Marketing API error codes", "Ad set", "Ad campaign group", "Lookalike audiences")."""

from __future__ import annotations

from simulator.graph_api.catalogue.entry import Entry

LATEST = "v26.0"
DAILY = (("daily_budget",),)
SHARING = (("is_adset_budget_sharing_enabled",),)
METHOD = "GraphMethodException"

REQUESTS = (
    Entry(code=100, family="validation", message="(#100) Param {name} {reason}"),
    Entry(code=100, family="validation", type=METHOD, message="(#100) {reason}"),
    Entry(
        code=100,
        subcode=1815001,
        family="validation",
        title="Deleted objects cannot be listed",
        user_message="Deleted objects cannot be listed; read them by id.",
    ),
    Entry(
        code=2635,
        family="validation",
        message="(#2635) You are calling a deprecated version of the Ads API ({version}). "
        f"Please update to the latest version: {LATEST}.",
    ),
    Entry(code=2500, family="validation", message="Unknown path components: /{path}"),
    Entry(
        code=3018,
        family="validation",
        message="(#3018) The start date of the time range cannot be beyond {months} months from the current date",
    ),
    Entry(
        code=2641,
        family="validation",
        message="(#2641) Your ad includes or excludes locations that are currently restricted",
        blame=(("targeting", "geo_locations"),),
    ),
    Entry(
        code=100,
        subcode=1885364,
        family="validation",
        title="Your targeting has no location",
        user_message="Name at least one country, region or city in geo_locations.",
        blame=(("targeting_spec",),),
    ),
    Entry(
        code=2695,
        family="validation",
        message="(#2695) The ad set creation reached its campaign group(ios14) limit.",
    ),
    Entry(code=900, family="validation", message="(#900) No such application exists."),
    Entry(code=801, family="validation", message="(#801) Invalid operation"),
    Entry(
        code=100,
        subcode=1885272,
        family="budget",
        title="Your budget is too low",
        user_message="Your daily budget must be at least {minimum} {currency}.",
        transient=False,
        blame=DAILY,
        blame_as_text=True,
    ),
    Entry(
        code=100,
        subcode=1885650,
        family="budget",
        title="Your budget is too low",
        user_message="Your budget is too low. This minimum amount is required to account for any spending that occurs "
        "while your budget is updated, which may take up to 15 minutes.",
        transient=False,
        blame=DAILY,
    ),
    Entry(
        code=100,
        subcode=2238055,
        family="budget",
        title="Your campaign budget is too low",
        user_message="Your campaign budget must be at least {minimum} {currency} to account for all ad sets in this "
        "campaign.",
        blame=DAILY,
        blame_as_text=True,
    ),
    Entry(
        code=100,
        subcode=2446307,
        family="budget",
        title="Campaign spending limit is too low",
        user_message="Campaign group spend cap is less than minimum ({minimum} {currency}).",
        blame=(("spend_cap",),),
    ),
    Entry(
        code=100,
        subcode=1885621,
        family="budget",
        title="Ad set budget or campaign budget",
        user_message="You can only set an ad set budget or a campaign budget.",
        transient=False,
        blame=DAILY,
    ),
    Entry(
        code=1487901,
        family="budget",
        type="Exception",
        message="The budget for your Ad-Set is too low.  It must be at least {minimum} {currency} per day.",
        transient=False,
        blame=DAILY,
    ),
    Entry(
        code=100,
        subcode=4834011,
        family="budget_sharing",
        title="Must specify True or False in is_adset_budget_sharing_enabled field",
        user_message="You must specify True or False in the is_adset_budget_sharing_enabled field if you are not using "
        "a campaign budget.",
        transient=False,
        blame=SHARING,
        blame_as_text=True,
    ),
    Entry(
        code=100,
        subcode=4834002,
        family="budget_sharing",
        title="Ad set budget sharing needs ad set budgets",
        user_message="Ad set budget sharing cannot be enabled for a campaign with a campaign budget.",
        transient=False,
        blame=SHARING,
    ),
    Entry(
        code=100,
        subcode=4834009,
        family="budget_sharing",
        title="Ad sets must agree",
        user_message="Ad set budget sharing needs ad sets with the same budget type, bid strategy and schedule.",
        transient=False,
        blame=SHARING,
    ),
    Entry(
        code=100,
        subcode=3858079,
        family="dsa",
        title="Payor is missing",
        user_message="An ad set that targets the European Union must say who pays for its ads.",
        blame=(("dsa_payor",),),
        blame_as_text=True,
    ),
    Entry(
        code=100,
        subcode=3858081,
        family="dsa",
        title="Beneficiary is missing",
        user_message="An ad set that targets the European Union must say who benefits from its ads.",
        blame=(("dsa_beneficiary",),),
        blame_as_text=True,
    ),
    Entry(
        code=100,
        subcode=3858152,
        family="dsa",
        title="Beneficiary and payer are missing",
        user_message="This ad belongs to an ad set that must be published with beneficiary and payer information.",
        blame=(("dsa_beneficiary",), ("dsa_payor",)),
    ),
    Entry(
        code=100,
        subcode=2804003,
        family="conversions",
        title="Event Timestamp Too Old",
        user_message="The timestamp for this event is too far in the past. Events need to be sent within 7 days.",
        transient=False,
        blame=(("data", "0", "event_time"),),
    ),
    Entry(
        code=100,
        subcode=1713232,
        family="lookalike",
        title="Seed audience is restricted",
        user_message="The audience that this lookalike begins from cannot be used. Choose another one.",
        blame=(("origin_audience_id",),),
    ),
    Entry(
        code=2200,
        family="validation",
        message="(#2200) Callback verification failed with the following errors: {reason}",
        blame=(("callback_url",),),
    ),
    Entry(
        code=100,
        family="batch",
        type="GraphBatchException",
        message="Too many requests in batch message. Maximum batch size is 50",
    ),
)
