"""`caudal bench`: measured figures against their goals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands._console import FAILED, MOST_SEED, print_json, progress, spoken_errors

if TYPE_CHECKING:
    from experiments.bench import Figure


def bench(
    name: Annotated[str | None, typer.Argument(help="Which; without a name, all but the longest (policies).")] = None,
    *,
    seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="Of the worlds and of the data.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; progress goes to standard error.")] = False,
) -> None:
    """Measure; exit code 1 where a goal is missed."""
    with spoken_errors():
        from experiments.bench import load_bench, machine, short_benches  # noqa: PLC0415 - numpy

        chosen = {name: load_bench(name)} if name else short_benches()
        measured: dict[str, tuple[Figure, ...]] = {}
        with progress("measuring") as advance:
            for done, (key, measure) in enumerate(chosen.items(), start=1):
                measured[key] = measure(seed)
                advance(done, len(chosen))
    figures = {key: [figure.to_json() for figure in found] for key, found in measured.items()}
    context = {"machine": machine(), "seed": seed}
    if not as_json:
        _print_table(measured)
    elif name:
        print_json({"bench": name, "figures": figures[name], **context})
    else:
        print_json({"benches": [{"bench": key, "figures": found} for key, found in figures.items()], **context})
    if not all(figure.met for found in measured.values() for figure in found):
        raise typer.Exit(FAILED)


def _print_table(measured: dict[str, tuple[Figure, ...]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people

    table = Table()
    for column in ("bench", "figure", "value", "goal", "met"):
        table.add_column(column, justify="right" if column in {"value", "goal"} else "left", no_wrap=True)
    for key, found in measured.items():
        for figure in found:
            sign = "≥" if figure.better == "higher" else "≤"
            goal = "-" if figure.goal is None else f"{sign} {figure.goal:,.1f}"
            table.add_row(key, figure.name, f"{figure.value:,.1f} {figure.unit}", goal, "yes" if figure.met else "NO")
    console = Console()
    console.width = max(console.width, 100)
    console.print(table)
    for found in measured.values():
        for figure in found:
            console.print(f"{figure.name}: {figure.how}", highlight=False)


COMMAND = bench
