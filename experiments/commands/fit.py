"""`caudal fit`: what the ad sets of a population are like, as priors that policies start from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from experiments.commands._console import MOST_SEED, give_up, print_json, progress, spoken_errors


def fit(
    *,
    scenario: Annotated[str, typer.Option(help="Whose ad sets to learn from: a scenario or a file.")] = "medium",
    worlds: Annotated[int, typer.Option(min=1, help="How many accounts of that kind.")] = 4,
    days: Annotated[int, typer.Option(min=14, help="Settled days of history of each.")] = 56,
    swing: Annotated[
        float, typer.Option(min=0.05, max=1, help="How far budgets swing from day to day (log sd).")
    ] = 0.4,
    draws: Annotated[int, typer.Option(min=100, help="Posterior draws of each of two chains.")] = 800,
    seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="First world, and seed of the sampler.")] = 1,
    out: Annotated[Path, typer.Option(help="Where the priors go.")] = Path("priors.json"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; progress goes to standard error.")] = False,
) -> None:
    """Fit the hierarchical response model (PyMC) and write the priors it finds."""
    from experiments.response_model import fit as fit_model  # noqa: PLC0415 - numpy
    from experiments.settled_history import simulated_panel  # noqa: PLC0415 - numpy
    from simulator.scenarios import load_scenario  # noqa: PLC0415 - numpy

    with spoken_errors(), progress("fit") as advance:
        try:
            market = load_scenario(scenario)
        except ValueError as error:
            give_up(str(error), 2)
        panel = simulated_panel(market, range(seed, seed + worlds), days=days, swing=swing, seed=seed)
        advance(1, 3)
        priors = fit_model(panel, draws=draws, tune=max(draws // 2, 400), seed=seed)
        advance(2, 3)
        try:
            out.write_text(priors.to_json() + "\n", encoding="utf-8")
        except OSError as error:
            give_up(f"cannot write {out}: {error.strerror}")
        advance(3, 3)
    if as_json:
        spec = priors.spec()
        print_json({"spec": asdict(spec), "priors": asdict(priors), "digest": priors.digest, "file": str(out)})
        return
    for name, (low, high) in priors.intervals.items():
        print(f"{name}: {getattr(priors.population, name)} (95 %: {low} to {high})")
    delay = " ".join(f"{share:.2f}" for share in priors.population.delay)
    print(f"delay: {delay} ({'as watched' if priors.delay_seen else 'the usual one, as none was watched'})")
    print(f"learnt from {priors.ad_sets} ad sets of {priors.groups} accounts, {priors.days} days each")
    print(f"worst R-hat {priors.worst_r_hat}, at least {priors.smallest_effective_samples:.0f} effective samples")
    print(f"written to {out}; `caudal study run foundation --priors {out}` tries a policy that starts from it")


COMMAND = fit
