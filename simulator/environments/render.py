"""What a person sees of an episode: a table as text (`ansi`) or a picture (`rgb_array`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.environments.picture import picture
from simulator.environments.stages import WORDS, stages
from simulator.errors import did_you_mean

if TYPE_CHECKING:
    from simulator.environments.episode import Episode

MODES = ("rgb_array", "ansi")
FRAMES_PER_SECOND = 4
_WEEK = 7
_WIDTH = 26


def known_mode(mode: str | None) -> str | None:
    """The mode itself.

    Raises:
        ValueError: there is no such mode; the nearest known one is suggested.
    """
    if mode is not None and mode not in MODES:
        raise ValueError(f"there is no render mode {mode!r}: {did_you_mean(mode, MODES)}")
    return mode


def frame(mode: str, episode: Episode, row: int) -> Any:
    """One world of the episode this morning: text, or an image (500, 800, 3) of uint8."""
    return table(episode, row) if mode == "ansi" else picture(episode, row)


def table(episode: Episode, row: int) -> str:
    """Ad sets with their budget, its last change, and what the report says of yesterday and of the last 7 days."""
    world, scenario = episode.world, episode.rules.scenario
    budgets = episode.past(row).budgets_minor
    now = world.budgets_minor[row]
    before = budgets[-2] if len(budgets) > 1 else now
    week = {name: values[row] for name, values in world.report(_WEEK).items()}
    lines = [
        f"{scenario.name}, {world.today:%A %Y-%m-%d}, day {len(budgets)} of {episode.rules.days}, {scenario.currency}",
        f"{'ad set':{_WIDTH}}{'budget':>12}{'change':>9}{'spend':>12}{'spend 7d':>12}{'orders 7d':>11}{'ROAS 7d':>9}",
    ]
    found = stages(world)
    words = [""] * len(now) if found is None else [WORDS.get(int(code), "") for code in found[row]]
    money = [now, before, week["spend_minor"][:, -1], week["spend_minor"].sum(-1), week["value_minor"].sum(-1)]
    orders = week["conversions"].sum(-1)
    for i, name in enumerate(world.ad_set_names):
        line = _line(name, [float(amount[i]) for amount in money], int(orders[i]), scenario.minor_per_major)
        lines.append(f"{line}  {words[i]}".rstrip())
    lines.append(_line("all", [float(amount.sum()) for amount in money], int(orders.sum()), scenario.minor_per_major))
    return "\n".join(lines)


def _line(name: str, money: list[float], orders: int, minor_per_major: int) -> str:
    now, before, spend, week_spend, week_value = (amount / minor_per_major for amount in money)
    change = f"{now / before - 1.0:+.1%}" if before > 0 else "-"
    returned = f"{week_value / week_spend:.2f}" if week_spend > 0 else "-"
    return (
        f"{name[: _WIDTH - 1]:{_WIDTH}}{now:12.2f}{change:>9}{spend:12.2f}{week_spend:12.2f}{orders:11d}{returned:>9}"
    )
