"""Asynchronous reports: computed when asked for, handed out after the states a client has to wait through.

What a run goes through is Meta's (page "Insights API: asynchronous jobs"): not started, started, running, running at
100 per cent, completed. By default each look brings it one stage further, because a stepped clock stands still; with
`stage_seconds` above zero each stage lasts so long in simulated time, however often somebody looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.errors import GraphError, bad_param, report_not_ready
from simulator.graph_api.insights import Query
from simulator.graph_api.messages import Request
from simulator.graph_api.paging import page, row_keys
from simulator.graph_api.params import names
from simulator.graph_api.reporting.vocabulary import words

RUNNING = "Job Running"
STAGES = (("Job Not Started", 0), ("Job Started", 0), (RUNNING, 60), (RUNNING, 100), ("Job Completed", 100))
"""Status and percentage of each stage; clients that stop at 100 per cent stop one too early."""

_DAY = timedelta(days=1)
EXPIRY = timedelta(days=30)
"""How long a run can be read (Meta: "Insights API best practices")."""

FIELDS = (
    *("id", "account_id", "time_ref", "time_completed", "async_status", "async_percent_completion", "date_start"),
    *("date_stop", "is_running", "is_async_export", "is_bookmarked", "error_code", "error_message", "error_subcode"),
    *("error_user_title", "error_user_msg"),
)
KNOWN = frozenset(
    words(
        """
    async_report_url emails friendly_name schedule_id action_attribution_windows action_breakdowns action_report_time
    breakdowns cpas_only date_preset default_summary export_columns export_format export_name fields filtering
    graph_cache level limit product_id_limit sort summary summary_action_breakdowns time_increment time_range
    time_ranges use_account_attribution_setting use_unified_attribution_setting
    """
    )
)
"""Fields that a run has and that stay empty."""


@dataclass(slots=True)
class ReportRun:
    """One report: `rows` are as they were when it was asked for; `failure` is why there are none."""

    id: str
    account: Account
    query: Query
    rows: list[dict[str, Any]]
    created_at: datetime
    summary: dict[str, Any] | None = None
    failure: GraphError | None = None
    polls: int = 0

    def stage(self, now: datetime, stage_seconds: float) -> int:
        """How far it has come: an index into `STAGES`."""
        seconds = (now - self.created_at).total_seconds()
        gone = int(seconds // stage_seconds) if stage_seconds > 0 else self.polls
        return min(gone, len(STAGES) - 1)

    def expired(self, now: datetime) -> bool:
        """Whether it is too old to be read."""
        return now - self.created_at > EXPIRY

    def shown(self, request: Request, stage: int) -> dict[str, Any]:
        """Its state.

        Raises:
            GraphError: a field that runs do not have.
        """
        wanted = names(request.params, "fields") or FIELDS
        for name in wanted:
            if name not in FIELDS and name not in KNOWN:
                raise bad_param("fields", f"has no field {name} on node type (AdReportRun); known: {', '.join(FIELDS)}")
        values = self._values(stage)
        return {name: values[name] for name in ("id", *wanted) if values.get(name) is not None}

    def _values(self, stage: int) -> dict[str, Any]:
        status, percent = STAGES[stage]
        done = stage == len(STAGES) - 1
        if done and self.failure:
            status, percent = "Job Failed", 0
        created = int(self.created_at.timestamp())
        return {
            "id": self.id,
            "account_id": self.account.number,
            "time_ref": created,
            "time_completed": created if done and not self.failure else None,
            "async_status": status,
            "async_percent_completion": percent,
            "date_start": min(start for start, _ in self.query.periods).isoformat(),
            "date_stop": max(end for _, end in self.query.periods).isoformat(),
            "is_running": status in ("Job Started", RUNNING),
            "is_async_export": 0,
            "is_bookmarked": False,
            **(_reasons(self.failure) if done and self.failure else {}),
        }

    def result(self, request: Request, stage: int) -> dict[str, Any]:
        """A page of its rows.

        Raises:
            GraphError: 2601, transient, while it is not completed; its failure where it failed.
        """
        if stage < len(STAGES) - 1:
            raise report_not_ready()
        if self.failure:
            raise self.failure
        wanted = {*names(request.params, "fields"), "date_start", "date_stop", *self.query.view.breakdown.names}
        chosen = wanted if names(request.params, "fields") else None
        body = page(request, self.rows, row_keys(len(self.rows)), lambda row: _only(row, chosen))
        return {**body, "summary": self.summary} if self.summary is not None else body


OLD_PEOPLE_RUNS = 10
"""Runs a day that may count people by segments of more than 13 months ago (Meta: "Insights API best practices")."""


def old_people_runs(account: Account, now: datetime) -> int:
    """How many runs of the last day an account has spent on that; a deleted run stays spent."""
    return sum(at > now - _DAY for at in account.old_people_at)


def _reasons(failure: GraphError) -> dict[str, Any]:
    """Why a run failed, in the fields that runs carry since v25.0; codes are signed (Meta: "Version 25.0")."""
    error = failure.body("")["error"]
    return {
        "error_code": error["code"],
        "error_message": error["message"],
        "error_subcode": error.get("error_subcode"),
        "error_user_title": error.get("error_user_title"),
        "error_user_msg": error.get("error_user_msg"),
    }


def _only(row: dict[str, Any], wanted: set[str] | None) -> dict[str, Any]:
    return row if wanted is None else {name: value for name, value in row.items() if name in wanted}
