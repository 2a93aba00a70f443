"""`caudal promote`: gate a study's best policy, register it, move an alias; or roll an alias back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from experiments.commands._console import print_json, spoken_errors


def promote(
    *,
    study: Annotated[str, typer.Option(help="The study whose newest finished run decides.")] = "foundation",
    alias: Annotated[str, typer.Option(help="champion or challenger.")] = "champion",
    policy: Annotated[str | None, typer.Option(help="A policy of the study instead of its best candidate.")] = None,
    rollback: Annotated[bool, typer.Option("--rollback", help="Give the alias back to its former version.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Promote a study's best policy to an alias of the registered model, or say which gate is closed."""
    with spoken_errors():
        from experiments import promote as room  # noqa: PLC0415 - numpy
        from experiments.study import load_study  # noqa: PLC0415 - numpy
        from experiments.tracking import MODEL, Store  # noqa: PLC0415 - with its neighbour

        if not rollback:
            load_study(study)
        store = Store()
        done = room.rollback(store, alias) if rollback else room.promote(store, study, alias=alias, label=policy)
        if as_json:
            print_json(asdict(done) | {"model": MODEL, "tracking_uri": store.uri})
            return
        for gate in done.gates:
            print(f"passed: {gate.because}")
        former = f" (before: version {done.previous})" if done.previous not in {None, done.version} else ""
        print(f"{MODEL} version {done.version}, {done.policy}, is {done.alias}{former}")


COMMAND = promote
