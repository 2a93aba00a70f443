"""Explanations on the page: bars on one scale, figures with their intervals, nothing where nothing is known."""

from dataclasses import replace

import pytest

from agents.explanation import Cause, Estimate, Limit
from service.dashboard.evidence import LABELS, WIDE, evidence_of, whole_of


@pytest.fixture
def facts(fakes):
    return fakes.account().facts


@pytest.fixture
def decision(fakes):
    return fakes.decision("act_42", fakes.TODAY).decision


def retold(decision, index, **changes):
    lines = list(decision.lines)
    lines[index] = replace(lines[index], explanation=replace(lines[index].explanation, **changes))
    return replace(decision, lines=tuple(lines))


def bars(decision, facts):
    return [told.bar for told in (evidence_of(decision, line, facts) for line in decision.lines)]


def test_all_bars_of_a_decision_share_one_scale_and_one_margin(decision, facts):
    drawn = [bar for bar in bars(decision, facts) if bar]

    assert len({bar.margin for bar in drawn}) == 1
    scales = {
        round(bar.middle / line.explanation.marginal_roas.expected, 1)
        for bar, line in zip(drawn, (line for line in decision.lines if line.explanation.marginal_roas), strict=True)
    }
    assert len(scales) == 1
    assert all(0 <= bar.low <= bar.middle <= bar.high <= WIDE for bar in drawn)


def test_one_wide_interval_does_not_flatten_the_others(decision, facts):
    before = bars(decision, facts)[1]

    wild = retold(decision, 0, marginal_roas=Estimate(0.1, 1.8, 900.0))

    assert bars(wild, facts)[1] == before
    assert bars(wild, facts)[0].high == WIDE


def test_a_bar_says_in_words_what_it_draws(decision, facts):
    assert bars(decision, facts)[0].label == "the next unit returns 1.80, 80 % 1.20 to 2.60, margin 1.70"


def test_without_a_curve_there_is_a_reason_and_no_bar(decision, facts):
    told = evidence_of(decision, decision.lines[2], facts)

    assert (told.reason, told.bar, told.figures, told.sentences) == ("no data yet", None, (), ())


def test_a_paused_ad_set_has_no_bar(decision, facts):
    paused = replace(decision, lines=(replace(decision.lines[0], active=False), *decision.lines[1:]))

    assert bars(paused, facts)[0] is None


def test_figures_carry_their_intervals_and_the_accounts_currency(decision, facts):
    figures = dict(evidence_of(decision, decision.lines[0], facts).figures)

    assert figures["the next order costs"] == "33.00 EUR (80 %: 23.00 to 50.00)"
    assert figures["under the target"] == "40 %"
    assert figures["the account's best"] == "25 %"


def test_what_would_turn_it_is_a_sentence(decision, facts):
    sentences = evidence_of(decision, decision.lines[0], facts).sentences

    assert sentences[0] == (
        "if its next unit were believed to return under 1.42 (now 1.80, taken for 1.90 this morning, to learn) it "
        "would be cut; the chance that it does is 12 %"
    )


def test_every_reason_but_the_policys_own_has_a_name():
    assert set(LABELS) == set(Cause) - {Cause.POLICY}


def test_the_whole_has_its_key_figures(decision, facts):
    whole = whole_of(decision, facts)

    assert whole.words == decision.summary.words
    assert whole.bars
    assert whole.figures == (
        ("Expected against holding", "+41.20 EUR a day", "80 %: +12.10 to +70.30; above zero: 96 %"),
        ("Money moved", "52.10 EUR", "2 raised, 2 cut, 0 as before"),
        ("The last unit returns", "1.70", "the account's margin"),
        ("Trials cost", "3.10 EUR a day", "given up to learn"),
    )


def test_unequal_moves_and_unspent_money_are_told(decision, facts):
    summary = replace(
        decision.summary, cut_minor=9_000, unspent_minor=3_790, unspent_because="guardrails", limits=((Limit.FLOOR, 1),)
    )

    figures = {name: figure for name, figure, _ in whole_of(replace(decision, summary=summary), facts).figures}

    assert figures["Money moved"] == "+52.10 / \N{MINUS SIGN}90.00 EUR"
    assert figures["Not given out"] == "37.90 EUR"


def test_a_decision_from_before_explanations_has_no_evidence(decision, facts):
    old = replace(decision, summary=None, lines=tuple(replace(line, explanation=None) for line in decision.lines))

    assert whole_of(old, facts) is None
    assert {evidence_of(old, line, facts) for line in old.lines} == {None}
