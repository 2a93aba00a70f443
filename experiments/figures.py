"""The figure of what the simulator has and others leave out: `python -m experiments.figures` writes it for the docs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.plots import COLOURS
from simulator.scenarios import load_scenario
from simulator.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from agents.vocabulary import FloatArray
    from simulator.scenario import Scenario

SIMULATOR_PICTURE = Path("docs/images/simulator.png")
_GREY = "#bbbbbb"
_CALM = {"weekday_strength": 0.0, "weekday_spread": 0.0, "drift_spread": 0.0, "common_spread": 0.0}
_EDIT_DAY = 7
_LITTLE = 1e-6


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of the figure: what it shows, in a line, and who draws it."""

    title: str
    draw: Callable[[Axes, range], None]
    legend: str = "upper right"


def simulator_figure(seeds: range = range(1, 101)) -> Figure:
    """Six panels, each about worlds of the same seeds with and without something."""
    figure = Figure(figsize=(12, 6.2), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, panel in zip(figure.subplots(2, 3).flat, PANELS, strict=True):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.set_title(panel.title, loc="left", fontsize=11)
        panel.draw(axes, seeds)
        axes.legend(frameon=False, fontsize=9, loc=panel.legend)
    return figure


def learning(axes: Axes, seeds: range) -> None:
    """Cost per order after budget edits below and above the significant size."""
    scenario = load_scenario("small").having(**_CALM, human_error=0.0, edit_share=0.0, scale=300.0)
    for size, colour in ((0.19, COLOURS[0]), (0.3, COLOURS[1])):
        plain, taught = (_expected(chosen, seeds, 28, size) for chosen in (scenario, scenario.having(learning={})))
        axes.plot(range(28), (plain / taught).mean(axis=1), color=colour, label=f"budgets +{size:.0%}")
    axes.axvline(_EDIT_DAY, color=_GREY, linestyle=":", label="the edit")
    axes.set(xlabel="day", ylabel="cost per order, learning / none", ylim=(0.98, 1.35))


def restatement(axes: Axes, seeds: range) -> None:
    """Return by day of the click, this morning and a week later."""
    world = _lived(load_scenario("small").having(**_CALM), seeds, 14)
    spend = world.report(14)["spend_minor"].sum(axis=(0, 1))
    now = world.report(14)["value_minor"].sum(axis=(0, 1))
    for _ in range(7):
        world.step()
    later = world.report(21)["value_minor"][..., :14].sum(axis=(0, 1))
    axes.plot(range(-14, 0), later / spend, color=COLOURS[0], label="reported a week later")
    axes.plot(range(-14, 0), now / spend, "o-", color=COLOURS[1], markersize=4, label="reported this morning")
    axes.set(xlabel="day of the click, 0 is today", ylabel="return on money", ylim=(0, None))


def bounds_of_spend(axes: Axes, seeds: range) -> None:
    """Days and weeks of spend in shares of the budget, where delivery varies widely."""
    # The 28 days from the first Sunday after the start: whole weeks.
    world = _lived(load_scenario("small").having(delivery_spread=0.4), seeds, 6 + 28)
    share = 100.0 * world.report(28)["spend_minor"] / world.budgets_minor[..., None]
    weeks = share.reshape(*share.shape[:2], 4, 7).mean(axis=-1)
    for values, colour, label in (
        (share, COLOURS[0], "days: at most 175 %"),
        (weeks, COLOURS[1], "weeks: at most 100 %"),
    ):
        bins, weights = np.arange(0.0, 175.1, 5.0), np.full(values.size, 100.0 / values.size)
        # What is exactly at a bound belongs below it.
        below = np.maximum(values.ravel() - _LITTLE, 0.0)
        axes.hist(below, bins=bins.tolist(), weights=weights, color=colour, alpha=0.75, label=label)
    axes.set(xlabel="spend, % of the daily budget", ylabel="% of days, % of weeks", ylim=(0, 75))


def fatigue(axes: Axes, seeds: range) -> None:
    """What the same day is worth after days of more or less showing."""
    fresh = load_scenario("small").having(**_CALM, history_days=0)
    tiring = fresh.having(creative_fatigue={})
    for times, colour in ((0.5, COLOURS[2]), (1.0, COLOURS[0]), (2.0, COLOURS[1])):
        ratio = _usual_day(tiring, seeds, 28, times) / _usual_day(fresh, seeds, 28, times)
        axes.plot(range(28), 100.0 * (ratio / ratio[0]).mean(axis=1), color=colour, label=f"budgets x {times:g}")
    axes.set(xlabel="days since the ads were launched", ylabel="value of a usual day, % of the first", ylim=(0, 103))


def outage(axes: Axes, seeds: range) -> None:
    """What is reported in the end of each day's orders, around days without measurement."""
    scenario = load_scenario("small").having(tracking_outage={"chance": 0.0, "fixed_days": [14, 15, 16]})
    world = _lived(scenario, seeds, 36)
    seen, caused = (figures["conversions"].sum(axis=(0, 1)) for figures in (world.report(36), world.caused(36)))
    axes.plot(range(28), 100.0 * (seen / caused)[:28], color=COLOURS[0], label="reported for good")
    axes.axvspan(13.5, 16.5, color=_GREY, alpha=0.5, linewidth=0, label="measurement down")
    axes.set(xlabel="day of the click", ylabel="% of the orders caused", ylim=(0, 105))


def campaign(axes: Axes, seeds: range) -> None:
    """How a campaign budget is divided between ad sets that are all the same, in one world."""
    scenario = load_scenario("all_equal").having(ad_sets=4, campaign_budget={"ad_sets_per_campaign": 4})
    spend = _lived(scenario, seeds[:1], 42).report(42)["spend_minor"][0]
    for i, share in enumerate(100.0 * spend / spend.sum(axis=0)):
        axes.plot(range(42), share, color=COLOURS[i], label=f"ad set {i + 1}")
    axes.axhline(25.0, color=_GREY, linestyle=":")
    axes.set(xlabel="day", ylabel="% of the campaign's money", ylim=(0, 60))


def _lived(scenario: Scenario, seeds: range, days: int) -> World:
    """Worlds after so many days that nobody steers."""
    world = World(scenario, seeds)
    for _ in range(days):
        world.step()
    return world


def _usual_day(scenario: Scenario, seeds: range, days: int, times: float) -> FloatArray:
    """Expected value (days, W), minor units, of people's budgets, while so many times as much is spent."""
    world, worth = World(scenario, seeds), []
    usual = world.budgets_minor
    world.set_budgets((usual * times).astype(np.int64))
    for _ in range(days):
        worth.append(world.expected_value_minor(usual).sum(axis=-1))
        world.step()
    return np.array(worth)


def _expected(scenario: Scenario, seeds: range, days: int, edit: float) -> FloatArray:
    """Expected value (days, W), minor units, where all budgets are raised once by the share `edit`."""
    world, worth = World(scenario, seeds), []
    for day in range(days):
        if day == _EDIT_DAY:
            world.set_budgets((world.budgets_minor * (1.0 + edit)).astype(np.int64))
        worth.append(world.expected_value_minor(world.budgets_minor).sum(axis=-1))
        world.step()
    return np.array(worth)


PANELS = (
    Panel("Significant edits restart learning", learning),
    Panel("Past days are restated", restatement, "lower left"),
    Panel("75 % over on a day, never over in a week", bounds_of_spend),
    Panel("Ads wear out with what was shown", fatigue),
    Panel("An outage thins out the week before it", outage, "lower left"),
    Panel("A campaign budget follows early luck", campaign),
)


if __name__ == "__main__":
    simulator_figure().savefig(SIMULATOR_PICTURE, dpi=100)
