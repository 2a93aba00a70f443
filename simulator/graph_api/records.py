"""Objects without a place in the world: audiences, creatives, images, rules and the like are records of a kind.

A kind says how its records are shown; `surface` modules make kinds and the routes that create and change records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.graph_api.errors import unknown_field

if TYPE_CHECKING:
    from simulator.graph_api.account import Account


@dataclass(slots=True, eq=False)
class Record:
    """One object: `values` are its settings as Graph shows them, already checked by whoever wrote them.

    `account` owns it (None: the business does); `hidden` is what the platform knows and never shows.
    """

    id: str
    kind: str
    created_at: datetime
    updated_at: datetime
    account: Account | None = None
    values: dict[str, Any] = field(default_factory=dict)
    hidden: dict[str, Any] = field(default_factory=dict)
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of records.

    Args:
        name: as in routes ("creative" makes routes "creative", "creative/previews").
        title: Meta's name of the type, as errors say it ("AdCreative").
        known: every field the type has according to Meta's reference page.
        shown: fields that are worked out when they are read; the others come from `values`.
        always: fields that are in every answer.
        default: fields where a request names none.
    """

    name: str
    title: str
    known: frozenset[str]
    shown: Mapping[str, Callable[[Record], Any]] = field(default_factory=dict)
    always: tuple[str, ...] = ("id",)
    default: tuple[str, ...] = ()

    def show(self, record: Record, wanted: Iterable[str]) -> dict[str, Any]:
        """The record with the fields `wanted`; a known field without a value is left out, as Graph leaves it out.

        Raises:
            GraphError: a field this kind does not have.
        """
        asked = tuple(wanted) or self.default
        found: dict[str, Any] = {}
        for name in dict.fromkeys((*asked, *self.always)):
            if name not in self.known and name not in self.shown and name != "id":
                raise unknown_field(name, self.title)
            value = record.id if name == "id" else self._value(record, name)
            if value is not None:
                found[name] = value
        return found

    def _value(self, record: Record, name: str) -> Any:
        shown = self.shown.get(name)
        return shown(record) if shown else record.values.get(name)
