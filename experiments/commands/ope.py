"""`caudal ope`: what another policy would have earned, from a file of logged decisions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands._console import FAILED, MOST_SEED, print_json, spoken_errors

if TYPE_CHECKING:
    from experiments.ope.evaluation import Evaluation
    from experiments.ope.intervals import Interval


def ope(
    log: Annotated[Path, typer.Argument(help="A .csv or .parquet file with one row a decision.")],
    *,
    action: Annotated[str, typer.Option(help="Column of the action that was taken.")],
    reward: Annotated[str, typer.Option(help="Column of the reward.")],
    propensity: Annotated[str, typer.Option(help="Column of the probability with which that action was taken.")],
    target: Annotated[
        str,
        typer.Option(
            help="The policy in question: uniform; a file with columns action, probability (and position); or the "
            "column of its probability of the logged action."
        ),
    ],
    position: Annotated[str | None, typer.Option(help="Column of the position in a list.")] = None,
    time: Annotated[str | None, typer.Option(help="Column to sort by; else rows are taken as they come.")] = None,
    actions: Annotated[int | None, typer.Option(min=2, help="How many actions there are; else those logged.")] = None,
    estimator: Annotated[list[str] | None, typer.Option(help="Which, repeatable; else all that can answer.")] = None,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the intervals.")] = 0.95,
    resamples: Annotated[int, typer.Option(min=100, max=100_000, help="Of the bootstrap.")] = 1_000,
    reward_range: Annotated[
        tuple[float, float] | None, typer.Option(help="Least and largest possible reward; else 0 and 1.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="Of resamples and folds.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Evaluate a policy on another one's log; exit code 1 where the log cannot support a number."""
    with spoken_errors():
        from experiments.ope.evaluation import Options, evaluate, evaluate_logged  # noqa: PLC0415 - numpy
        from experiments.ope.log import uniform  # noqa: PLC0415 - numpy
        from experiments.ope.reading import read_log, read_target  # noqa: PLC0415 - numpy
        from experiments.ope.reward_models import cross_fitted_means  # noqa: PLC0415 - numpy

        in_file = target != "uniform" and Path(target).is_file()
        file = read_log(
            log,
            action=action,
            reward=reward,
            propensity=propensity,
            position=position,
            time=time,
            target=None if target == "uniform" or in_file else target,
            n_actions=actions,
        )
        options = Options(level, resamples, seed, reward_range)
        chosen = estimator or None
        if file.target is not None:
            found = evaluate_logged(file.log, file.target, chosen=chosen, options=options)
        else:
            policy = read_target(Path(target), file) if in_file else uniform(file.log)
            model = cross_fitted_means(file.log, seed=seed)
            found = evaluate(file.log, policy, model=model, chosen=chosen, options=options)
    if as_json:
        print_json({"log": str(log), "target": target, "level": level, "seed": seed, **found.to_json()})
    else:
        _print_table(found, level)
    if all(each.value is None for each in found.estimates):
        raise typer.Exit(FAILED)


def _print_table(found: Evaluation, level: float) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people

    console = Console()
    console.width = max(console.width, 100)
    support = found.support
    table = Table(title=f"Mean reward a round under the target policy ({found.logged_value:.5g} as logged)")
    for column in ("estimator", "value", "s.e.", "bootstrap", "empirical likelihood"):
        table.add_column(column, justify="left" if column == "estimator" else "right", no_wrap=True)
    for each in found.estimates:
        if each.value is None or each.standard_error is None:
            table.add_row(each.name, "insufficient support", *[""] * 3)
        else:
            around = (_span(interval) for interval in each.intervals if interval.method != "normal")
            table.add_row(each.name, f"{each.value:.5g}", f"{each.standard_error:.2g}", *around)
    console.print(table)
    lines = [f"Support is {support.verdict}: {support.reason}."]
    if found.always_valid is not None:
        lines.append(f"Valid whenever one looks, on adaptive logs too: {_span(found.always_valid)}.")
    lines.append(f"Intervals hold the truth with probability {level:g}, as far as propensities are right.")
    lines.extend(f"{each.name}: {each.note}." for each in found.estimates if each.note and each.support != support)
    lines.extend(f"{name} is left out: it needs {why}." for name, why in found.left_out)
    for line in lines:
        console.print(line, highlight=False)


def _span(interval: Interval) -> str:
    return f"{interval.low:.3g} to {interval.high:.3g}"


COMMAND = ope
