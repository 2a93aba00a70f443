"""`caudal replay`: decide a morning again from the books, bit for bit, or say what differs."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.errors import NotFound

if TYPE_CHECKING:
    from service.persistence import SqlLedger
    from service.settings import Settings


def replay(
    decision: Annotated[str, typer.Argument(metavar="ACCOUNT/DAY", help="For instance act_42/2026-03-05.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Decide a recorded morning again from the stored observation, policy, seed and guardrails, and compare.

    Exit code 0 where every bit agrees, 1 where something differs. Nothing is written and no platform is called.
    """
    from service.persistence import SqlLedger, open_engine  # noqa: PLC0415 - database libraries, only where used
    from service.settings import load_settings  # noqa: PLC0415 - the same

    account_id, day = _parse(decision)
    settings = load_settings()
    _require_ledger(settings)
    engine = open_engine(settings.ledger_url)
    try:
        found = _compare(SqlLedger(engine), account_id, day)
    finally:
        engine.dispose()
    if as_json:
        print(json.dumps(found))
    elif found["identical"]:
        print(f"{decision}: identical ({found['policy']}, version {found['policy_version']})")
    else:
        print("\n  ".join([f"{decision}: differs", *found["differences"]]))
    raise typer.Exit(0 if found["identical"] else 1)


def _require_ledger(settings: Settings) -> None:
    """A ledger that does not exist is not created by looking."""
    scheme, _, rest = settings.ledger_url.partition(":///")
    path = Path(rest.partition("?")[0])
    if scheme.partition("+")[0] != "sqlite" or path.is_file():
        return
    if settings.database_url:
        raise NotFound(f"there is no ledger at {path}: check CAUDAL_DATABASE_URL")
    raise NotFound(
        f"there is no ledger in {settings.home}: set CAUDAL_HOME to the home of the service that decided (the demo's "
        "are .caudal/demo/run-NNN)"
    )


def _compare(ledger: SqlLedger, account_id: str, day: date) -> dict[str, Any]:
    from service.replay import decide_again, differences  # noqa: PLC0415 - numpy, only where used

    stored = ledger.decision(account_id, day)
    if stored is None:
        known = [str(r.decision.day) for r in ledger.decisions(account_id, limit=3)]
        words = f"the newest are {', '.join(known)}" if known else "it has none"
        raise NotFound(f"there is no decision of {account_id} for {day}: {words}")
    differing = differences(stored, decide_again(stored, ledger.load_observation(stored.observation_digest)))
    return {
        "account_id": account_id,
        "day": day.isoformat(),
        "policy": stored.policy.name,
        "policy_version": stored.policy_version,
        "observation_digest": stored.observation_digest,
        "identical": not differing,
        "differences": list(differing),
    }


def _parse(decision: str) -> tuple[str, date]:
    account_id, _, day = decision.partition("/")
    try:
        return account_id, date.fromisoformat(day)
    except ValueError:
        raise typer.BadParameter(
            f"{decision!r} names no morning: write ACCOUNT/DAY, for instance act_42/2026-03-05"
        ) from None


COMMAND = replay
