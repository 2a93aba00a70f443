"""The command line: every module in a room of commands is one command, found by looking.

The rooms are named by the entry-point group `caudal.commands`, so that the service need not know the experiments.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer

from agents.errors import AgentError
from agents.registry import discover
from service.errors import ServiceError


def build() -> typer.Typer:
    """The `caudal` command with everything that is installed."""
    app = typer.Typer(
        name="caudal",
        help="Steers advertising budgets: simulate, compare, promote, and run policies inside guardrails.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    commands = {
        name: command
        for room in entry_points(group="caudal.commands")
        for name, command in discover(room.load(), "COMMAND").items()
    }
    for name, command in sorted(commands.items()):
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name=name)(command)
    return app


def main() -> None:
    """Run; what goes wrong on purpose is one sentence on standard error and exit code 1 (bad usage: 2)."""
    try:
        build()()
    except (ServiceError, AgentError) as error:
        print(f"caudal: {error}", file=sys.stderr)  # noqa: T201 - this is the command line's own voice
        sys.exit(1)
