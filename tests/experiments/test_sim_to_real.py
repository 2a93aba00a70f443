from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from experiments.laboratory import Laboratory
from experiments.sim_to_real import Card, Line, Target, make_card, targets
from simulator.scenarios import load_scenario

pytestmark = pytest.mark.slow

SEEDS = range(1, 9)
ALL = [(group, target) for group, found in targets().items() for target in found]


@pytest.fixture(scope="module")
def card() -> Card:
    return make_card(load_scenario("small"), SEEDS)


def value(card: Card, name: str) -> float:
    found = next(line.value for line in card.lines if line.target.name == name)
    assert found is not None
    return found


def measured(name: str, **changes: object) -> float | None:
    target = next(target for _, target in ALL if target.name == name)
    return target.measure(Laboratory(load_scenario("small").having(**changes), SEEDS))


def test_every_target_has_a_source_a_range_and_a_name_of_its_own() -> None:
    names = [target.name for _, target in ALL]

    assert len(set(names)) == len(names) > 40
    for _, target in ALL:
        assert target.low <= target.high
        assert len(target.source) > 3
        assert 0 <= target.tolerance <= 0.5


def test_every_target_is_measured_for_a_shop_or_for_a_lead_account(card: Card) -> None:
    unmeasured = {line.target.name for line in card.lines if line.verdict == "does not apply"}

    assert unmeasured == {target.name for _, target in ALL if "lead" in target.name}
    assert all(math.isfinite(line.value) for line in card.lines if line.value is not None)


def test_lead_accounts_are_held_against_benchmarks_of_leads() -> None:
    laboratory = Laboratory(load_scenario("leads"), SEEDS)
    levels = {target.name: target.measure(laboratory) for target in targets()["levels"]}

    assert {name for name, found in levels.items() if found is None} == {n for n in levels if "shop" in n}


@pytest.mark.parametrize(("low", "high", "tolerance"), [(2.0, 4.0, 0.5), (-4.0, -2.0, 0.5)])
def test_tolerance_widens_both_bounds_by_their_size(low: float, high: float, tolerance: float) -> None:
    target = Target("any", low, high, "somebody", lambda laboratory: None, tolerance)
    widened = (low - abs(low) / 2, high + abs(high) / 2)

    assert all(target.holds(bound) for bound in widened)
    assert not target.holds(widened[0] - 1e-9)
    assert not target.holds(widened[1] + 1e-9)


def test_an_open_side_holds_anything_and_is_null_in_json() -> None:
    target = Target("any", 5.0, math.inf, "somebody", lambda laboratory: None)

    assert target.holds(1e9)
    assert json.loads(json.dumps(Line(target, 4.0, "any").to_json(), allow_nan=False))["high"] is None
    assert [Line(target, found, "any").verdict for found in (6.0, 4.0, None, math.nan)] == [
        "in",
        "out",
        "does not apply",
        "does not apply",
    ]


def test_the_card_is_the_same_when_made_again(card: Card) -> None:
    few = Laboratory(load_scenario("small"), SEEDS)

    for group, target in ALL:
        if group in {"levels", "response"}:
            assert target.measure(few) == next(line.value for line in card.lines if line.target is target)


@pytest.mark.parametrize(
    ("name", "changes", "larger"),
    [
        ("CPM of shops", {"price": 26.0}, True),
        ("CTR of shops", {"click_rate": 0.03}, True),
        ("CVR of shops", {"conversion_rate": 0.015}, False),
        ("CPA of shops", {"conversion_rate": 0.015}, True),
        ("ROAS of shops", {"order_value": 108.0}, True),
        ("CPC of shops", {"click_rate": 0.03}, False),
        ("weekdays' CVR, slope on demand", {"weekday_strength": 0.2}, False),
        ("conversions known on the first morning", {"same_day_share": 0.8}, True),
        ("shape of exposures between people", {"concentration": 2.0}, True),
        ("CV of daily CPA beyond counting", {"conversion_noise": 0.6}, True),
        ("sd of log CTR between ads", {"creatives": {"click_spread": 0.9}}, True),
        ("cost per result in learning, more", {"learning": {"cost": 1.8}}, True),
        ("fewest results that end learning", {"learning": {"results": 20}}, False),
        ("conversions never attributed", {"tracking": {"untracked": 0.4}}, True),
        ("outside the 7-day click window", {"attribution": {"late_share": 0.4}}, True),
        ("CPA, dearest over cheapest cell", {"segments": {"conversion_spread": 1.2}}, True),
        ("CPM, Black Friday over early November", {"holidays": {"price": 2.0}}, True),
    ],
)
def test_a_target_moves_with_what_it_is_about(card: Card, name: str, changes: dict[str, object], larger: bool) -> None:
    other = measured(name, **changes)

    assert other is not None
    assert (other > 1.15 * value(card, name)) if larger else (other < 0.85 * value(card, name))


def test_scenarios_with_shared_budgets_are_not_held_to_each_ad_sets_own() -> None:
    laboratory = Laboratory(load_scenario("small").having(campaign_budget={}), SEEDS)
    found = {
        target.name: target.measure(laboratory) for target in targets()["platform"] if "daily budgets" in target.name
    }

    assert set(found.values()) == {None}


def test_likelihoods_by_exposure_are_found_back_from_averages_over_people(card: Card) -> None:
    assert value(card, "clicks at the fourth exposure") == pytest.approx(100 * (4**-0.43 - 1), abs=0.5)
    assert value(card, "exponent of clicks on exposures") == pytest.approx(-0.43, abs=0.005)


def test_the_shape_of_exposures_is_found_back_from_reach(card: Card) -> None:
    assert value(card, "shape of exposures between people") == pytest.approx(
        load_scenario("small").concentration, rel=0.02
    )


def test_seeds_decide(card: Card) -> None:
    other = Laboratory(load_scenario("small"), range(100, 108))
    target = next(target for _, target in ALL if target.name == "CPM of shops")

    assert target.measure(other) != value(card, target.name)


def test_out_of_range_lines_are_those_that_apply_and_miss(card: Card) -> None:
    missed = Target("any", 5.0, 6.0, "somebody", lambda laboratory: None)
    lines = (Line(missed, 4.0, "any"), Line(missed, None, "any"), Line(missed, 5.5, "any"))

    assert replace(card, lines=lines).out == lines[:1]


@pytest.mark.filterwarnings("error")
def test_where_nothing_is_delivered_nearly_nothing_applies_and_nobody_is_warned() -> None:
    idle = load_scenario("small").having(delivery_share=0.0, ad_sets=2, history_days=0)
    verdicts = [line.verdict for line in make_card(idle, [1, 2]).lines]

    assert verdicts.count("does not apply") > 5
