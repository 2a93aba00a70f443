"""Errors of the emulator.

* EmulatorError        the emulator cannot run as asked: a sentence for the person who started it
* GraphError           an answer in Meta's error shape: a value for the program that called

Codes and subcodes follow Meta's pages "Graph API: handle errors", "Marketing API error codes" and "Rate limiting".
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from typing import Any

LATEST = "v26.0"
DOCS = "Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"


class EmulatorError(Exception):
    """The emulator cannot start or go on as asked; the message says why and what to do."""


class GraphError(Exception):
    """An error answer. `data` becomes error_data as it is (Meta sends both objects and JSON text)."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        kind: str = "OAuthException",
        title: str | None = None,
        user_message: str | None = None,
        transient: bool | None = None,
        data: Any = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self._fields: dict[str, Any] = {
            "message": message,
            "type": kind,
            "code": code,
            "error_data": data,
            "error_subcode": subcode,
            "is_transient": transient,
            "error_user_title": title,
            "error_user_msg": user_message,
        }

    def body(self, trace_id: str) -> dict[str, Any]:
        """The JSON body Meta would send."""
        filled = {name: value for name, value in self._fields.items() if value is not None}
        return {"error": {**filled, "fbtrace_id": trace_id}}


def invalid_token() -> GraphError:
    """The token is missing or is not one of ours."""
    return GraphError(190, "Invalid OAuth access token - Cannot parse access token")


def invalid_proof() -> GraphError:
    """The appsecret_proof does not belong to the token."""
    return GraphError(100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException")


def deprecated_version(version: str) -> GraphError:
    """A version that is no longer, or not yet, spoken."""
    return GraphError(
        2635,
        f"(#2635) You are calling a deprecated version of the Ads API ({version}). "
        f"Please update to the latest version: {LATEST}.",
    )


def unknown_object(method: str, object_id: str) -> GraphError:
    """No such object, no access to it, or it cannot do this: Meta does not say which."""
    return GraphError(
        100,
        f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, cannot be loaded due to "
        f"missing permissions, or does not support this operation. {DOCS}",
        subcode=33,
        kind="GraphMethodException",
    )


def unknown_path(parts: Iterable[str]) -> GraphError:
    """More path than there are things."""
    return GraphError(2500, f"Unknown path components: /{'/'.join(parts)}")


def unknown_field(name: str, node_type: str) -> GraphError:
    """A field or an edge the object does not have."""
    return GraphError(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({node_type})")


def unknown_insights_field(name: str, known: Iterable[str]) -> GraphError:
    """A report column that does not exist; says which are filled here."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return GraphError(100, f"(#100) {name} is not valid for fields param.{hint} Valid values: {', '.join(names)}")


def bad_param(name: str, reason: str) -> GraphError:
    """A parameter with a value that cannot be; the blamed field goes along as an object."""
    return GraphError(100, f"(#100) Param {name} {reason}", data={"blame_field_specs": [[name]]})


def not_offered(what: str) -> GraphError:
    """Something the real API has and this version of the emulator does not: said plainly instead of half done."""
    return GraphError(100, f"(#100) {what} is not offered in this version of the emulator")


def budget_too_low(minimum: str, currency: str) -> GraphError:
    """A daily budget below the account's minimum; the blamed field goes along as JSON text, as Meta does here."""
    return GraphError(
        100,
        "Invalid parameter",
        subcode=1885272,
        title="Your budget is too low",
        user_message=f"Your daily budget must be at least {minimum} {currency}.",
        transient=False,
        data=json.dumps({"blame_field_specs": [["daily_budget"]]}),
    )


def budget_changed_too_often() -> GraphError:
    """The fifth change of an ad set's budget within an hour."""
    return GraphError(
        613,
        "(#613) Calls to this api have exceeded the rate limit.",
        subcode=1487632,
        title="Ad set budget changed too many times",
        user_message="You can change the budget of an ad set 4 times per hour. Wait an hour before the next change.",
    )


def throttled(*, insights: bool) -> GraphError:
    """Too many calls to one ad account."""
    return GraphError(
        80000 if insights else 80004,
        f"(#{80000 if insights else 80004}) There have been too many calls to this ad-account. Wait a bit and try "
        "again. For more info, please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting.",
        subcode=2446079,
    )


def too_much_data() -> GraphError:
    """A report too large for one answer."""
    return GraphError(
        100,
        "Invalid parameter",
        subcode=1487534,
        kind="CodeException",
        title="Too much data was requested",
        user_message="Please reduce the amount of data you are asking for, then retry your request.",
    )


def report_not_ready() -> GraphError:
    """An asynchronous report that was read before it was complete."""
    return GraphError(
        2601, "(#2601) Error accessing adreport job.", subcode=1815107, transient=True, title="Loading Async Error"
    )


def deleted_object() -> GraphError:
    """A deleted object can only be renamed."""
    return GraphError(
        100, "Invalid parameter", subcode=1487056, title="Deleted object", user_message="Only its name can be changed."
    )


def archived_object() -> GraphError:
    """An archived object can only be renamed or deleted."""
    return GraphError(
        100,
        "Invalid parameter",
        subcode=1885088,
        title="Archived object",
        user_message="An archived object can only be renamed or deleted.",
    )


def deleted_not_listed() -> GraphError:
    """Edges never list deleted objects."""
    return GraphError(
        100, "Invalid parameter", subcode=1815001, user_message="Deleted objects cannot be listed; read them by id."
    )
