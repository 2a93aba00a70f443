"""An episode as a picture: who gets how much money, and what it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.environments.episode import Episode

_INCHES, _DOTS_PER_INCH = (8.0, 5.0), 100
_PAST, _WEEK = 28, 7
_NAMED = 8
"""Ad sets that get a colour and a name: those whose budgets were largest at the start. The others are grey."""
_GREY, _DARK = "#c4c7cc", "#22262b"
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d3b", "#6a51a3")
"""Okabe and Ito's colours, which people with colour blindness tell apart, and two more."""


def picture(episode: Episode, row: int) -> NDArray[np.uint8]:
    """One world of the episode as an image (500, 800, 3): past spend, budgets since the start, and returns below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - costs a second; most never draw
    from matplotlib.figure import Figure  # noqa: PLC0415 - the same

    figure = Figure(figsize=_INCHES, dpi=_DOTS_PER_INCH, layout="constrained")
    canvas: Any = FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    decided = len(episode.past(row).budgets_minor)
    report = {name: values[row] for name, values in episode.world.report(_PAST + decided).items()}
    _draw_budgets(above, episode, row, report["spend_minor"])
    _draw_returns(below, episode, row, report)
    for axes in (above, below):
        axes.axvline(0.5, color=_DARK, linewidth=0.8, linestyle=":")
        axes.grid(axis="y", alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlim(1 - _PAST, episode.rules.days + 0.5)
        axes.set_ylim(bottom=0)
    scenario = episode.rules.scenario
    above.set_title(
        f"{scenario.name}, {episode.world.today:%a %Y-%m-%d}, day {decided} of {episode.rules.days}", loc="left"
    )
    above.set_ylabel(f"{scenario.currency} a day")
    below.set_ylabel("return on money")
    below.set_xlabel("day of the episode")
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _draw_budgets(axes: Any, episode: Episode, row: int, spend_minor: NDArray[np.int64]) -> None:
    """Spend (A, D) of the past in thin lines, then budgets as steps, the largest in colour."""
    unit = episode.rules.scenario.minor_per_major
    decided = episode.past(row)
    budgets = decided.budgets_minor / unit
    first = budgets[0] if len(budgets) else episode.world.budgets_minor[row]
    named = np.argsort(-first, kind="stable")[:_NAMED]
    colours = {int(i): colour for i, colour in zip(named, _COLOURS, strict=False)}
    past = np.arange(1 - _PAST, 1)
    for i in sorted(range(len(first)), key=lambda place: place in colours):
        colour = colours.get(i, _GREY)
        axes.plot(past, spend_minor[i, :_PAST] / unit, color=colour, linewidth=0.9, alpha=0.6)
        if len(budgets):
            axes.step(np.arange(1, len(budgets) + 1), budgets[:, i], color=colour, where="mid", linewidth=1.8)
            days = np.flatnonzero(decided.learning[:, i])
            axes.plot(days + 1, budgets[days, i], "o", color=colour, markersize=4, markerfacecolor="white")
    handles = [axes.plot([], [], color=colours[int(i)], linewidth=1.8)[0] for i in named]
    names = [episode.world.ad_set_names[i] for i in named]
    if decided.learning.any():
        handles.append(axes.plot([], [], "o", color=_DARK, markersize=4, markerfacecolor="white")[0])
        names.append("in learning")
    axes.legend(handles, names, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")


def _draw_returns(axes: Any, episode: Episode, row: int, report: dict[str, NDArray[np.int64]]) -> None:
    """The reported return of the last 7 days, and the return, expected or caused, of every day that was decided."""
    past = episode.past(row)
    spend, value = (report[name].sum(axis=0) for name in ("spend_minor", "value_minor"))
    window = np.ones(_WEEK)
    weeks = np.convolve(value, window, "valid") / np.maximum(np.convolve(spend, window, "valid"), 1.0)
    days = np.arange(len(spend)) + 1 - _PAST
    axes.plot(days[_WEEK - 1 :], weeks, color=_GREY, linewidth=1.8, label="reported, 7 days")
    if len(past.budgets_minor):
        returns = past.value_minor / np.maximum(past.budgets_minor.sum(axis=-1), 1)
        label = "expected, the day" if episode.rules.reward == "expected" else "caused, the day"
        axes.plot(np.arange(1, len(returns) + 1), returns, color=_DARK, linewidth=1.8, label=label)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")
