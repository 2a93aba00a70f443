"""`caudal demo`: the main job end to end, as real processes on this machine."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.errors import ServiceError

if TYPE_CHECKING:
    from rich.console import Console


def demo(
    *,
    days: Annotated[int, typer.Option(min=1, max=365, help="Simulated mornings per account.")] = 21,
    accounts: Annotated[int, typer.Option(min=1, max=12, help="Ad accounts, over three time zones.")] = 3,
    replications: Annotated[int, typer.Option(min=20, help="Worlds per scenario in the study.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Of the first account; the study lives 1, 2, 3 and so on.")] = 1001,
    home: Annotated[Path, typer.Option(help="Where the records go.")] = Path(".caudal/demo"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of the dashboard and the API.")] = 8200,
    mlflow_port: Annotated[int, typer.Option(min=1, max=65535, help="Of MLflow's pages.")] = 8201,
    once: Annotated[bool, typer.Option("--once", help="Stop everything at the end instead of going on.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; progress goes to standard error.")] = False,
) -> None:
    """Train, promote, serve on a real wire, live through mornings, and compare with leaving budgets alone."""
    import httpx  # noqa: PLC0415 - heavy imports stay inside commands
    from rich.console import Console  # noqa: PLC0415 - the same

    from service.adapters.processes import Family, seconds_now  # noqa: PLC0415 - the same
    from service.commands.serve import listen  # noqa: PLC0415 - the same
    from service.demo import HOST, Demo, Plan  # noqa: PLC0415 - the same

    if port == mlflow_port:
        raise typer.BadParameter(f"both pages cannot be on port {port}: choose another", param_hint="--mlflow-port")
    for number, option in ((port, "--port"), (mlflow_port, "--mlflow-port")):
        listen(HOST, number, option).close()
    plan = Plan(home, days, accounts, replications, port, mlflow_port, seed)
    console, run_home, started = Console(stderr=True), plan.make_run_home(), seconds_now()
    with Family(run_home / "logs") as family, httpx.Client(trust_env=False, timeout=20) as client:
        show = Demo(plan, family, client, lambda words: console.print(words, highlight=False), run_home)
        show.say("The usual 21 mornings of 3 accounts take about three minutes on two cores.")
        show.train()
        show.open_mlflow()
        show.serve()
        with _progress(console, f"4/5  {days} mornings of {accounts} accounts") as advance:
            show.mornings(advance)
        show.compare()
        with console.status("waiting for MLflow's pages"):
            show.wait_for_pages()
        show.found |= {"home": str(run_home), "urls_still_open": not once}
        show.found["seconds"] = round(seconds_now() - started, 1)
        typer.echo(json.dumps(show.found, allow_nan=False) if as_json else "\n".join(summary(show.found)))
        if not show.found["wire_equals_counterfactual"]:
            raise ServiceError("what was lived over the wire is not what the comparison computed for the same worlds")
        if not once:
            console.print("The world goes on, a day a minute. Ctrl-C stops everything.", highlight=False)
            try:
                show.go_on()
            except KeyboardInterrupt:
                console.print("stopping")


def summary(found: dict[str, Any]) -> Iterator[str]:
    """What was found, in sentences."""
    mornings, comparison = found["mornings"], found["comparison"]
    yield ""
    yield f"{mornings['decided']} mornings decided and settled over HTTP in {mornings['seconds']} s:"
    lived, sisters = comparison["gains_percent"], comparison["sister_gains_percent"] or {}
    others = list(lived)
    label = comparison["policy"]
    for world in comparison["worlds"]:
        value, unit = world["expected_value_minor"], world["minor_per_major"]
        parts = [f"{100 * (value[label] / value[other] - 1):+.1f} % over {other}" for other in others if value[other]]
        place = f"{world['account_id']} ({world['world']['scenario']}, seed {world['world']['seed']})"
        yield f"  {place}: {value[label] / unit:,.0f} {world['currency']} of expected value, {', '.join(parts)}"
    for other, gain in sisters.items():
        yield f"Gain over {other}, over {comparison['sister_worlds']} worlds of the same kind: {_interval(gain)}"
    for other, gain in lived.items():
        count = len(comparison["worlds"])
        yield f"Gain over {other}, {count} {'account' if count == 1 else 'accounts'} lived here: {_interval(gain)}"
    same = "the very same worlds, to the last order" if found["wire_equals_counterfactual"] else "NOT the same worlds"
    yield f"What the service lived over the wire and what the comparison computed: {same}"
    for gate in found["promotion"]["gates"]:
        yield f"From the study: {gate['because']}"
    yield ""
    yield f"Records in {found['home']}; decide a morning again with"
    yield f"  CAUDAL_HOME={shlex.quote(found['home'])} caudal replay {comparison['worlds'][0]['account_id']}/YYYY-MM-DD"
    if found["urls_still_open"]:
        names = {"dashboard": "Dashboard", "docs": "API", "mlflow": "MLflow", "emulator": "Emulator"}
        yield from (f"{names[key]:<10} {url}" for key, url in found["urls"].items())
    yield f"All of it took {found['seconds']} s."


def _interval(gain: dict[str, Any]) -> str:
    spread = "" if gain["low"] is None else f" (95 %: {gain['low']:+.2f} to {gain['high']:+.2f})"
    return f"{gain['value']:+.2f} %{spread}, {gain['method']}"


@contextmanager
def _progress(console: Console, words: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar with an estimate of what is left, on standard error."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn  # noqa: PLC0415

    count, left = TextColumn("{task.completed}/{task.total}"), TextColumn("left")
    columns = (TextColumn("{task.description}"), BarColumn(), count, TimeElapsedColumn(), left, TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(words, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield advance


COMMAND = demo
