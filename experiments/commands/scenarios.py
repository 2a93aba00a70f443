"""`caudal scenarios`: what there is to simulate, one of it as a file to edit, and whether a file of yours is valid."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.commands._console import BAD_USAGE, give_up, print_json

_FEW = 6

COMMAND = typer.Typer(help="The simulated accounts: list them, show one as a file, check a file of yours.")


@COMMAND.callback(invoke_without_command=True)
def listed(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="The table of docs/scenarios.md.")] = False,
) -> None:
    """List the scenarios and fleets."""
    if context.invoked_subcommand is not None:
        return
    from simulator.scenarios import writing  # noqa: PLC0415 - numpy, yaml

    if as_json:
        print_json({"scenarios": [asdict(line) for line in writing.lines()]})
    elif as_markdown:
        print(writing.as_markdown(), end="")
    else:
        _print_table(writing.lines())


@COMMAND.command("show")
def show(scenario: Annotated[str, typer.Argument(help="A scenario, a fleet, or a file.")]) -> None:
    """Print a scenario as YAML with every parameter and its meaning: a file to edit and run."""
    from simulator.fleet import Fleet  # noqa: PLC0415 - with its neighbours
    from simulator.scenarios import load, source  # noqa: PLC0415 - numpy, yaml
    from simulator.scenarios.writing import as_yaml  # noqa: PLC0415 - numpy, yaml

    try:
        found = load(scenario)
        print(source(scenario) if isinstance(found, Fleet) else as_yaml(found), end="")
    except ValueError as error:
        give_up(str(error), BAD_USAGE)


@COMMAND.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A .yaml, .yml or .json file.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say whether a file is a valid scenario or fleet; exit code 2 where it is not."""
    from service.currencies import minor_per_major  # noqa: PLC0415 - with its neighbour
    from simulator.scenarios import load_fleet  # noqa: PLC0415 - numpy, yaml

    try:
        fleet = load_fleet(str(file) if "/" in str(file) else f"./{file}")
    except ValueError as error:
        give_up(str(error), BAD_USAGE)
    members: list[dict[str, Any]] = [
        {
            "scenario": member.scenario.name,
            "seed_offset": member.seed_offset,
            "ad_sets": member.scenario.ad_sets,
            "currency": member.scenario.currency,
            "mechanisms": list(member.scenario.mechanisms),
            "digest": member.scenario.digest,
        }
        for member in fleet.members
    ]
    for scenario in fleet.scenarios.values():
        expected = minor_per_major(scenario.currency)
        if scenario.minor_per_major != expected:
            give_up(
                f"{file}: {scenario.name} has minor_per_major {scenario.minor_per_major}; "
                f"Meta counts {scenario.currency} in {expected}, say minor_per_major: {expected}",
                BAD_USAGE,
            )
    if as_json:
        print_json({"file": str(file), "name": fleet.name, "valid": True, "accounts": members})
        return
    for member in members:
        on = ", ".join(member["mechanisms"]) or "no mechanisms"
        print(f"{file}: {member['scenario']} is valid: {member['ad_sets']} ad sets, {member['currency']}, {on}")


def _print_table(lines: list[Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people

    table = Table(show_edge=False, pad_edge=False)
    table.add_column("name", no_wrap=True)
    table.add_column("ad sets", justify="right")
    table.add_column("money")
    table.add_column("what it is")
    for line in lines:
        ad_sets = f"{line.ad_sets} in {line.accounts}" if line.accounts > 1 else str(line.ad_sets)
        few = len(line.mechanisms) <= _FEW
        on = ", ".join(line.mechanisms) if few else f"all {len(line.mechanisms)} mechanisms"
        what = f"{line.description} [dim]{on}[/dim]" if on else line.description
        money = line.currencies[0] if len(line.currencies) == 1 else f"{len(line.currencies)} currencies"
        table.add_row(line.name, ad_sets, money, what)
    console = Console()
    console.width = max(console.width, 100)
    console.print(table)
    console.print("\nOne as a file to edit: [bold]caudal scenarios show NAME > mine.yaml[/bold]")
