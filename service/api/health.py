"""Is the process alive, and may traffic be sent to it?"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from litestar import Controller, Response, get
from litestar.openapi.datastructures import ResponseSpec

from service.api import schemas
from service.api.given import GivenBooks, GivenClock, GivenStore, GivenUnread
from service.api.problems import declared
from service.decision import AccountState
from service.errors import ServiceError
from service.ports import Books, Clock, PolicyStore

log = logging.getLogger("caudal.api")
UNREADY = ResponseSpec(schemas.Health, description="Do not send traffic; `checks` says why.", generate_examples=False)


class HealthController(Controller):
    """Liveness and readiness."""

    path = "/health"
    tags = ("health",)

    @get("/live", sync_to_thread=False, operation_id="live", summary="The process answers", responses=declared())
    def live(self) -> schemas.Health:
        """Always 200 while the process serves requests; looks at nothing else."""
        return schemas.Health(status="live", checks=[])

    @get(
        "/ready",
        sync_to_thread=True,
        operation_id="ready",
        summary="The service can do its work",
        responses={**declared(), 503: UNREADY},
    )
    def ready(
        self, books: GivenBooks, store: GivenStore, clock: GivenClock, unread: GivenUnread
    ) -> Response[schemas.Health]:
        """Database, clock, policy store, and the last morning of every account.

        503 when the database, the clock or the promoted policy cannot be read, or when every account has a problem (the
        platform is not usable); 200 with status `degraded` when only some accounts have one.
        """
        health = look(books, store, clock, unread())
        return Response(health, status_code=503 if health.status == "unready" else 200)


def look(books: Books, store: PolicyStore, clock: Clock, unread: Mapping[str, str]) -> schemas.Health:
    """All checks, in the order in which they would be mended."""
    database, states = _database(books)
    parts = [database, _clock(clock), _policy(store)]
    accounts = [_account(state) for state in states if state.facts.id not in unread]
    accounts += [schemas.Check(name=f"account {name}", ok=False, message=why) for name, why in sorted(unread.items())]
    checks = [*parts, *accounts]
    wells = [check.ok for check in accounts]
    if not all(part.ok for part in parts) or (wells and not any(wells)):
        return schemas.Health(status="unready", checks=checks)
    return schemas.Health(status="ready" if all(wells) else "degraded", checks=checks)


def _database(books: Books) -> tuple[schemas.Check, Sequence[AccountState]]:
    try:
        states = books.accounts()
    except Exception as error:
        log.warning("database is not readable", exc_info=error)
        what = f"cannot be read ({type(error).__name__}): see the log, and check CAUDAL_DATABASE_URL"
        return schemas.Check(name="database", ok=False, message=what), ()
    return schemas.Check(name="database", ok=True, message=f"readable; accounts: {len(states)}"), states


def _clock(clock: Clock) -> schemas.Check:
    try:
        now = clock.now()
    except ServiceError as error:
        return schemas.Check(name="clock", ok=False, message=str(error))
    return schemas.Check(name="clock", ok=True, message=f"{now:%Y-%m-%d %H:%M} UTC")


def _policy(store: PolicyStore) -> schemas.Check:
    try:
        spec, version = store.promoted()
    except ServiceError as error:
        return schemas.Check(name="policy", ok=False, message=str(error))
    except Exception as error:
        log.warning("policy store is not readable", exc_info=error)
        what = f"cannot be read ({type(error).__name__}): see the log, and check MLFLOW_TRACKING_URI"
        return schemas.Check(name="policy", ok=False, message=what)
    return schemas.Check(name="policy", ok=True, message=f"{spec.name}, version {version}")


def _account(state: AccountState) -> schemas.Check:
    if state.problem is None:
        last = f"last decided for {state.last_decided}" if state.last_decided else "no decision yet"
        return schemas.Check(name=f"account {state.facts.id}", ok=True, message=last)
    return schemas.Check(name=f"account {state.facts.id}", ok=False, message=state.problem)
