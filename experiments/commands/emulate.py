"""`caudal emulate`: the Graph API emulator alone, for any SDK that speaks HTTP."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from experiments.commands._console import MOST_SEED

FAILED, BAD_USAGE = 1, 2

TEXT = """Graph API emulator {graph_version} at {url} (stop with Ctrl-C)
  accounts      {accounts}
  access token  {access_token}
  app           {app_id}, secret {app_secret}
  admin         {admin_url}/clock /world /requests /faults

Python SDK:
  from facebook_business.api import FacebookAdsApi
  from facebook_business.session import FacebookSession
  session = FacebookSession("{app_id}", "{app_secret}", "{access_token}", timeout=30)
  session.GRAPH = "{url}"
  api = FacebookAdsApi(session)  # and api=api to every object

curl:
  curl -H 'Authorization: Bearer {access_token}' '{url}/{graph_version}/{first}/adsets?fields=name,daily_budget'

A day passes:
  curl -H 'Content-Type: application/json' -d '{{"advance_days": 1}}' {admin_url}/clock
"""


def emulate(
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="What an account is like: a scenario, a fleet, or a file of yours; repeat for more."),
    ] = None,
    accounts: Annotated[
        int | None, typer.Option(min=1, help="How many, scenarios taking turns; one for each unless told.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=MOST_SEED, help="Seed of the first account; the next ones count up.")
    ] = 1,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    speed: Annotated[float, typer.Option(min=0.0, help="Simulated seconds per second; 0 stands still.")] = 0.0,
    state_file: Annotated[
        Path | None, typer.Option(help="Where to write down what happens, to go on from there.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the facts as one line of JSON.")] = False,
) -> None:
    """Serve simulated ad accounts over Meta's Graph API, on this machine, until stopped."""
    from simulator.graph_api import EmulatorConfig, EmulatorError, accounts_of, run_in_thread  # noqa: PLC0415 - heavy

    try:
        chosen = accounts_of(scenario or ["small"], seed, accounts)
        config = EmulatorConfig(chosen, port=port, speed=speed, state_file=state_file)
    except EmulatorError as error:
        _give_up(str(error), BAD_USAGE)
    stop = _stop_on_signals()
    try:
        with run_in_thread(config) as running:
            print(json.dumps(running.facts) if as_json else _text(running.facts), flush=True)
            stop.wait()
    except EmulatorError as error:
        _give_up(str(error), FAILED)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _text(facts: dict[str, Any]) -> str:
    ids = facts["ad_account_ids"]
    return TEXT.format(**facts, accounts=", ".join(ids), first=ids[0])


def _give_up(sentence: str, code: int) -> NoReturn:
    print(f"caudal emulate: {sentence}", file=sys.stderr)
    raise typer.Exit(code)


COMMAND = emulate
