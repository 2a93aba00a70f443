"""Sentences for people, with amounts in major units and the currency's code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from agents.explanation.values import Cause, Direction, Estimate, Explanation, Flip, Limit, Summary

if TYPE_CHECKING:
    from agents.vocabulary import Observation


class Currency(Protocol):
    """What amounts are told in: an observation knows it, and so do an account's facts."""

    @property
    def currency(self) -> str:
        """ISO 4217 code."""

    @property
    def minor_per_major(self) -> int:
        """Minor units in one major unit."""


TURNED = {Direction.RAISE: "raised", Direction.CUT: "cut", Direction.HOLD: "left as it is"}
LIMITS = {
    Limit.CHANGE_CAP: "the cap on a day's change",
    Limit.FLOOR: "a floor",
    Limit.CEILING: "a ceiling",
    Limit.TOTAL: "the account's total",
    Limit.LEARNING: "the protection of what still learns",
    Limit.RETURN_FLOOR: "the least return asked of them",
    Limit.COST_CEILING: "the highest cost of an order",
    Limit.DELIVERY: "what they manage to spend",
    Limit.GUARDRAIL: "a guardrail",
}
"""What a limit is called where a summary counts ad sets."""
_TOLD = 0.005
"""What differs from the belief by less is told by the same two decimals."""


def money(amount_minor: float, unit: Currency) -> str:
    """An amount in major units, with the decimals the currency has: 1200 of 100 is 12.00, 1200 of 1 is 1200."""
    decimals = len(str(unit.minor_per_major)) - 1
    amount = f"{amount_minor / unit.minor_per_major:.{decimals}f}"
    return amount[1:] if amount.startswith("-") and not float(amount) else amount


def percent(probability: float) -> str:
    """A probability in words: never a certainty that nobody has.

    >>> percent(0.5), percent(0.9999), percent(0.0)
    ('50 %', 'over 99 %', 'under 1 %')
    """
    whole = round(100 * probability)
    return "over 99 %" if whole > 99 else "under 1 %" if whole < 1 else f"{whole} %"  # noqa: PLR2004 - percent


def rate(estimate: Estimate) -> str:
    """A rate with its interval.

    >>> rate(Estimate(1.2, 1.8, 2.6))
    '1.80 (80 %: 1.20 to 2.60)'
    """
    return f"{estimate.expected:.2f} (80 %: {estimate.low:.2f} to {estimate.high:.2f})"


def amount(estimate: Estimate, unit: Currency) -> str:
    """An expected amount with its interval."""
    low, expected, high = (money(x, unit) for x in (estimate.low, estimate.expected, estimate.high))
    return f"{expected} {unit.currency} (80 %: {low} to {high})"


def flip_words(flip: Flip, *, to_learn: bool = True) -> str:
    """The nearest flip as a sentence; `to_learn` says that a return is taken for something else as a trial."""
    side = "under" if flip.marginal_roas < flip.believed else "over"
    now = f"now {flip.believed:.2f}"
    if abs(flip.taken_for - flip.believed) >= _TOLD * flip.believed:
        now += f", taken for {flip.taken_for:.2f} this morning{', to learn' if to_learn else ''}"
    return (
        f"if its next unit were believed to return {side} {flip.marginal_roas:.2f} ({now}) it would be "
        f"{TURNED[flip.turns]}; the chance that it does is {percent(flip.probability)}"
    )


def hold_words(explanation: Explanation, unit: Currency) -> str:
    """What holding the ad set would cost or save; empty where nothing moves or nothing is known."""
    gain = explanation.gain_minor
    if gain is None or not gain.expected:
        return ""
    low, high = sorted((abs(gain.low), abs(gain.high)))
    size = amount(Estimate(low, abs(gain.expected), high), unit)
    return f"holding it would return {size} a day {'less' if gain.expected > 0 else 'more'} here"


def spendable_words(explanation: Explanation, unit: Currency) -> str:
    """How much the ad set could take; empty where nothing is known."""
    known = explanation.marginal_roas is not None and explanation.value_now_minor is not None
    if not known or explanation.reason in {Cause.PAUSED, Cause.PROTECTED}:
        return ""
    if explanation.spendable_minor is None:
        return "the next unit returns more than the target up to all that it may spend"
    if not explanation.spendable_minor:
        return "no unit of money returns the target here"
    return f"worth up to {money(explanation.spendable_minor, unit)} {unit.currency} a day"


def details(explanation: Explanation, unit: Currency) -> tuple[str, ...]:
    """All that is known of an ad set's part beyond the reason, a sentence each."""
    said = [hold_words(explanation, unit), spendable_words(explanation, unit)]
    if explanation.flip:
        said.insert(0, flip_words(explanation.flip, to_learn=explanation.reason is not Cause.POLICY))
    return tuple(filter(None, said))


def paragraph(summary: Summary, observation: Observation) -> str:
    """What the morning does, in one paragraph."""
    return " ".join(
        filter(None, (_moves(summary, observation), _gain(summary, observation), _ends(summary, observation)))
    )


def _moves(summary: Summary, observation: Observation) -> str:
    unit, total = observation.currency, money(int(observation.budget_minor), observation)
    if not summary.raised + summary.cut:
        return f"Every budget stays as it is, {total} {unit} a day in all."
    up, down = (money(x, observation) for x in (summary.raised_minor, summary.cut_minor))
    counts = f"{summary.raised} raised, {summary.cut} cut, {summary.held} as before"
    if summary.raised_minor == summary.cut_minor:
        return f"Moves {up} of {total} {unit} a day between ad sets: {counts}."
    return f"Raises by {up} and cuts by {down} {unit} a day, of {total}: {counts}."


def _gain(summary: Summary, observation: Observation) -> str:
    gain = summary.gain_minor
    if gain is None or summary.p_gain is None:
        return ""
    more = "more" if gain.expected >= 0 else "less"
    size = gain if gain.expected >= 0 else Estimate(-gain.high, -gain.expected, -gain.low)
    said = (
        f"Expected to return {amount(size, observation)} a day {more} than holding every budget, which it beats with "
        f"probability {percent(summary.p_gain)}."
    )
    if summary.margin is not None:
        said += f" The last {observation.currency} must return {summary.margin:.2f} across the account."
    if summary.trial_cost_minor is not None and summary.trial_cost_minor >= 1:
        cost = money(summary.trial_cost_minor, observation)
        said += f" Trials, which are for learning, cost {cost} {observation.currency} of it."
    return said


def _ends(summary: Summary, observation: Observation) -> str:
    counted = [f"{count} by {LIMITS[limit]}" for limit, count in summary.limits]
    said = f"Held back: {', '.join(counted)}." if counted else ""
    if summary.unspent_minor > 0:
        left = f"{money(summary.unspent_minor, observation)} {observation.currency}"
        said = f"{said} {left} stay unspent: {summary.unspent_because}.".strip()
    return said
