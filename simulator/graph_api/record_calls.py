"""What most calls on records have in common: showing one, listing many, deleting one, being told only to check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simulator.graph_api.call import Call
from simulator.graph_api.errors import GraphError, bad_param
from simulator.graph_api.nodes import instant
from simulator.graph_api.paging import page
from simulator.graph_api.params import filters, names, parsed, passes, truth
from simulator.graph_api.records import Record
from simulator.graph_api.surface import kinds

LONGEST_NAME = 400
MANNERS = frozenset({"fields", "summary", "execution_options", "include_headers"})
"""Parameters of a write that say how to answer it, not what to write."""
HOSTED = "/_emulator/"
"""Addresses of files begin with this; whoever reads them sees the address by which he reached the emulator."""


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def told(call: Call) -> dict[str, Any]:
    """What a write wants to set, parsed."""
    return {name: parsed(call.params, name) for name in call.params if name not in MANNERS}


def only_validates(call: Call) -> bool:
    """Whether the call wants its parameters checked and nothing changed."""
    return "validate_only" in names(call.params, "execution_options")


def seen(call: Call, record: Record, wanted: Iterable[str] | None = None) -> dict[str, Any]:
    """The record with the fields that the call asks for.

    Raises:
        GraphError: a field that its kind does not have.
    """
    fields = names(call.request.params, "fields") if wanted is None else wanted
    shown: dict[str, Any] = _absolute(kinds()[record.kind].show(record, fields), call.request.base_url)
    return shown


def read(call: Call) -> dict[str, Any]:
    """GET of a record."""
    return seen(call, call.found)


def created(call: Call, record: Record) -> dict[str, Any]:
    """The answer to a create: the id, and the fields that were asked for with it."""
    call.changed()
    return seen(call, record, names(call.request.params, "fields") or ("id",))


def listed(call: Call, records: Iterable[Record]) -> dict[str, Any]:
    """One page of records, narrowed by `filtering`, newest last.

    Raises:
        GraphError: an unknown field, filter or cursor.
    """
    wanted = filters(call.request.params)
    chosen = sorted(
        (r for r in records if all(passes(op, _of(r, name), value) for name, op, value in wanted)), key=lambda r: r.id
    )
    body = page(call.request, chosen, [record.id for record in chosen], lambda record: seen(call, record))
    return summed(call, body, len(chosen))


def summed(call: Call, body: dict[str, Any], count: int) -> dict[str, Any]:
    """The page with how many there are in all, where that is asked for."""
    if truth(call.request.params, "summary") or "total_count" in names(call.request.params, "summary"):
        body["summary"] = {"total_count": count}
    return body


def rows_page(call: Call, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One page of rows that are no objects, in their order; `fields` chooses among what they have."""
    wanted = names(call.request.params, "fields")
    found = [dict(row) for row in rows]
    keys = [f"{place:09d}" for place in range(len(found))]
    body = page(call.request, found, keys, lambda row: {k: v for k, v in row.items() if not wanted or k in wanted})
    return summed(call, body, len(found))


def delete(call: Call) -> dict[str, Any]:
    """DELETE of a record: it is gone from lists and by id."""
    if not only_validates(call):
        call.found.deleted = True
        call.found.updated_at = call.state.now
        call.changed()
    return {"success": True}


def merge(call: Call, values: Mapping[str, Any]) -> dict[str, Any]:
    """Write checked values into the record; the answer is Graph's, with the fields that were asked for."""
    seen(call, call.found)  # an unknown field is refused before anything changes
    if values and not only_validates(call):
        call.found.values.update(values)
        call.found.updated_at = call.state.now
        call.changed()
    wanted = names(call.request.params, "fields")
    return {**(seen(call, call.found) if wanted else {}), "success": True}


def name_of(asked: Mapping[str, Any], *, longest: int = LONGEST_NAME, required: bool = True) -> str | None:
    """A checked name; None where it is neither given nor required.

    Raises:
        GraphError: missing, empty or too long.
    """
    if asked.get("name") is None:
        if required:
            raise missing("name")
        return None
    name = str(asked["name"])
    if not 0 < len(name) <= longest:
        raise bad_param("name", f"must be 1 to {longest} characters")
    return name


def mapping(asked: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A parameter that must be an object; empty where it is not given.

    Raises:
        GraphError: something else.
    """
    value = asked.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_param(name, "must be an object")
    return value


def rows_of(asked: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A parameter that must be an array of objects; empty where it is not given.

    Raises:
        GraphError: something else.
    """
    value = asked.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise bad_param(name, "must be an array of objects")
    return value


def one_of(value: Any, name: str, known: Iterable[str]) -> str:
    """A word of an enumeration.

    Raises:
        GraphError: another one; says which there are.
    """
    options = sorted(known)
    if not isinstance(value, str) or value not in options:
        raise bad_param(name, f"must be one of {{{', '.join(options)}}}, got {value!r}")
    return value


def missing(name: str) -> GraphError:
    """A required parameter that was not given."""
    return GraphError(100, f"(#100) The parameter {name} is required.", data={"blame_field_specs": [[name]]})


def created_time(record: Record) -> str:
    """When the record was made, on its account's clock where it has one."""
    return moment(record, record.created_at)


def updated_time(record: Record) -> str:
    """When the record was last changed."""
    return moment(record, record.updated_at)


def moment(record: Record, at: Any) -> str:
    """An instant as Graph writes it."""
    return instant(at, record.account) if record.account else at.strftime("%Y-%m-%dT%H:%M:%S%z")


def account_number(record: Record) -> str | None:
    """The number of the account that owns it."""
    return record.account.number if record.account else None


def _of(record: Record, name: str) -> Any:
    shown = kinds()[record.kind].show(record, (name,))
    return shown.get(name)


def _absolute(value: Any, base_url: str) -> Any:
    if isinstance(value, str):
        return base_url + value if value.startswith(HOSTED) else value
    if isinstance(value, dict):
        return {name: _absolute(inner, base_url) for name, inner in value.items()}
    return [_absolute(inner, base_url) for inner in value] if isinstance(value, list) else value
