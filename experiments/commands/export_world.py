"""`caudal export-world`: a simulated account's past as the CSV that Ads Manager exports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands._console import BAD_USAGE, MOST_SEED, give_up


def export_world(
    scenario: Annotated[str, typer.Argument(help="A scenario's name or file.")] = "small",
    *,
    seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="Of the world.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days of past.")] = 63,
    out: Annotated[Path | None, typer.Option(help="Where the CSV goes; standard output unless told.")] = None,
) -> None:
    """Write daily rows by ad set, as `caudal fit-world` reads them."""
    from experiments.export_history import exported_history  # noqa: PLC0415 - numpy
    from simulator.scenarios import load_scenario  # noqa: PLC0415 - numpy
    from simulator.world import World  # noqa: PLC0415 - numpy

    try:
        market = load_scenario(scenario)
    except ValueError as error:
        give_up(str(error), BAD_USAGE)
    text = exported_history(World(market.having(history_days=days), [seed]))
    if out is None:
        print(text, end="")
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        give_up(f"cannot write {out}: {error.strerror}")
    print(f"written to {out}")


COMMAND = export_world
