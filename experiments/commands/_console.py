"""What the commands of this room share: one sentence for what went wrong, one object on standard output, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

FAILED, BAD_USAGE = 1, 2
MOST_SEED = 10**12
"""Seeds of streams end at 2**64, and commands count up from the one they are given."""


def give_up(message: str, code: int = FAILED) -> NoReturn:
    """One sentence on standard error, and out."""
    print(f"caudal: {message}", file=sys.stderr)
    raise typer.Exit(code)


@contextmanager
def spoken_errors() -> Iterator[None]:
    """What goes wrong on purpose is one sentence; unknown names and unusable files are bad usage."""
    from agents.errors import SpecError  # noqa: PLC0415 - numpy
    from experiments.errors import ExperimentError, HistoryRefused, LogRefused, UnknownName  # noqa: PLC0415 - with its neighbour
    from service.errors import SettingsError  # noqa: PLC0415 - with its neighbour

    try:
        yield
    except (UnknownName, HistoryRefused, LogRefused, SpecError, SettingsError) as error:
        give_up(str(error), BAD_USAGE)
    except ExperimentError as error:
        give_up(str(error))


def print_json(value: Any) -> None:
    """Exactly one JSON object on standard output."""
    print(json.dumps(value, allow_nan=False))


@contextmanager
def progress(words: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar with an estimate of what is left, on standard error; call what it gives with (done, total)."""
    from rich.console import Console  # noqa: PLC0415 - only long work shows it
    from rich.progress import (  # noqa: PLC0415 - only long work shows it
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(words, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield advance
