"""What a fault does to a request: whether it takes effect, how often, and what is answered in words."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from simulator.graph_api.errors import GraphError, known
from simulator.graph_api.fault_kinds import Fault
from simulator.graph_api.messages import Request, Response
from simulator.graph_api.params import parsed
from simulator.graph_api.routing import answer, understand
from simulator.graph_api.spoiling import MISLEADING, refusal
from simulator.graph_api.state import Platform
from simulator.graph_api.token_doors import remember

Apply: TypeAlias = Callable[[Request], Response]
Fate: TypeAlias = Literal["done", "null_done", "null_not_done", "failed"]
CURRENT = ("report", "report/insights", "debug_token", "batch", "unknown")
"""Routes that never answer from the past: what they speak of was not there, or they are no reads of the tree."""


@dataclass(slots=True)
class Past:
    """The state before a write, from which some reads are still answered."""

    state: Platform
    fault: Fault
    reads: int
    until: datetime | None


@dataclass(slots=True)
class Struck:
    """What became of a request: the answer in words, the fault (also one that an earlier write left), and details."""

    response: Response
    fault: Fault | None
    detail: dict[str, Any] = field(default_factory=dict)


class Striker:
    """Applies requests to the state and lets faults strike them.

    Args:
        state: the platform.
        apply: answers a request at `state` and writes down what it changed.
    """

    def __init__(self, state: Platform, apply: Apply) -> None:
        self._state = state
        self._apply = apply
        self._past: Past | None = None

    def respond(self, request: Request, route: str, fault: Fault | None) -> Struck:
        """Answer one request, whatever strikes it."""
        if fault is None:
            return self._plain(request, route)
        insights = route.endswith("/insights")
        if not fault.applies:
            return Struck(self._refused(request, fault, insights=insights), fault)
        if fault.kind == "partial_batch":
            return self._partial(request, fault)
        if fault.kind == "stale_read":
            self._remember(fault)
        if fault.kind == "duplicate":
            self._apply(request)
        response = self._apply(request)
        if error := refusal(fault, insights=insights):
            response = replace(response, body=error.body(self._state.trace_id()), status=error.status)
        mislead = MISLEADING.get(fault.kind)
        return Struck(mislead(request, response, fault) if mislead else response, fault)

    def forget(self) -> None:
        """No read is answered from before a write any more."""
        self._past = None

    def _plain(self, request: Request, route: str) -> Struck:
        past = self._past
        if past and (not past.reads or (past.until and self._state.now >= past.until)):
            past = self._past = None
        response = self._apply(request)
        if past is None or request.method != "GET" or route in CURRENT:
            return Struck(response, None)
        past.reads -= 1
        past.state.advance(self._state.now)
        old = answer(past.state, request)
        past.state.take_mutations()
        origin = replace(past.fault, kind="stale_answer", applies=True)
        return Struck(replace(response, body=old.body, status=old.status), origin)

    def _remember(self, fault: Fault) -> None:
        seconds = fault.options["seconds"]
        until = None if seconds is None else self._state.now + timedelta(seconds=seconds)
        self._past = Past(copy.deepcopy(self._state), fault, fault.options["reads"], until)

    def _refused(self, request: Request, fault: Fault, *, insights: bool) -> Response:
        if fault.kind == "token_expiry":
            token = self._state.access.tokens.get(request.token)
            if token:
                remember(self._state, {"end": token.number, "subcode": fault.options["subcode"]})
            return self._apply(request)
        error = refusal(fault, insights=insights)
        if error is None:
            return Response(None, 500)
        headers = self._regain(request, fault, insights=insights) if fault.kind == "throttle" else {}
        return Response(error.body(self._state.trace_id()), error.status, headers)

    def _regain(self, request: Request, fault: Fault, *, insights: bool) -> dict[str, str]:
        """Usage headers of an account that is throttled."""
        try:
            account = understand(self._state, request).account
        except GraphError:
            return {}
        if account is None:
            return {}
        use = "ads_insights" if insights else "ads_management"
        return self._state.limits.throttled_headers(account, use, fault.options["minutes"])

    def _partial(self, request: Request, fault: Fault) -> Struck:
        """A batch of which some operations fail, and some are null: done or not, who knows."""
        operations = parsed(request.params, "batch")
        if not isinstance(operations, list) or not operations:
            return Struck(self._apply(request), fault)
        fates = [fate(fault, place) for place in range(len(operations))]
        asked = [operation for operation, end in zip(operations, fates, strict=True) if end in ("done", "null_done")]
        if not asked:
            return Struck(Response([self._missing(end) for end in fates]), fault, {"operations": fates})
        response = self._apply(replace(request, params={**request.params, "batch": json.dumps(asked)}))
        if response.status != 200:  # noqa: PLR2004 - HTTP OK
            return Struck(response, fault)
        answers = iter(response.body)
        told = [next(answers) if end in ("done", "null_done") else None for end in fates]
        body = [one if end == "done" else self._missing(end) for one, end in zip(told, fates, strict=True)]
        return Struck(replace(response, body=body), fault, {"operations": fates})

    def _missing(self, end: Fate) -> dict[str, Any] | None:
        if end != "failed":
            return None
        error = known(2)
        return {"code": error.status, "headers": [], "body": json.dumps(error.body(self._state.trace_id()))}


def fate(fault: Fault, place: int) -> Fate:
    """What becomes of one operation of a batch; a third of those struck fails, the others are null."""
    chance = fault.luck("operation", place)
    if chance >= fault.options["share"]:
        return "done"
    ends: tuple[Fate, ...] = ("null_done", "null_not_done", "failed")
    return ends[int(fault.luck("end", place) * len(ends))]
