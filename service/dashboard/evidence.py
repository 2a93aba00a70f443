"""Explanations as the page shows them: a bar that can be compared down the table, figures, and sentences."""

from __future__ import annotations

from dataclasses import dataclass

from agents.explanation import Cause, Estimate, Explanation, Summary
from agents.explanation.words import details, percent
from service.dashboard import words
from service.decision import Decision, Line
from service.platforms import AccountFacts

LABELS = {
    Cause.PAUSED: ("paused", "quiet"),
    Cause.PROTECTED: ("protected", "quiet"),
    Cause.LEARNING: ("learning phase", "quiet"),
    Cause.NO_ROOM: ("no room", "quiet"),
    Cause.RETURN_FLOOR: ("return floor", "wait"),
    Cause.UNDELIVERED: ("not spent", "wait"),
    Cause.BOUNDS: ("bounds", "wait"),
    Cause.NO_DATA: ("no data yet", "wait"),
    Cause.TRIAL: ("trial", "trial"),
    Cause.RETURNS_MORE: ("returns more", "good"),
    Cause.RETURNS_LESS: ("returns less", "bad"),
    Cause.AT_THE_MARGIN: ("at the margin", "quiet"),
}
"""What a reason is called, and its tone; a policy's own reason needs no label, its sentence says it."""
WIDE = 200
"""Width of a bar in its own units."""
ROOM = 2.2
"""The scale ends at this many times the margin, or a little beyond the highest expectation."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Where an interval, its middle and the account's margin (None: unknown) stand, from 0 to `WIDE`, and in words."""

    low: float
    middle: float
    high: float
    margin: float | None
    label: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one ad set's part: a reason's name and tone, a bar, figures by name, sentences."""

    key: str
    reason: str
    tone: str
    bar: Bar | None
    figures: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """The morning in a paragraph, and its key figures: name, figure, small print; and whether rows have bars."""

    words: str
    figures: tuple[tuple[str, str, str], ...]
    bars: bool


def evidence_of(decision: Decision, line: Line, facts: AccountFacts) -> Evidence | None:
    """One row's evidence; None where nothing was explained."""
    told = line.explanation
    if told is None:
        return None
    reason, tone = LABELS.get(told.reason, ("", ""))
    margin = decision.summary.margin if decision.summary else None
    bar = None if told.marginal_roas is None or not line.active else _bar(told.marginal_roas, margin, _top(decision))
    figures, key = tuple(_figures(told, facts)), f"{decision.account_id}-{decision.day}-{line.ad_set_id}"
    return Evidence(key, reason, tone, bar, figures, details(told, facts))


def whole_of(decision: Decision, facts: AccountFacts) -> Whole | None:
    """The morning as a whole; None where it was not explained."""
    if decision.summary is None:
        return None
    return Whole(decision.summary.words, tuple(_tiles(decision.summary, facts)), bool(_told(decision)))


def _tiles(summary: Summary, facts: AccountFacts) -> list[tuple[str, str, str]]:
    unit, per = facts.currency, facts.minor_per_major
    tiles = []
    if gain := summary.gain_minor:
        chance = "" if summary.p_gain is None else f"; above zero: {percent(summary.p_gain)}"
        ends = f"80 %: {words.signed(gain.low, per)} to {words.signed(gain.high, per)}{chance}"
        tiles.append(("Expected against holding", f"{words.signed(gain.expected, per)} {unit} a day", ends))
    if summary.raised_minor == summary.cut_minor:
        moved = words.money(summary.raised_minor, per)
    else:
        moved = f"+{words.money(summary.raised_minor, per)} / {words.MINUS}{words.money(summary.cut_minor, per)}"
    tiles.append(
        ("Money moved", f"{moved} {unit}", f"{summary.raised} raised, {summary.cut} cut, {summary.held} as before")
    )
    if summary.margin is not None:
        tiles.append(("The last unit returns", f"{summary.margin:.2f}", "the account's margin"))
    if summary.trial_cost_minor is not None:
        cost = words.money(round(summary.trial_cost_minor), per)
        tiles.append(("Trials cost", f"{cost} {unit} a day", "given up to learn"))
    if summary.unspent_minor:
        tiles.append(("Not given out", f"{words.money(summary.unspent_minor, per)} {unit}", summary.unspent_because))
    return tiles


def _figures(told: Explanation, facts: AccountFacts) -> list[tuple[str, str]]:
    per, unit = facts.minor_per_major, facts.currency

    def amount(estimate: Estimate) -> str:
        low, expected, high = (words.money(round(x), per) for x in (estimate.low, estimate.expected, estimate.high))
        return f"{expected} {unit} (80 %: {low} to {high})"

    figures = []
    if told.marginal_cpa_minor:
        figures.append(("the next order costs", amount(told.marginal_cpa_minor)))
    if told.value_now_minor and told.value_then_minor and told.value_now_minor.expected:
        figures.append(("a day returns now", amount(told.value_now_minor)))
        if told.value_then_minor != told.value_now_minor:
            figures.append(("and then", amount(told.value_then_minor)))
    if told.p_below_target is not None:
        figures.append(("under the target", percent(told.p_below_target)))
    if told.p_best is not None:
        figures.append(("the account's best", percent(told.p_best)))
    return figures


def _bar(estimate: Estimate, margin: float | None, top: float) -> Bar:
    low, middle, high = (round(WIDE * min(x / top, 1.0), 1) for x in (estimate.low, estimate.expected, estimate.high))
    against = None if margin is None else round(WIDE * min(margin / top, 1.0), 1)
    label = f"the next unit returns {estimate.expected:.2f}, 80 % {estimate.low:.2f} to {estimate.high:.2f}"
    return Bar(low, middle, high, against, label if margin is None else f"{label}, margin {margin:.2f}")


def _top(decision: Decision) -> float:
    """The return at the right end of every bar of a decision: a single wide interval must not flatten the others."""
    margin = decision.summary.margin if decision.summary and decision.summary.margin else 0.0
    return max([ROOM * margin, *(1.15 * estimate.expected for estimate in _told(decision)), 1e-9])


def _told(decision: Decision) -> list[Estimate]:
    """The marginal returns that have bars."""
    explained = [line.explanation for line in decision.lines if line.active and line.explanation]
    return [told.marginal_roas for told in explained if told.marginal_roas]
