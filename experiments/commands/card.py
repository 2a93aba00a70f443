"""`caudal card`: what is published about real campaigns, beside what simulated worlds show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands._console import BAD_USAGE, FAILED, give_up, print_json, progress

if TYPE_CHECKING:
    from experiments.sim_to_real import Card, Target


def card(
    *,
    scenario: Annotated[str, typer.Option(help="A scenario's name or file.")] = "ecommerce",
    seeds: Annotated[int, typer.Option(min=1, help="How many worlds, by seeds from 1 on.")] = 20,
    markdown: Annotated[bool, typer.Option("--markdown", help="The table of docs/simulator.md.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; progress goes to standard error.")] = False,
) -> None:
    """Measure every calibration target; exit code 1 where one that applies is out of its range."""
    from experiments.sim_to_real import make_card, targets  # noqa: PLC0415 - numpy
    from simulator.scenarios import load_scenario  # noqa: PLC0415 - numpy

    try:
        market = load_scenario(scenario)
    except ValueError as error:
        give_up(str(error), BAD_USAGE)
    targets()
    with progress("measuring") as advance:
        found = make_card(market, range(1, seeds + 1), on_progress=advance)
    if as_json:
        fits = [
            {
                "name": fit.name,
                "r_squared": fit.r_squared,
                "residual_sd": fit.residual_sd,
                "largest_residual": fit.largest_residual,
                "points": fit.points,
                "source": fit.source,
            }
            for fit in found.fits
        ]
        lines = [line.to_json() for line in found.lines]
        print_json({"scenario": found.scenario, "seeds": seeds, "targets": lines, "fits": fits, "out": len(found.out)})
    elif markdown:
        _print_markdown(found)
    else:
        _print_tables(found)
    if found.out:
        raise typer.Exit(FAILED)


def published(target: Target) -> str:
    """A target's range in few words.

    >>> from experiments.sim_to_real import Target
    >>> published(Target("CTR", 0.9, 2.5, "somebody", lambda laboratory: 1.0, 0.25, "%"))
    '0.9 to 2.5 ± 25 %'
    """
    if target.low == target.high:
        span = f"{target.low:g}"
    elif math.isinf(target.high):
        span = f"from {target.low:g}"
    else:
        span = f"{target.low:g} to {target.high:g}"
    return f"{span} ± {100 * target.tolerance:.0f} %" if target.tolerance else span


def _print_markdown(found: Card) -> None:
    print("| target | here | published | | source |\n| --- | ---: | --- | --- | --- |")
    words = {"in": "in", "out": "**out**", "does not apply": "-"}
    for line in found.lines:
        applies = line.verdict != "does not apply" and line.value is not None
        here = f"{line.value:.3g} {line.target.unit}".strip() if applies else "-"
        print(
            f"| {line.target.name} | {here} | {published(line.target)} | {words[line.verdict]} | {line.target.source} |"
        )


def _print_tables(found: Card) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people

    console = Console()
    console.width = max(console.width, 100)
    table = Table(title=f"{found.scenario}, {len(found.seeds)} worlds")
    table.add_column("target", max_width=33)
    table.add_column("here", justify="right", no_wrap=True)
    table.add_column("unit")
    table.add_column("published", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("source")
    group = found.lines[0].group if found.lines else ""
    for line in found.lines:
        if line.group != group:
            table.add_section()
            group = line.group
        applies = line.verdict != "does not apply" and line.value is not None
        value = f"{line.value:.3g}" if applies else "-"
        words = {"in": "in", "out": "OUT", "does not apply": "-"}[line.verdict]
        table.add_row(line.target.name, value, line.target.unit, published(line.target), words, line.target.source)
    console.print(table)
    table = Table(title="Fits to real data that the simulator is built on")
    for column in ("fit", "R²", "sd of residuals", "largest", "points"):
        table.add_column(column, justify="left" if column == "fit" else "right", no_wrap=True)
    for fit in found.fits:
        numbers = (f"{fit.r_squared:.4f}", f"{fit.residual_sd:.3f}", f"{fit.largest_residual:.2f}", f"{fit.points:,}")
        table.add_row(fit.name, *numbers)
    console.print(table)
    for fit in found.fits:
        console.print(f"{fit.name}: {fit.source}", highlight=False, soft_wrap=True)
    applied = sum(line.verdict != "does not apply" for line in found.lines)
    console.print(f"{applied - len(found.out)} of {applied} targets that apply are in range", highlight=False)


COMMAND = card
