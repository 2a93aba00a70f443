"""`caudal emulate`: the Graph API emulator alone, for any SDK that speaks HTTP."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from experiments.commands._console import MOST_SEED

if TYPE_CHECKING:
    from simulator.graph_api import EmulatorConfig, Recipe

FAILED, BAD_USAGE = 1, 2

TEXT = """Graph API emulator {graph_version} at {url} (stop with Ctrl-C; open it in a browser to watch)
  accounts      {accounts}
  access token  {access_token}
  app           {app_id}, secret {app_secret}
  business      {business_id}, page {page_id}, dataset (pixel) {pixel_id}
  admin         {admin_url}/clock /faults /limits /tokens /webhooks /worlds /requests /world

Python SDK:
  from facebook_business.api import FacebookAdsApi
  from facebook_business.session import FacebookSession
  session = FacebookSession("{app_id}", "{app_secret}", "{access_token}", timeout=30)
  session.GRAPH = "{url}"
  api = FacebookAdsApi(session)  # and api=api to every object

curl:
  curl {trust}-H 'Authorization: Bearer {access_token}' '{url}/{graph_version}/{first}/adsets?fields=name,daily_budget'

A day passes:
  curl {trust}-H 'Content-Type: application/json' -d '{{"advance_days": 1}}' {admin_url}/clock
"""
TLS = """
TLS: trust {ca_file}
  Python SDK: session.requests.verify = "{ca_file}"
  a client whose host cannot be changed:
  curl --cacert {ca_file} --connect-to graph.facebook.com:443:127.0.0.1:{port} \\
    -H 'Authorization: Bearer {access_token}' https://graph.facebook.com/{graph_version}/me
"""
WORLD = """
World {name} at {url}
  accounts      {ad_account_ids}
  access token  {access_token}
  app           {app_id}, secret {app_secret}
"""
OPEN = (
    "caudal emulate: everyone who reaches {host} may call, and the admin door and the page have no lock; "
    "keep it off networks you do not trust"
)


def emulate(
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            help="What an account is like: a name that `caudal scenarios` lists, or a file of yours; repeat for more."
        ),
    ] = None,
    accounts: Annotated[
        int | None, typer.Option(min=1, help="How many, scenarios taking turns; one for each unless told.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=MOST_SEED, help="Seed of the first account; the next ones count up.")
    ] = 1,
    world: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=SCENARIO[,…][@SEED]", help="A further world, at the path /NAME; repeat for more."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any free one, which is printed.")
    ] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    everyone_may_call: Annotated[
        bool, typer.Option("--everyone-may-call", help="Allow a --host that other machines reach. There is no lock.")
    ] = False,
    speed: Annotated[
        float | None,
        typer.Option(
            min=0.0, help="Simulated seconds per second: 1 is real time, 86400 a day a second, 0 stands still."
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="now|YYYY-MM-DD",
            help="Move the scenarios to this first day; now: simulated time is real time, at speed 1 unless told.",
        ),
    ] = None,
    state_file: Annotated[
        Path | None,
        typer.Option(help="File for every change, read again at the next start; needs the same scenarios and seed."),
    ] = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="Speak HTTPS, with a certificate of its own for graph.facebook.com too.")
    ] = False,
    certificates: Annotated[
        Path | None,
        typer.Option(help="Folder that keeps the certificate's authority for the next start; implies --tls."),
    ] = None,
    callbacks_anywhere: Annotated[
        bool, typer.Option("--callbacks-anywhere", help="Send webhooks to other machines too, not to this one only.")
    ] = False,
    faults: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE[@SEED]", help="What goes wrong by itself: calm, realistic, worst, flaky_network, …"
        ),
    ] = None,
    tier: Annotated[str, typer.Option(metavar="standard|development", help="Tier of the rate limits.")] = "standard",
    require_proof: Annotated[
        bool, typer.Option("--require-proof", help="Refuse calls without an appsecret_proof.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the facts as one line of JSON.")] = False,
) -> None:
    """Serve simulated ad accounts over Meta's Graph API, on this machine, until stopped."""
    from simulator.graph_api import EmulatorError, Recipe, run_in_thread  # noqa: PLC0415 - heavy

    try:
        recipe = Recipe(tuple(scenario or ["small"]), seed, accounts, speed, start)
        config = _config(
            recipe,
            state_file,
            port=port,
            host=host,
            everyone_may_call=everyone_may_call,
            tls=tls or certificates is not None,
            certificates=certificates,
            callbacks_anywhere=callbacks_anywhere,
            faults=faults,
            tier=tier,
            require_proof=require_proof,
        )
        worlds = _worlds(world or [], speed=speed, start=start)
    except EmulatorError as error:
        _give_up(str(error), BAD_USAGE)
    if everyone_may_call:
        print(OPEN.format(host=host), file=sys.stderr)
    stop = _stop_on_signals()
    try:
        with run_in_thread(config, worlds) as running:
            print(json.dumps(running.facts) if as_json else _text(running.facts), flush=True)
            stop.wait()
    except EmulatorError as error:
        _give_up(str(error), FAILED)


def _config(recipe: Recipe, state_file: Path | None, **served: Any) -> EmulatorConfig:
    from dataclasses import replace  # noqa: PLC0415 - with its neighbour

    from simulator.graph_api.clock import real_now  # noqa: PLC0415 - heavy

    return replace(recipe.config(real_now(), state_file), **served)


def _worlds(texts: list[str], **shared: Any) -> dict[str, Recipe]:
    """Named worlds, with the speed and start of the one without a name."""
    from simulator.graph_api import EmulatorError, Recipe  # noqa: PLC0415 - heavy
    from simulator.scenarios import lineup  # noqa: PLC0415 - heavy

    found: dict[str, Recipe] = {}
    for text in texts:
        name, recipe = Recipe.parse(text, **shared)
        if name in found:
            raise EmulatorError(f"two worlds are called {name!r}")
        try:
            lineup(recipe.scenarios)
        except ValueError as error:
            raise EmulatorError(str(error)) from error
        found[name] = recipe
    return found


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _text(facts: dict[str, Any]) -> str:
    ids, ca_file = facts["ad_account_ids"], facts.get("ca_file")
    trust = f"--cacert {ca_file} " if ca_file else ""
    text = TEXT.format(**facts, accounts=", ".join(ids), first=ids[0], trust=trust)
    text += TLS.format(**facts, port=facts["url"].rpartition(":")[2]) if ca_file else ""
    for name, found in facts.get("worlds", {}).items():
        text += WORLD.format(**{**found, "name": name, "ad_account_ids": ", ".join(found["ad_account_ids"])})
    return text


def _give_up(sentence: str, code: int) -> NoReturn:
    print(f"caudal emulate: {sentence}", file=sys.stderr)
    raise typer.Exit(code)


COMMAND = emulate
