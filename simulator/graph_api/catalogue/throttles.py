"""Too many calls (Meta: "Marketing API rate limiting", "Graph API rate limits", "Insights API error codes")."""

from __future__ import annotations

from simulator.graph_api.catalogue.entry import FORBIDDEN, Entry

FROM_USE_CASE = "(#{code}) There have been too many calls to this {asset}. Wait a bit and try again. {more}"
MORE = "For more info, please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting."
ASSETS = {
    80001: "Page",
    80002: "Instagram account",
    80005: "lead generation form",
    80006: "messenger account",
    80007: "business account",
    80008: "WhatsApp Business account",
    80009: "catalog account",
    80010: "business account",
    80011: "business account",
    80012: "business account",
    80013: "business account",
    80014: "catalog account",
}
"""Whose calls a business use case counts; 80007 and 80010 to 80013 are not told apart in public (assumption)."""

ACCOUNT_CODES = (80000, 80003, 80004)

THROTTLES = (
    Entry(
        code=4, family="throttle", message="(#4) Application request limit reached", status=FORBIDDEN, transient=True
    ),
    *(
        Entry(
            code=4,
            subcode=subcode,
            family="throttle",
            message="(#4) There have been too many calls from this app. Wait a bit and try again.",
            title="Too Many API Requests",
            user_message="Your app has exceeded the allowed number of API requests. Wait before retrying.",
            status=FORBIDDEN,
            transient=transient,
        )
        for subcode, transient in ((1504022, True), (1504039, None))
    ),
    Entry(code=17, family="throttle", message="(#17) User request limit reached"),
    Entry(
        code=17,
        subcode=2446079,
        family="throttle",
        message="(#17) User request limit reached",
        title="Ad account has too many API calls",
        user_message="There have been too many calls from this ad-account. Please wait a bit and try again.",
        transient=False,
    ),
    Entry(
        code=17,
        subcode=1885172,
        family="throttle",
        message="(#17) User request limit reached",
        title="Too many changes of the account spending limit",
        user_message="You can only change your account spending limit 10 times per day. Please wait.",
    ),
    Entry(code=32, family="throttle", message="(#32) Page request limit reached", status=FORBIDDEN),
    Entry(code=613, family="throttle", message="(#613) Calls to this api have exceeded the rate limit."),
    Entry(code=613, subcode=1996, family="throttle", message="(#613) Calls to this api have exceeded the rate limit."),
    Entry(
        code=613,
        subcode=1487225,
        family="throttle",
        message="(#613) User request limit reached",
        title="Too many ads created",
        user_message="You have created too many ads for the daily spend limit of this ad account. Please wait a bit.",
    ),
    Entry(
        code=613,
        subcode=1487632,
        family="throttle",
        message="(#613) Calls to this api have exceeded the rate limit.",
        title="Ad set budget changed too many times",
        user_message="You can only change your ad set budget 4 times per hour. Please wait to make more changes.",
    ),
    Entry(
        code=613,
        subcode=1487742,
        family="throttle",
        message="(#613) Calls to this api have exceeded the rate limit.",
        title="Too many calls",
        user_message="There have been too many calls from this ad-account. Please wait a bit and try again.",
    ),
    Entry(
        code=613,
        subcode=5044001,
        family="throttle",
        message="(#613) Calls to this api have exceeded the rate limit.",
        title="Too many changes a second",
        user_message="Your ad account {account_number} has exceeded the maximum allowed rate of mutation requests. To "
        "resolve this, reduce the frequency of your create, update operations on campaigns, ad sets, and ads.",
        transient=True,
    ),
    *(
        Entry(
            code=code,
            subcode=2446079,
            family="throttle",
            message=FROM_USE_CASE.format(code=code, asset="ad-account", more=MORE),
        )
        for code in ACCOUNT_CODES
    ),
    *(
        Entry(code=code, family="throttle", message=FROM_USE_CASE.format(code=code, asset=asset, more=MORE))
        for code, asset in sorted((ASSETS | dict.fromkeys(ACCOUNT_CODES, "ad-account")).items())
    ),
)
