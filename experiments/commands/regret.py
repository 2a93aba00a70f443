"""`caudal regret`: what a policy gives up against the best budgets, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands._console import BAD_USAGE, MOST_SEED, give_up, print_json, progress, spoken_errors
from experiments.commands._policies import policy_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.metrics import Estimate
    from experiments.regret import Regret

WORDS = {
    "caps": "budgets move only so far a day",
    "level": "how good ad sets are, misjudged",
    "curve": "how returns fall with money, misjudged",
    "exploration": "draws and trials, against mean beliefs",
    "total": "all that was given up",
}


def regret(
    *,
    scenario: Annotated[str, typer.Option(help="A scenario: a name, or a path of a file.")] = "small",
    policy: Annotated[list[str] | None, typer.Option(help="A policy's name or a spec as JSON; repeatable.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many worlds.")] = 20,
    first_seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="Seed of the first world.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days from the scenario's first.")] = 30,
    root_seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="Of the policies' draws.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; progress goes to standard error.")] = False,
) -> None:
    """Take apart what policies give up against the best budgets of each day."""
    with spoken_errors():
        from agents.registry import build_policy  # noqa: PLC0415 - numpy
        from experiments.regret import regret as taken_apart  # noqa: PLC0415 - numpy
        from experiments.regret import report  # noqa: PLC0415 - numpy
        from simulator.scenarios import load_scenario  # noqa: PLC0415 - numpy

        try:
            kind = load_scenario(scenario)
        except ValueError as error:
            give_up(str(error), BAD_USAGE)
        worlds = range(first_seed, first_seed + seeds)
        found: dict[str, Regret] = {}
        for text in policy or ["curve_thompson", "linear_thompson", "rules", "hold"]:
            spec, _ = policy_spec(text)
            steered = build_policy(spec)
            with progress(spec.name) as advance:
                found[text] = taken_apart(steered, kind, worlds, days, root_seed=root_seed, on_progress=advance)
        if as_json:
            print_json(
                {"scenario": kind.name, "root_seed": root_seed, "policies": {k: report(v) for k, v in found.items()}}
            )
        else:
            _print_table(found, kind.name, days)


def _print_table(found: Mapping[str, Regret], scenario: str, days: int) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people

    table = Table(title=f"Given up in {scenario}, percent of the best value over {days} days")
    table.add_column("cause", min_width=12)
    for label in found:
        table.add_column(label, justify="right", no_wrap=True)
    figures = {label: regret.percent() for label, regret in found.items()}
    for name, words in WORDS.items():
        cells = (_cell(figures[label][name]) if _said(found[label], name) else "-" for label in found)
        table.add_row(f"{name}: {words}", *cells, end_section=name == "exploration")
    console = Console()
    console.width = max(console.width, 100)
    console.print(table)
    console.print(
        "Ranges are 95 % intervals over worlds; a dash stands where a policy has no beliefs.", highlight=False
    )


def _said(regret: Regret, name: str) -> bool:
    return regret.believes or name not in {"curve", "exploration"}


def _cell(estimate: Estimate) -> str:
    spread = "" if estimate.low is None or estimate.high is None else f" ±{(estimate.high - estimate.low) / 2:.2f}"
    return f"{estimate.value:.2f}{spread}"


COMMAND = regret
