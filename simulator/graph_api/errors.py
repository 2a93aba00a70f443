"""Errors of the emulator.

* EmulatorError        the emulator cannot run as asked: a sentence for the person who started it
* GraphError           an answer in Meta's error shape: a value for the program that called

Codes, types and texts come from the table in `catalogue`: what is raised on the way and what is asked for on purpose
(the fault "error") are the same errors.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from typing import Any

from simulator.graph_api.catalogue import Entry, find
from simulator.graph_api.catalogue.requests import LATEST, METHOD

__all__ = ["LATEST", "EmulatorError", "GraphError", "known"]


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
        status: int = 400,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.subcode = subcode
        self.status = status
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

    def but(self, *, http_status: int | None = None, **fields: Any) -> GraphError:
        """This error with other `fields` of its body (is_transient, error_data, ...) or another HTTP status."""
        other = GraphError(self.code, str(self), subcode=self.subcode, status=http_status or self.status)
        other._fields = {**self._fields, **fields}
        return other

    def body(self, trace_id: str) -> dict[str, Any]:
        """The JSON body Meta would send."""
        filled = {name: value for name, value in self._fields.items() if value is not None}
        return {"error": {**filled, "fbtrace_id": trace_id}}


def known(
    code: int,
    subcode: int | None = None,
    *,
    kind: str | None = None,
    message: str | None = None,
    user_message: str | None = None,
    blame: Iterable[Iterable[str]] | None = None,
    **values: Any,
) -> GraphError:
    """An error of the catalogue.

    Args:
        code: which error.
        subcode: which of that code.
        kind: its type, where a code comes with several.
        message: in place of the catalogue's.
        user_message: in place of the catalogue's.
        blame: paths of the fields at fault, in place of the catalogue's; its form (object or JSON text) stays.
        values: fill the placeholders of the texts.

    Raises:
        KeyError: the catalogue has no such error.
    """
    return from_entry(find(code, subcode, type=kind), message=message, user_message=user_message, blame=blame, **values)


def from_entry(
    entry: Entry,
    *,
    message: str | None = None,
    user_message: str | None = None,
    blame: Iterable[Iterable[str]] | None = None,
    **values: Any,
) -> GraphError:
    """See `known`."""
    paths = [list(path) for path in (entry.blame if blame is None else blame)]
    data = {"blame_field_specs": paths} if paths else None
    return GraphError(
        entry.code,
        message or entry.filled(entry.message, **values) or "",
        subcode=entry.subcode,
        kind=entry.type,
        title=entry.title,
        user_message=user_message or entry.filled(entry.user_message, **values),
        transient=entry.transient,
        data=json.dumps(data) if data and entry.blame_as_text else data,
        status=entry.status,
    )


def invalid_token() -> GraphError:
    """The token is missing or is not one of ours."""
    return known(190)


def invalid_proof() -> GraphError:
    """The appsecret_proof does not belong to the token."""
    return known(100, kind=METHOD, message="Invalid appsecret_proof provided in the API argument")


def deprecated_version(version: str) -> GraphError:
    """A version that is no longer, or not yet, spoken."""
    return known(2635, version=version)


def unknown_object(method: str, object_id: str) -> GraphError:
    """No such object, no access to it, or it cannot do this: Meta does not say which."""
    return known(100, 33, method=method.lower(), object_id=object_id)


def unknown_path(parts: Iterable[str]) -> GraphError:
    """More path than there are things."""
    return known(2500, path="/".join(parts))


def unknown_field(name: str, node_type: str) -> GraphError:
    """A field or an edge the object does not have."""
    return known(100, message=f"(#100) Tried accessing nonexisting field ({name}) on node type ({node_type})")


def unknown_insights_field(name: str, names: Iterable[str]) -> GraphError:
    """A report column that does not exist; says which are filled here."""
    filled = sorted(names)
    near = difflib.get_close_matches(name, filled, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return known(100, message=f"(#100) {name} is not valid for fields param.{hint} Valid values: {', '.join(filled)}")


def bad_param(name: str, reason: str) -> GraphError:
    """A parameter with a value that cannot be; the blamed field goes along as an object."""
    return known(100, message=f"(#100) Param {name} {reason}", blame=[[name]])


def not_offered(what: str) -> GraphError:
    """Something the real API has and this version of the emulator does not: said plainly instead of half done."""
    return known(100, message=f"(#100) {what} is not offered in this version of the emulator")


def budget_changed_too_often() -> GraphError:
    """The fifth change of an ad set's budget within an hour."""
    return known(613, 1487632)


def throttled(*, insights: bool) -> GraphError:
    """Too many calls to one ad account."""
    return known(80000 if insights else 80004, 2446079)


def too_much_data() -> GraphError:
    """A report too large for one answer."""
    return known(100, 1487534)


def report_not_ready() -> GraphError:
    """An asynchronous report that was read before it was complete."""
    return known(2601, 1815107)


def deleted_object() -> GraphError:
    """A deleted object can only be renamed."""
    return known(100, 1487056, node_type="object")


def archived_object() -> GraphError:
    """An archived object can only be renamed or deleted."""
    return known(100, 1885088, node_type="object")


def deleted_not_listed() -> GraphError:
    """Edges never list deleted objects."""
    return known(100, 1815001)
