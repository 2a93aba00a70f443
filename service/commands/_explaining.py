"""A decision's explanation for people at a terminal: the whole in a paragraph, figures in a table, then sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agents.explanation.words import details, money, percent

if TYPE_CHECKING:
    from rich.console import Console

    from agents.explanation import Estimate, Explanation
    from service.decision import Decision, Line
    from service.platforms import AccountFacts

NOTHING = "-"


def explain_decision(console: Console, decision: Decision, facts: AccountFacts) -> None:
    """All that is known of why, and of what would be otherwise."""
    if decision.summary:
        console.print(Panel(Text(decision.summary.words), title="this morning", title_align="left"))
    known = [line for line in decision.lines if line.explanation and line.explanation.marginal_roas]
    if known:
        console.print(_figures(known, facts))
    for words in _sentences(decision, facts):
        console.print(words, highlight=False, markup=False)


def _figures(lines: list[Line], facts: AccountFacts) -> Table:
    """What is believed of each ad set, in figures."""
    unit = facts.currency
    table = Table(title="what is believed; in brackets the 80 % interval", title_justify="left")
    table.add_column("ad set")
    for column in (
        f"next {unit} returns",
        f"next order costs {unit}",
        "under target",
        "best",
        f"worth up to {unit}",
        f"gain a day {unit}",
    ):
        table.add_column(column, justify="right")
    for line in lines:
        if line.explanation:
            table.add_row(line.name or line.ad_set_id, *_cells(line.explanation, facts))
    return table


def _cells(told: Explanation, facts: AccountFacts) -> Iterator[str]:
    def chance(probability: float | None) -> str:
        return NOTHING if probability is None else percent(probability)

    def amount(estimate: Estimate | None) -> str:
        if estimate is None:
            return NOTHING
        low, expected, high = (money(x, facts) for x in (estimate.low, estimate.expected, estimate.high))
        return f"{expected} ({low} to {high})"

    roas = told.marginal_roas
    yield f"{roas.expected:.2f} ({roas.low:.2f} to {roas.high:.2f})" if roas else NOTHING
    yield amount(told.marginal_cpa_minor)
    yield chance(told.p_below_target)
    yield chance(told.p_best)
    if told.spendable_minor is not None:
        yield money(told.spendable_minor, facts)
    else:
        yield "all it may" if told.value_now_minor and told.p_below_target is not None else NOTHING
    yield amount(told.gain_minor)


def _sentences(decision: Decision, facts: AccountFacts) -> Iterator[str]:
    """Why, ad set by ad set, then what guardrails said about the account as a whole."""
    for line in decision.lines:
        yield f"{line.name or line.ad_set_id}: {line.reason}"
        if line.explanation:
            yield from (f"  {words}" for words in details(line.explanation, facts))
    yield from (f"{found.guardrail}: {found.message}" for found in decision.findings if found.ad_set_id is None)
