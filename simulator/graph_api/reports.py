"""Asynchronous reports: computed when asked for, handed out after the states a client has to wait through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.errors import bad_param, report_not_ready
from simulator.graph_api.insights import Query
from simulator.graph_api.messages import Request
from simulator.graph_api.paging import page, row_keys
from simulator.graph_api.params import names

STAGES = (("Job Not Started", 0), ("Job Started", 0), ("Job Running", 60), ("Job Completed", 100))
"""Status and percentage at each successive poll; time need not pass, for a stepped clock stands still."""

FIELDS = (
    "id",
    "account_id",
    "time_ref",
    "time_completed",
    "async_status",
    "async_percent_completion",
    "date_start",
    "date_stop",
    "is_running",
)


@dataclass(slots=True)
class ReportRun:
    """One report: `rows` are as they were when it was asked for."""

    id: str
    account: Account
    query: Query
    rows: list[dict[str, Any]]
    created_at: datetime
    polls: int = 0

    def poll(self, request: Request) -> dict[str, Any]:
        """Its state; every look brings it one stage further."""
        status, percent = STAGES[min(self.polls, len(STAGES) - 1)]
        self.polls += 1
        wanted = names(request.params, "fields") or FIELDS
        for name in wanted:
            if name not in FIELDS:
                raise bad_param("fields", f"has no field {name} on node type (AdReportRun); known: {', '.join(FIELDS)}")
        done = percent == 100  # noqa: PLR2004 - per cent
        values: dict[str, Any] = {
            "id": self.id,
            "account_id": self.account.number,
            "time_ref": int(self.created_at.timestamp()),
            "time_completed": int(self.created_at.timestamp()) if done else None,
            "async_status": status,
            "async_percent_completion": percent,
            "date_start": min(start for start, _ in self.query.periods).isoformat(),
            "date_stop": max(end for _, end in self.query.periods).isoformat(),
            "is_running": 0 < self.polls < len(STAGES),
        }
        return {name: values[name] for name in ("id", *wanted) if values[name] is not None}

    def result(self, request: Request) -> dict[str, Any]:
        """A page of its rows.

        Raises:
            GraphError: 2601, transient, while it is not completed.
        """
        if self.polls < len(STAGES):
            raise report_not_ready()
        return page(request, self.rows, row_keys(len(self.rows)), lambda row: row)
