"""Daily figures of an account, read from an exported CSV or taken from simulated worlds, in one shape."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from experiments.errors import HistoryRefused
from experiments.history_columns import column_places, read_day, read_number, separator, stated_currency
from service.currencies import minor_per_major
from simulator.delay import LAGS
from simulator.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.scenario import Scenario

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

FIGURES = ("spend", "impressions", "clicks", "conversions", "value")
_LEAST_DAYS = 28
_MOST_DAYS = 732
_SUMMARY = {"total", "totals", "summary"}


@dataclass(frozen=True, eq=False, slots=True)
class Figures:
    """Figures (W, A, D) of W accounts, money in major units; zero where nothing was delivered."""

    spend: Floats
    impressions: Floats
    clicks: Floats
    conversions: Floats
    value: Floats
    reach: Floats | None
    weekdays: NDArray[np.int64]
    """(D,), 0 for Monday."""
    ages: NDArray[np.int64]
    """(D,) days from each day to the morning of the export; conversions are final from an age of 8 days on."""

    @property
    def there(self) -> Bools:
        """Days on which something was shown, (W, A, D)."""
        return (self.spend > 0) & (self.impressions > 0)

    @property
    def settled(self) -> Bools:
        """Days (D,) whose conversions no longer grow."""
        return self.ages >= LAGS


@dataclass(frozen=True, eq=False, slots=True)
class AccountHistory:
    """One account's history: `figures` have W = 1."""

    ad_sets: tuple[str, ...]
    first_day: date
    exported_on: date
    currency: str
    time_zone: str
    figures: Figures
    budgets: Floats | None
    """Daily budgets (A, D) in major units, NaN where not known."""
    left_out: tuple[str, ...] = ()
    """Ad sets that were hardly shown, and are not in the figures."""

    @property
    def days(self) -> int:
        """How many days: D."""
        return len(self.figures.ages)


def read_history(
    text: str, *, time_zone: str, currency: str | None = None, exported_on: date | None = None
) -> AccountHistory:
    """The history in the text of a CSV: one row per ad set and day.

    Args:
        text: with a header row.
        time_zone: of the account.
        currency: of the account; by default what the header of the money spent says.
        exported_on: the morning on which the report was made; by default the one after its last day.

    Raises:
        HistoryRefused: a row that cannot be used, by number, or too little to learn from; what to do is said.
    """
    text = text.lstrip("\ufeff")
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator(text.partition("\n")[0])))
    except csv.Error as error:
        raise HistoryRefused(f"this is no CSV: {error}") from error
    if not rows:
        raise HistoryRefused("the file is empty: export daily rows by ad set, with a header row")
    places, stated = column_places(rows[0]), stated_currency(rows[0])
    if currency and stated and currency != stated:
        raise HistoryRefused(f"row 1: amounts are in {stated}, not in {currency}")
    money = currency or stated
    if money is None:
        raise HistoryRefused("row 1: no header names the currency: say --currency")
    cells = _cells(rows, places)
    days = [day for _, day in cells]
    first, last = min(days), max(days)
    if (last - first).days >= _MOST_DAYS:
        raise HistoryRefused(
            f"the rows span {first} to {last}: keep the last two years, worlds change over longer times"
        )
    exported = exported_on or last + timedelta(days=1)
    if (exported - last).days > _MOST_DAYS:
        raise HistoryRefused(f"the last row is of {last}, and the export of {exported}: is that the right year?")
    if exported <= last:
        raise HistoryRefused(f"the last row is of {last}, and was not over on {exported}: leave it out of the export")
    names = tuple(sorted({name for name, _ in cells}))
    history = _arranged(cells, names, first, (last - first).days + 1, exported, places)
    try:
        minor_per_major(money)
    except ValueError as error:
        raise HistoryRefused(str(error)) from error
    return _with_enough(replace(history, currency=money, time_zone=time_zone))


def simulated_figures(scenario: Scenario, seeds: Sequence[int], like: AccountHistory) -> Figures:
    """Figures (W, A, D) of worlds on the days of a history, with its gaps and its young days."""
    past = (like.exported_on - like.first_day).days
    world = World(scenario.having(start_day=like.exported_on, history_days=past), seeds)
    last = like.first_day + timedelta(days=like.days - 1)
    known = world.report_range(like.first_day, last)
    there = like.figures.there
    arrays = {name: np.where(there, known[name].astype(np.float64), 0.0) for name in known}
    unit = scenario.minor_per_major
    return replace(
        like.figures,
        spend=arrays["spend_minor"] / unit,
        impressions=arrays["impressions"],
        clicks=arrays["clicks"],
        conversions=arrays["conversions"],
        value=arrays["value_minor"] / unit,
        reach=None if like.figures.reach is None else arrays["reach"],
    )


def _cells(rows: list[list[str]], places: dict[str, int]) -> dict[tuple[str, date], dict[str, float]]:
    """Numbers by ad set and day."""
    found: dict[tuple[str, date], dict[str, float]] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(rows[0]):
            raise HistoryRefused(f"row {number}: {len(row)} cells where the header has {len(rows[0])}")
        name, when = row[places["ad_set"]].strip(), row[places["day"]].strip()
        if not name or not when or _SUMMARY & {name.lower(), when.lower()}:
            missing = "ad set" if not name else "day" if not when else "single day and ad set"
            raise HistoryRefused(f"row {number}: no {missing}; if it is a summary row, leave it out of the export")
        day = read_day(when, number)
        if (name, day) in found:
            raise HistoryRefused(f"row {number}: ad set {name!r} has {day} twice; export without breakdowns")
        found[name, day] = _numbers(row, places, number)
    if not found:
        raise HistoryRefused("the file has a header and no rows")
    return found


def _numbers(row: list[str], places: dict[str, int], number: int) -> dict[str, float]:
    values = {column: read_number(row[places[column]], column, number) for column in FIGURES}
    if values["clicks"] > values["impressions"]:
        raise HistoryRefused(f"row {number}: more clicks than impressions; are the columns mixed up?")
    if "reach" in places:
        values["reach"] = read_number(row[places["reach"]], "reach", number)
        if values["reach"] > values["impressions"]:
            raise HistoryRefused(f"row {number}: more people than impressions; are the columns mixed up?")
    if "budget" in places:
        text = row[places["budget"]].strip()
        # A campaign budget stands in words where the ad set's own would be.
        values["budget"] = read_number(text, "budget", number) if text[:1].isdigit() else np.nan
    return values


def _arranged(
    cells: dict[tuple[str, date], dict[str, float]],
    names: tuple[str, ...],
    first: date,
    days: int,
    exported: date,
    places: dict[str, int],
) -> AccountHistory:
    columns = [*FIGURES, *(column for column in ("reach", "budget") if column in places)]
    arrays = {column: np.zeros((1, len(names), days)) for column in columns}
    index = {name: a for a, name in enumerate(names)}
    if "budget" in arrays:
        arrays["budget"][:] = np.nan
    for (name, day), values in cells.items():
        for column in columns:
            arrays[column][0, index[name], (day - first).days] = values[column]
    ordinals = first.toordinal() + np.arange(days)
    figures = Figures(
        **{column: arrays[column] for column in FIGURES},
        reach=arrays.get("reach"),
        weekdays=(ordinals - 1) % 7,
        ages=exported.toordinal() - ordinals,
    )
    budgets = arrays["budget"][0] if "budget" in arrays else None
    return AccountHistory(names, first, exported, "", "", figures, budgets)


def _with_enough(history: AccountHistory) -> AccountHistory:
    """The history without ad sets that were hardly shown."""
    figures = history.figures
    settled = int(figures.settled.sum())
    if settled < _LEAST_DAYS:
        raise HistoryRefused(
            f"{settled} days are old enough for their conversions to be final; at least {_LEAST_DAYS} are needed: "
            f"export {_LEAST_DAYS + LAGS} days or more"
        )
    enough = ((figures.there & figures.settled).sum(axis=-1) >= _LEAST_DAYS // 2) & (figures.clicks.sum(axis=-1) > 0)
    kept = np.flatnonzero(enough[0])
    least = 2
    if len(kept) < least:
        raise HistoryRefused("fewer than two ad sets were shown on at least 14 settled days: export a longer past")
    parts = {name: getattr(figures, name)[:, kept] for name in FIGURES}
    reach = None if figures.reach is None else figures.reach[:, kept]
    return replace(
        history,
        ad_sets=tuple(history.ad_sets[a] for a in kept),
        left_out=tuple(name for a, name in enumerate(history.ad_sets) if a not in kept),
        figures=replace(figures, **parts, reach=reach),
        budgets=None if history.budgets is None else history.budgets[kept],
    )
