"""`caudal study`: list the studies, run one, and log what it found to MLflow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.commands._console import MOST_SEED, print_json, progress, spoken_errors

if TYPE_CHECKING:
    from experiments.study import StudyResult

COMMAND = typer.Typer(help="Compare policies in simulated worlds, into MLflow.", no_args_is_help=True)


@COMMAND.command("list")
def show(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """List the studies."""
    from experiments.study import studies  # noqa: PLC0415 - numpy

    found: list[dict[str, Any]] = [
        {
            "name": study.name,
            "question": study.question,
            "policies": list(study.policies),
            "scenarios": list(study.scenarios),
            "replications": study.replications,
            "days": study.days,
        }
        for study in studies().values()
    ]
    if as_json:
        print_json({"studies": found})
        return
    for study in found:
        print(f"{study['name']}: {study['question']}")
        print(f"  {', '.join(study['policies'])}")
        print(f"  on {', '.join(study['scenarios'])}; {study['replications']} worlds of {study['days']} days each")


@COMMAND.command("run")
def run(
    name: Annotated[str, typer.Argument(help="A name from `caudal study list`.")],
    *,
    replications: Annotated[int | None, typer.Option(min=1, help="Worlds per scenario.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Days per world.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=MOST_SEED, help="Seed of the first world.")] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="A scenario, a fleet, or a file, repeatable, instead of the study's own."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes (default: one per core).")] = None,
    priors: Annotated[Path | None, typer.Option(help="A file by `caudal fit`: its policy is compared too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; progress goes to standard error.")] = False,
) -> None:
    """Run a study and log it."""
    import os  # noqa: PLC0415 - with its neighbours

    with spoken_errors():
        from experiments import plots, provenance, results  # noqa: PLC0415 - numpy, matplotlib
        from experiments.priors import read_priors  # noqa: PLC0415 - numpy
        from experiments.study import load_study, run_study, shrink, with_candidate  # noqa: PLC0415 - numpy
        from experiments.tracking import Store  # noqa: PLC0415 - with its neighbours

        chosen = load_study(name)
        study = shrink(chosen, replications=replications, days=days, seed=seed, scenarios=scenario or ())
        if priors is not None:
            study = with_candidate(study, "fitted_prior", read_priors(priors).spec())
        with progress(f"study {name}") as advance:
            result = run_study(study, workers=workers or os.cpu_count() or 1, on_progress=advance)
        with progress("logging to MLflow") as advance:
            store = Store()
            advance(1, 3)
            files = results.files(result) | plots.pictures(result)
            advance(2, 3)
            run_id = store.record(result, files, provenance.tags())
            advance(3, 3)
        if as_json:
            print_json(results.report(result) | {"run_id": run_id, "tracking_uri": store.uri})
        else:
            _print_table(result, run_id, store.uri)


HEADINGS = {
    "share_of_oracle_percent": "% of oracle",
    "gain_over_hold_percent": "% over hold",
    "gap_captured_percent": "% of gap",
    "p5_share_of_oracle_percent": "5 % world",
    "p5_gain_over_hold_percent": "5 % gain",
    "days_below_hold_percent": "bad days %",
    "cumulative_below_98_percent": "behind %",
    "churn_percent_per_day": "churn %",
}
"""The columns for people: what the first three are is said under the table."""


def _print_table(result: StudyResult, run_id: str, uri: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people

    from experiments.metrics import FIGURES  # noqa: PLC0415 - numpy

    table = Table(title=f"{result.study.name}: {len(result.study.seeds)} worlds of {result.study.days} days each")
    for column in ("on", "policy"):
        table.add_column(column, no_wrap=True)
    for heading in HEADINGS.values():
        table.add_column(heading, justify="right", no_wrap=True)
    previous = ""
    for row in result.rows:
        if row.scenario != previous:
            table.add_section()
        shown, previous = row.scenario if row.scenario != previous else "", row.scenario
        table.add_row(shown, row.policy, *(_cell(figure, row.figures.get(figure)) for figure in HEADINGS))
    console = Console()
    console.width = max(console.width, 136)
    console.print(table)
    for figure, heading in HEADINGS.items():
        console.print(f"{heading}: {FIGURES[figure]}", highlight=False)
    console.print(
        f"± is half a 95 % interval over worlds (for all: over seeds); logged as run {run_id} in {uri}",
        highlight=False,
    )


def _cell(figure: str, estimate: Any) -> str:
    if estimate is None:
        return "-"
    if estimate.low is None or not figure.startswith(("share", "gain")):
        return f"{estimate.value:.1f}"
    return f"{estimate.value:.2f} ±{(estimate.high - estimate.low) / 2:.2f}"
