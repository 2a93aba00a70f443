"""`caudal fit-world`: a scenario that is like an account's exported history, and where it is not."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.commands._console import BAD_USAGE, MOST_SEED, give_up, print_json, progress, spoken_errors

if TYPE_CHECKING:
    from experiments.account_history import AccountHistory
    from experiments.fit_report import Finding
    from experiments.fit_world import Fit


def fit_world(
    history: Annotated[Path, typer.Argument(help="A CSV with daily rows by ad set, as Ads Manager exports them.")],
    *,
    time_zone: Annotated[str, typer.Option(help="Of the account, such as Europe/Madrid.")] = "UTC",
    currency: Annotated[str | None, typer.Option(help="Of the account; else what the header of spend says.")] = None,
    exported: Annotated[str | None, typer.Option(help="Day of the export; else the one after the last row.")] = None,
    out: Annotated[Path, typer.Option(help="Where the scenario goes.")] = Path("world.yaml"),
    worlds: Annotated[int, typer.Option(min=100, help="Simulated worlds that the history is held against.")] = 400,
    seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="Of the worlds that are simulated on the way.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; progress goes to standard error.")] = False,
) -> None:
    """Fit a scenario to an account's history, for `--scenario world.yaml` wherever a scenario is named."""
    with spoken_errors():
        from experiments.account_history import read_history  # noqa: PLC0415 - numpy
        from experiments.fit_report import compare  # noqa: PLC0415 - numpy
        from experiments.fit_world import as_yaml  # noqa: PLC0415 - numpy
        from experiments.fit_world import fit_world as fit_to  # noqa: PLC0415 - numpy

        name = _name(out)
        day = None if exported is None else _day(exported)
        known = read_history(_text(history), time_zone=_zone(time_zone), currency=currency, exported_on=day)
        with progress("fitting") as advance:
            fit = fit_to(known, name=name, seed=seed)
            advance(1, 2)
            findings = compare(known, fit, worlds=worlds)
            advance(2, 2)
        try:
            out.write_text(as_yaml(fit), encoding="utf-8")
        except OSError as error:
            give_up(f"cannot write {out}: {error.strerror}")
    if as_json:
        print_json(
            {
                "file": str(out),
                "scenario": fit.scenario.to_mapping(),
                "days": known.days,
                "young_days": int((~known.figures.settled).sum()),
                "ad_sets": list(known.ad_sets),
                "left_out": list(known.left_out),
                "estimates": [asdict(estimate) for estimate in fit.estimates],
                "findings": [asdict(finding) for finding in findings],
            }
        )
    else:
        _print_report(known, fit, findings, out)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        give_up(f"cannot read {file}: {error.strerror}", BAD_USAGE)
    except UnicodeDecodeError:
        give_up(
            f"{file} is not UTF-8 text: save it as CSV in UTF-8, not as a spreadsheet",
            BAD_USAGE,
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        give_up(f"--exported is {text!r}; write a day as 2026-03-31", BAD_USAGE)


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - only here

    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        give_up(f"there is no time zone {name!r}; expected a name such as Europe/Madrid", BAD_USAGE)


def _name(out: Path) -> str:
    """The scenario's name: the file's, in letters that a name may have."""
    if out.suffix not in {".yaml", ".yml"}:
        give_up(f"--out is {out}: a scenario's file ends in .yaml", BAD_USAGE)
    if not out.absolute().parent.is_dir():
        give_up(f"--out is {out}: there is no folder {out.absolute().parent}", BAD_USAGE)
    return (
        "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in out.stem).strip("_") or "world"
    )


def _print_report(history: AccountHistory, fit: Fit, findings: tuple[Finding, ...], out: Path) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people

    console = Console()
    console.width = max(console.width, 100)
    table = Table(title="Parameters")
    for column in ("parameter", "value", "±", "usual", "from"):
        table.add_column(column, justify="right" if column in {"value", "±", "usual"} else "left")
    for found in fit.estimates:
        error = "" if found.standard_error is None else f"{found.standard_error:.2g}"
        how = f"kept: {found.how}" if found.kept else found.how
        table.add_row(found.parameter, f"{found.value:.4g}", error, f"{found.default:.4g}", how)
    console.print(table)
    table = Table(title="The history against worlds simulated from the fit")
    for column in ("statistic", "history", "90 % of worlds", "verdict"):
        table.add_column(column, justify="left" if column in {"statistic", "verdict"} else "right", no_wrap=True)
    for finding in findings:
        span = f"{finding.low:.4g} to {finding.high:.4g}"
        table.add_row(finding.name, f"{finding.value:.4g}", span, finding.verdict)
    console.print(table)
    for finding in findings:
        if finding.verdict == "poor":
            console.print(f"poor: {finding.name}: perhaps {finding.meaning}", highlight=False, soft_wrap=True)
    for name in history.left_out:
        console.print(f"left out: {name}: shown on too few settled days", highlight=False, soft_wrap=True)
    young = int((~history.figures.settled).sum())
    settled = history.days - young
    console.print(f"conversion rates are from {settled} settled days; the {young} youngest still grow", highlight=False)
    console.print(f"written to {out}; try: caudal compare --scenario {out} --policy rules", soft_wrap=True)


COMMAND = fit_world
