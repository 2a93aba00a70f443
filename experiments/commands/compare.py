"""`caudal compare`: the same worlds under a policy, under the usual rules, and left alone."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands._console import BAD_USAGE, MOST_SEED, give_up, print_json, progress, spoken_errors
from experiments.commands._policies import json_object, policy_spec

if TYPE_CHECKING:
    from experiments.counterfactual import Counterfactual, WorldKey
    from simulator.scenario import Scenario

BASELINES = ("rules", "hold")


def compare(
    *,
    scenario: Annotated[
        list[str] | None, typer.Option(help="A scenario, a fleet, or a file; repeatable. Every seed is lived in each.")
    ] = None,
    seed: Annotated[str, typer.Option(help="Seeds of the worlds, comma-separated.")] = "1",
    account: Annotated[
        list[str] | None,
        typer.Option(
            help="SCENARIO:SEED, repeatable, instead of the two above; a fleet's accounts count up from SEED."
        ),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days from each scenario's first.")] = 21,
    policy: Annotated[str, typer.Option(help="An alias, a policy's name, or a spec as JSON.")] = "champion",
    root_seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="As CAUDAL_ROOT_SEED of the service.")] = 0,
    guardrails: Annotated[str | None, typer.Option(help="As CAUDAL_GUARDRAILS of the service, JSON.")] = None,
    sisters: Annotated[int, typer.Option(min=0, help="This many more worlds per scenario, for an interval.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; progress goes to standard error.")] = False,
) -> None:
    """Live through the same worlds under a policy and its baselines, exactly as the service steers them."""
    with spoken_errors():
        from agents.vocabulary import PolicySpec  # noqa: PLC0415 - numpy
        from experiments.counterfactual import counterfactual, sister_worlds  # noqa: PLC0415 - numpy
        from service.guardrails import DEFAULTS  # noqa: PLC0415 - numpy

        if account and scenario:
            give_up("say --scenario and --seed, or --account: not both", BAD_USAGE)
        markets, worlds = _worlds(scenario or ["small"], seed, account or [])
        lived = partial(counterfactual, days=days, markets=markets, root_seed=root_seed)
        spec, version = policy_spec(policy)
        label = policy if version else spec.name
        policies = {label: spec} | {name: PolicySpec(name) for name in BASELINES if name != label}
        limits = DEFAULTS if guardrails is None else json_object(guardrails, "--guardrails")
        with progress("comparing") as advance:
            found = lived(policies, worlds, guardrails=limits, on_progress=advance)
        similar = None
        if sisters:
            more = sister_worlds(worlds, sisters)
            with progress("worlds like these") as advance:
                similar = lived(policies, more, guardrails=limits, on_progress=advance)
        if as_json:
            head = {"policy": label, "spec": json.loads(spec.to_json()), "version": version}
            also = asdict(similar)["gains_percent"] if similar else None
            like = {"sister_gains_percent": also, "sister_worlds": len(similar.worlds) if similar else 0}
            print_json({**head, "days": days, "root_seed": root_seed, **asdict(found), **like})
        else:
            _print_table(found, similar, label, days)


def _worlds(scenarios: list[str], seeds: str, accounts: list[str]) -> tuple[dict[str, Scenario], list[WorldKey]]:
    """The scenarios that were meant, by their own names, and the worlds in them."""
    from experiments.counterfactual import WorldKey  # noqa: PLC0415 - numpy
    from simulator.fleet import told_apart  # noqa: PLC0415 - numpy
    from simulator.scenarios import load_fleet, scenarios_of  # noqa: PLC0415 - numpy

    pairs = [(name, _seed(number)) for name, _, number in (account.rpartition(":") for account in accounts)]
    try:
        if pairs:
            fleets = [(load_fleet(name), first) for name, first in pairs]
            markets = told_apart([member.scenario for fleet, _ in fleets for member in fleet.members])
            return markets, [
                WorldKey(member.scenario.name, first + member.seed_offset)
                for fleet, first in fleets
                for member in fleet.members
            ]
        markets = scenarios_of(scenarios)
    except ValueError as error:
        give_up(str(error), BAD_USAGE)
    return markets, [WorldKey(name, _seed(number)) for name in markets for number in seeds.split(",")]


def _seed(text: str) -> int:
    if not text.strip().isdecimal():
        give_up(f"{text!r} is no seed: expected whole numbers, as in --seed 1,2,3 or --account small:1", BAD_USAGE)
    number = int(text)
    if number > MOST_SEED:
        give_up(f"seed {number} is too large: at most {MOST_SEED}", BAD_USAGE)
    return number


def _print_table(found: Counterfactual, sisters: Counterfactual | None, label: str, days: int) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people

    others = list(found.gains_percent)
    table = Table(title=f"Expected value over {days} days")
    table.add_column("account", no_wrap=True)
    for column in (label, *others, *(f"over {other}" for other in others)):
        table.add_column(column, justify="right", no_wrap=True)
    for world in found.worlds:
        value = world.expected_value_minor
        table.add_row(
            f"{world.world.scenario} {world.world.seed}",
            *(f"{value[name] / world.minor_per_major:,.0f} {world.currency}" for name in (label, *others)),
            *(f"{100 * (value[label] / value[other] - 1):+.1f} %" if value[other] else "-" for other in others),
        )
    console = Console()
    console.width = max(console.width, 100)
    console.print(table)
    for words, part in (("these accounts", found), ("accounts like these", sisters)):
        for other, gain in part.gains_percent.items() if part else ():
            spread = f" (95 %: {gain.low:+.2f} to {gain.high:+.2f})" if gain.low is not None else ""
            line = f"{words}: {label} over {other} {gain.value:+.2f} %{spread}, {gain.method}"
            console.print(line, highlight=False)


COMMAND = compare
