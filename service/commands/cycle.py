"""`caudal cycle`: one decision for one account, now: shown, or carried out."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from service.app import Service
    from service.decision import AccountState, Decision, Receipt

SHADOW, LIVE = "shadow", "live"


def cycle(
    account: Annotated[str, typer.Argument(help="Which, for instance act_42.")],
    *,
    mode: Annotated[str, typer.Option(help="shadow: decide and show; live: decide, write down and act.")] = SHADOW,
    explain: Annotated[bool, typer.Option("--explain", help="Why, ad set by ad set.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Decide for one account's present day. Shadow changes nothing anywhere; live is what the scheduler does."""
    from service.app import Role, assemble  # noqa: PLC0415 - heavy imports stay inside commands
    from service.settings import load_settings  # noqa: PLC0415 - the same

    if mode not in {SHADOW, LIVE}:
        raise typer.BadParameter(f"{mode!r}: choose {SHADOW} or {LIVE}", param_hint="--mode")
    settings = load_settings()
    # Looking on is allowed beside a running service; acting, and the world of dummy mode, belong to one process.
    service = assemble(settings, role=Role.ALL if settings.dummy_mode or mode == LIVE else Role.API)
    try:
        decision, state, receipts = _act(service, account) if mode == LIVE else _show(service, account)
    finally:
        service.stop()
    if as_json:
        typer.echo(json.dumps(_document(decision, receipts), allow_nan=False))
    else:
        _print_table(decision, state, receipts, explain=explain)


Found = tuple["Decision", "AccountState", tuple["Receipt", ...]]


def _show(service: Service, account_id: str) -> Found:
    """What would be decided; nothing is written, neither at the platform nor in the ledger."""
    from service.cycle import look, plan  # noqa: PLC0415 - numpy
    from service.decision import Mode  # noqa: PLC0415 - with its neighbour
    from service.scheduling.due import local_day  # noqa: PLC0415 - the same

    state, rules = _state(service, account_id), service.rules
    observation = look(
        service.accounts[account_id],
        day=local_day(service.clock.now(), state.facts.time_zone),
        budget_minor=state.daily_budget_minor,
        history_days=rules.history_days,
    )
    spec, version = service.store.promoted()
    return plan(observation, spec, version, rules.guardrails, root_seed=rules.root_seed, mode=Mode.SHADOW), state, ()


def _act(service: Service, account_id: str) -> Found:
    """The account's morning, as the scheduler would see it through."""
    from service.decision import Mode  # noqa: PLC0415 - numpy
    from service.errors import Conflict  # noqa: PLC0415 - with its neighbour
    from service.scheduling.due import local_day  # noqa: PLC0415 - the same

    _require(service, account_id)
    service.mornings.onboard()
    state = service.ledger.account(account_id)
    if state.mode is not Mode.LIVE:
        raise Conflict(
            f"{account_id} is in mode {state.mode}: let its owner set it live first "
            f"(PATCH /api/v1/meta/accounts/{account_id} with mode live)"
        )
    decision = service.conduct(
        service.accounts[account_id], state, local_day(service.clock.now(), state.facts.time_zone)
    )
    (record,) = service.ledger.decisions(account_id, limit=1)
    return decision, state, record.receipts


def _state(service: Service, account_id: str) -> AccountState:
    """What the ledger knows of the account, or what it would write down at first sight."""
    from service.decision import AccountState, Mode  # noqa: PLC0415 - numpy
    from service.errors import NotFound  # noqa: PLC0415 - with its neighbour

    _require(service, account_id)
    try:
        return service.ledger.account(account_id)
    except NotFound:
        account = service.accounts[account_id]
        total = sum(ad_set.budget_minor for ad_set in account.ad_sets() if ad_set.active)
        return AccountState(account.facts(), Mode.SHADOW, total, service.clock.now(), None, 0, None)


def _require(service: Service, account_id: str) -> None:
    from agents.errors import did_you_mean  # noqa: PLC0415 - with its neighbours
    from service.errors import NotFound  # noqa: PLC0415 - the same

    if account_id not in service.accounts:
        raise NotFound(f"account {account_id!r} is not configured: {did_you_mean(account_id, service.accounts)}")


def _document(decision: Decision, receipts: tuple[Receipt, ...]) -> dict[str, Any]:
    """The decision as JSON values, with what became of it."""
    body: dict[str, Any] = json.loads(json.dumps(asdict(decision), default=str))
    return body | {"receipts": json.loads(json.dumps([asdict(receipt) for receipt in receipts], default=str))}


def _print_table(decision: Decision, state: AccountState, receipts: tuple[Receipt, ...], *, explain: bool) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people

    facts, policy = state.facts, f"{decision.policy.name} version {decision.policy_version}"
    digits = len(str(facts.minor_per_major)) - 1
    became = {receipt.ad_set_id: str(receipt.state) for receipt in receipts}
    table = Table(title=f"{facts.name} ({facts.id}), {decision.day}, {decision.mode}: {policy}")
    for column in ("ad set", f"now {facts.currency}", "asked", "after guardrails", "change"):
        table.add_column(column, justify="left" if column == "ad set" else "right")
    if receipts:
        table.add_column("outcome")
    for line in decision.lines:
        budgets = (line.from_minor, line.asked_minor, line.to_minor)
        money = (f"{minor / facts.minor_per_major:,.{digits}f}" for minor in budgets)
        moved = f"{100 * (line.to_minor / line.from_minor - 1):+.1f} %" if line.from_minor else "-"
        outcome = (became.get(line.ad_set_id, "-"),) if receipts else ()
        table.add_row(line.name or line.ad_set_id, *money, moved, *outcome)
    console = Console()
    console.print(table)
    if explain:
        from service.commands._explaining import explain_decision  # noqa: PLC0415 - with its neighbours

        explain_decision(console, decision, facts)


COMMAND = cycle
