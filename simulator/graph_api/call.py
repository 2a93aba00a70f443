"""A request whose path has been understood, and what answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from simulator.graph_api.errors import unknown_object
from simulator.graph_api.messages import Request

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.records import Record
    from simulator.graph_api.reports import ReportRun
    from simulator.graph_api.state import Platform
    from simulator.graph_api.tree import Node


@dataclass(frozen=True, slots=True)
class Call:
    """`kind` and `edge` choose the handler; at most one of `node`, `record` and `report` is what the path names."""

    state: Platform
    request: Request
    kind: str
    edge: str = ""
    object_id: str = ""
    account: Account | None = None
    node: Node | None = None
    record: Record | None = None
    report: ReportRun | None = None

    @property
    def route(self) -> str:
        """What is called, in words: account/insights, adset, ..."""
        return f"{self.kind}/{self.edge}" if self.edge else self.kind

    @property
    def params(self) -> dict[str, Any]:
        """The parameters that say what to do."""
        return self.request.asked

    @property
    def own(self) -> Account:
        """The account, where the kind says that there is one."""
        if self.account is None:
            raise unknown_object(self.request.method, self.object_id)
        return self.account

    @property
    def found(self) -> Record:
        """The record, where the kind says that there is one."""
        if self.record is None:
            raise unknown_object(self.request.method, self.object_id)
        return self.record

    def activity(self, event_type: str, object_id: str, object_type: str, name: str, **extra: Any) -> Activity:
        """A line for the account's history of changes, about something that is no part of the tree."""
        return Activity(self.state.now, event_type, object_id, object_type, name, extra=extra)

    def changed(self) -> None:
        """Remember the request as one that changed something, so that a restart repeats it."""
        self.state.mutated(self.request)


Handler: TypeAlias = Callable[[Call], Any]
Routes: TypeAlias = dict[tuple[str, str], Handler]
"""Handlers by method and route: ("GET", "account/campaigns")."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One line of an account's history of changes; `extra` is what Meta shows as extra_data."""

    at: datetime
    event_type: str
    object_id: str
    object_type: str
    object_name: str
    actor_name: str = "Caudal emulator system user"
    extra: dict[str, Any] = field(default_factory=dict)
