"""What passes, and reports that fail or are too large (Meta: "Insights API error codes", "Handling errors")."""

from __future__ import annotations

from simulator.graph_api.catalogue.entry import FORBIDDEN, SERVER_ERROR, Entry

TIMED_OUT = "Your request timed out. Try a smaller date range, fetch less data, or use async jobs."
UNEXPECTED = "An unexpected error has occurred. Please retry your request later."

TROUBLE = (
    Entry(
        code=1,
        family="transient",
        message="Please reduce the amount of data you're asking for, then retry your request",
        status=SERVER_ERROR,
    ),
    Entry(
        code=1,
        subcode=99,
        family="transient",
        message="An unknown error occurred",
        status=SERVER_ERROR,
    ),
    Entry(code=2, family="transient", message=UNEXPECTED, transient=True, status=SERVER_ERROR),
    Entry(
        code=2,
        subcode=1504038,
        family="transient",
        message="Service temporarily unavailable",
        title="Request Timed Out",
        user_message=TIMED_OUT,
        status=SERVER_ERROR,
    ),
    Entry(
        code=2,
        subcode=1504043,
        family="transient",
        message="Service temporarily unavailable",
        title="Intermittent Error",
        user_message="Your request encountered an intermittent error. Retry at a later time.",
        transient=True,
        status=SERVER_ERROR,
    ),
    Entry(
        code=2,
        subcode=1504044,
        family="transient",
        message="Service temporarily unavailable",
        title="Unknown Error Occurred",
        user_message="An unexpected error occurred. Please refresh the page or try again.",
        transient=False,
        status=SERVER_ERROR,
    ),
    Entry(code=100, subcode=1504018, family="transient", title="Request Timed Out", user_message=TIMED_OUT),
    Entry(code=341, family="transient", message="(#341) Feed action request limit reached", status=FORBIDDEN),
    Entry(
        code=368,
        family="transient",
        message="(#368) The action attempted has been deemed abusive or is otherwise disallowed",
        title="You're Temporarily Blocked",
        user_message="It looks like you were misusing this feature by going too fast. You have been temporarily "
        "blocked from using it.",
        status=FORBIDDEN,
    ),
    Entry(
        code=100,
        subcode=1487390,
        family="transient",
        title="Ad creative could not be created",
        user_message="The ad creative could not be created. Please try again later.",
        transient=False,
    ),
    Entry(
        code=2601,
        subcode=1815107,
        family="async_insights",
        message="(#2601) Error accessing adreport job.",
        title="Loading Async Error",
        user_message="Sorry, this report cannot be loaded. Please wait a moment or run it again.",
        transient=True,
    ),
    Entry(
        code=-2,
        subcode=2490547,
        family="async_insights",
        message="Report failed",
        title="Report Failed",
        user_message="Generating the report failed. Try again later.",
    ),
    Entry(
        code=-3,
        subcode=1504045,
        family="async_insights",
        message="Report too large",
        title="Report Too Large",
        user_message="Your report was too large. Check the documentation for guidance and try again.",
    ),
    Entry(
        code=100,
        subcode=1487534,
        family="too_much_data",
        type="CodeException",
        title="Too much data was requested",
        user_message="Please reduce the amount of data you are asking for, then retry your request.",
    ),
)
