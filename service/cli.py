"""The command line: every module in a room of commands is one command, found by looking.

The rooms are named by the entry-point group `caudal.commands`, so that the service need not know the experiments.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import Annotated

import typer

from agents.errors import AgentError
from agents.registry import discover
from service.errors import ServiceError

ABOUT = "Steers advertising budgets: simulate, compare, promote, and run policies inside guardrails."


def build() -> typer.Typer:
    """The `caudal` command with everything that is installed."""
    app = typer.Typer(
        name="caudal",
        help=ABOUT,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help=ABOUT)(_options)
    commands = {
        name.replace("_", "-"): command
        for room in entry_points(group="caudal.commands")
        for name, command in discover(room.load(), "COMMAND").items()
    }
    for name, command in sorted(commands.items()):
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name=name)(command)
    return app


def _say_version(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"caudal {version('caudal')}")
        except PackageNotFoundError:
            typer.echo("caudal, not installed: no version")
        raise typer.Exit


def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """What stands before any command."""


def main() -> None:
    """Run; what goes wrong on purpose is one sentence on standard error and exit code 1 (bad usage: 2)."""
    try:
        build()()
    except (ServiceError, AgentError) as error:
        print(f"caudal: {error}", file=sys.stderr)  # noqa: T201 - this is the command line's own voice
        sys.exit(1)
