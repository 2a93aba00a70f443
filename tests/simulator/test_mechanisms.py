"""What every mechanism keeps to, whoever writes it: found by looking, so a new file is judged as it lands."""

from __future__ import annotations

import inspect
import math
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import Field, fields, is_dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from simulator.mechanism import Mechanism, Morning, Outcome, build_mechanism, mechanisms, name_of
from simulator.mechanisms.creatives import launched
from simulator.mechanisms.segments import with_excluded
from simulator.scenario import Scenario
from simulator.world import World

NAMES = sorted(mechanisms())
PARAMETERS = [(name, entry.name) for name in NAMES for entry in fields(mechanisms()[name])]
DAYS = 24
HOOKS = ("begin", "edit", "morning", "pressure", "allot", "evening")

SURROUNDINGS: dict[str, dict[str, Any]] = {
    "ad_review": {"creatives": {"launches_per_week": 7.0}},
    "clock_changes": {"start_day": date(2026, 3, 20)},
    "creatives": {"start_day": date(2026, 3, 2)},
    "dayparting": {"hour_of_day": {}},
    "holidays": {"start_day": date(2026, 11, 16)},
    "hour_of_day": {},
    "learning": {"conversion_rate": 0.06},
    "outside_edits": {},
}
"""What must be there for a mechanism to have something to do."""

COMPANIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("ad_review", "restored"): {"first_rejected": 1.0},
    ("ad_review", "review_days"): {"first_rejected": 1.0, "restored": 1.0},
    ("ad_review", "rejected"): {"rejected": 0.05},
    ("audiences", "lookalike_growth"): {"lookalike_shares": [0.05]},
    ("campaign_budget", "goal"): {"ad_sets_per_campaign": 3},
    ("competition", "first_day"): {"share": 1.0, "window_days": 3, "first_day": 2},
    ("competition", "price_rise"): {"share": 1.0, "window_days": 3, "first_day": 2},
    ("competition", "price_spread"): {"share": 1.0, "window_days": 3, "first_day": 2},
    ("competition", "share"): {"window_days": 3, "first_day": 2},
    ("competition", "stay_days"): {"share": 1.0, "window_days": 3, "first_day": 2, "stay_days": 4},
    ("competition", "window_days"): {"share": 1.0, "first_day": 2, "window_days": 6},
    ("creatives", "cut_share"): {"patience_days": 3, "cut_share": 0.9},
    ("creatives", "keep_launching"): {"launches_per_week": 7.0},
    ("creatives", "patience_days"): {"patience_days": 3, "cut_share": 0.9},
    ("dayparting", "rows"): {"share": 1.0},
    ("dayparting", "share"): {"share": 0.5},
    ("outside_edits", "first_day"): {"budget_chance": 0.3},
    ("outside_edits", "resume_chance"): {"pause_chance": 0.3},
    ("outside_edits", "pause_chance"): {"pause_chance": 0.3},
    ("saturated_audience", "spread"): {"exposures_per_person": 0.3},
    ("saturated_audience", "exposures_per_person"): {"exposures_per_person": 0.3},
    ("audiences", "ring_spread"): {"lookalike_shares": [0.05]},
    ("stated_curves", "exponential_knee"): {"exponential": 5.0},
    ("stated_curves", "knee_spread"): {"logarithm": 5.0},
    ("stated_curves", "logarithm_knee"): {"logarithm": 5.0},
    ("stated_curves", "s_shapes"): {"s_curve": 5.0},
    ("tracking_outage", "mean_days"): {"chance": 0.3},
    ("tracking_outage", "share_lost"): {"chance": 0.3},
}
"""Values of a mechanism's other parameters (or its own first one) with which a parameter comes to matter."""

ALTERNATIVES: dict[tuple[str, str], list[Any]] = {
    ("dayparting", "rows"): [[[0, 9, 17], [3, 9, 17]]],
    ("holidays", "extra"): [[["2026-11-20", 0.5, 0.2]]],
    ("holidays", "without"): [["black_friday"]],
    ("tracking_outage", "fixed_days"): [[3, 4]],
}
"""Values to try where neither the default nor the bounds suggest any."""


def plain(**changes: Any) -> Scenario:
    """Five small ad sets, one for each type of audience."""
    return Scenario(
        name="plain",
        description="five ad sets",
        ad_sets=5,
        currency="EUR",
        minor_per_major=100,
        time_zone="Europe/Madrid",
        history_days=3,
    ).having(**changes)


def surroundings(name: str) -> Scenario:
    """The world into which a mechanism is put."""
    return plain(**SURROUNDINGS.get(name, {}))


def stir(world: World, day: int) -> None:
    """Deeds that mechanisms answer to: large changes of budgets, a long pause, a new ad, an audience narrowed."""
    if day == 2:
        world.set_budget(0, 0, int(world.budgets_minor[0, 0] * 3))
        world.set_active(0, 1, active=False)
    if day == 5 and "segments" in world.scenario.mechanisms:
        for kind in ("demographics", "placements"):
            state = world.mechanism_state("segments")
            excluded = np.zeros(getattr(state, kind).mix.shape, dtype=np.bool_)
            excluded[..., 0] = True
            world.replace_mechanism_state("segments", with_excluded(state, kind, excluded))
    if day == 6 and "creatives" in world.scenario.mechanisms:
        state = world.mechanism_state("creatives")
        where = np.zeros(state.on.shape, dtype=np.bool_)
        where[..., -1] = True
        world.replace_mechanism_state("creatives", launched(state, where))
    if day == 11:
        world.set_active(0, 1, active=True)
        world.set_budget(0, 2, int(world.budgets_minor[0, 2] * 1.25))


def lived(scenario: Scenario, seeds: tuple[int, ...] = (1, 2), days: int = DAYS) -> dict[str, np.ndarray]:
    """All that can be seen of `days` days, truth included."""
    world = World(scenario, seeds)
    mornings = []
    for day in range(days):
        stir(world, day)
        value = world.expected_value_minor(world.budgets_minor)
        mornings.append(np.stack([world.budgets_minor, world.active, value]))
        world.step()
    seen: dict[str, Any] = {**world.report(days), "mornings": np.stack(mornings)}
    seen |= {f"caused {name}": figure for name, figure in world.caused().items()}
    by_category = world.caused_by_category()
    if by_category is not None:
        seen["categories"] = by_category
    return seen


def differ(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() != other.keys() or any(not np.array_equal(one[key], other[key]) for key in one)


USUAL: dict[str, dict[str, np.ndarray]] = {}


def usual(name: str, companions: dict[str, Any]) -> dict[str, np.ndarray]:
    """A mechanism's world with these of its parameters, lived once."""
    scenario = surroundings(name).having(**{name: companions})
    if scenario.digest not in USUAL:
        USUAL[scenario.digest] = lived(scenario)
    return USUAL[scenario.digest]


def alternatives(entry: Field[Any], value: Any) -> Iterator[Any]:
    """Other values that a parameter may take, most telling first."""
    meta = entry.metadata
    if meta["options"]:
        yield from (word for word in meta["options"] if word != value)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from ([*value[:i], other, *value[i + 1 :]] for other in (item * 2, item / 2))
    else:
        whole = isinstance(value, int)
        bounds = [bound for bound in (meta["high"], meta["low"]) if math.isfinite(bound)]
        guesses = [2 * value, value / 2, value + 1, value - 1, value + 0.3, value - 0.3, *bounds, 5 * value, value / 5]
        yield from (int(guess) if whole else float(guess) for guess in guesses if guess != value)


def allowed(name: str, values: dict[str, Any]) -> bool:
    try:
        build_mechanism(name, values)
    except ValueError:
        return False
    return True


def frozen(value: Any) -> Any:
    """The value, with every array in it closed to writing."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif is_dataclass(value) and not isinstance(value, type):
        for entry in fields(value):
            frozen(getattr(value, entry.name))
    elif isinstance(value, tuple | list):
        for item in value:
            frozen(item)
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal to the bit, arrays, functions and all."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and np.array_equal(one, other, equal_nan=True)
    if is_dataclass(one) and not isinstance(one, type):
        return type(one) is type(other) and all(same(getattr(one, e.name), getattr(other, e.name)) for e in fields(one))
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@pytest.mark.parametrize("name", NAMES)
def test_its_defaults_are_valid_and_survive_a_file(name: str) -> None:
    mechanism = build_mechanism(name, {})

    assert build_mechanism(name, mechanism.to_mapping()) == mechanism
    assert name_of(type(mechanism)) == name
    assert Scenario.from_mapping(plain(**{name: {}}).to_mapping()).digest == plain(**{name: {}}).digest


@pytest.mark.parametrize("name", NAMES)
def test_it_says_where_its_level_comes_from(name: str) -> None:
    text = sys.modules[mechanisms()[name].__module__].__doc__ or ""

    assert re.search(r"assum|\b(19|20)\d\d\b|Help Centre|Marketing API|practitioners|by definition", text), text


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_every_parameter_is_documented(name: str, parameter: str) -> None:
    entry = next(e for e in fields(mechanisms()[name]) if e.name == parameter)

    assert len(entry.metadata["what"]) >= 10
    assert parameter.islower()


@pytest.mark.parametrize("name", NAMES)
def test_off_is_the_same_world_as_without(name: str) -> None:
    scenario = surroundings(name)
    switched = scenario.having(**{name: {}}).having(**{name: None})

    assert switched.digest == scenario.digest
    assert not differ(lived(switched, days=8), lived(scenario, days=8))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_on_is_another_world(name: str) -> None:
    values = next((COMPANIONS[key] for key in COMPANIONS if key[0] == name), {})

    assert differ(usual(name, values), lived(surroundings(name)))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_every_parameter_matters(name: str, parameter: str) -> None:
    entry = next(e for e in fields(mechanisms()[name]) if e.name == parameter)
    base = COMPANIONS.get((name, parameter), {})
    now = base.get(parameter, entry.default)
    guesses = ALTERNATIVES.get((name, parameter)) or list(alternatives(entry, now))
    tried = [guess for guess in guesses if allowed(name, {**base, parameter: guess})]

    assert tried, f"no other value of {name}.{parameter} is allowed"
    for guess in tried:
        changed = surroundings(name).having(**{name: {**base, parameter: guess}})
        if differ(lived(changed), usual(name, base)):
            return
    raise AssertionError(f"{name}.{parameter}: nothing differs from {now!r} with any of {tried}")


@pytest.mark.parametrize("name", NAMES)
def test_a_world_is_the_same_alone_and_in_a_batch(name: str) -> None:
    values = next((COMPANIONS[key] for key in COMPANIONS if key[0] == name), {})
    scenario = surroundings(name).having(**{name: values})

    def run(seeds: tuple[int, ...], place: int) -> list[np.ndarray]:
        world = World(scenario, seeds)
        found = []
        for day in range(12):
            if day == 4:
                world.set_active(place, 1, active=False)
                world.set_budget(place, 0, 12_345)
            found.append(world.expected_value_minor(world.budgets_minor)[place])
            world.step()
        return [*found, *(figure[place] for figure in (world.report(12) | world.caused()).values())]

    alone, together = run((7,), 0), run((3, 7, 11), 1)
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_its_hooks_are_pure(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = mechanisms()[name]
    for hook in HOOKS:
        monkeypatch.setattr(kind, hook, twice(getattr(kind, hook)))

    lived(surroundings(name).having(**{name: {}}), days=10)


def twice(hook: Callable[..., Any]) -> Callable[..., Any]:
    """The hook, which is asked twice about values that it may not write to, and must say the same."""

    def asked(self: Mechanism, *args: Any) -> Any:
        guarded = [frozen(sealed(arg)) for arg in args]
        first, second = hook(self, *guarded), hook(self, *guarded)
        assert same(first, second), f"{hook.__qualname__} said two things of one question"
        return hook(self, *args)

    return asked


def sealed(value: Any) -> Any:
    """A copy that may be closed to writing without closing the world's own arrays."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, Morning):
        return replace(value, budgets_minor=value.budgets_minor.copy(), active=value.active.copy())
    if isinstance(value, Outcome):
        return replace(value, **{e.name: getattr(value, e.name).copy() for e in fields(value)})
    return value


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_what_its_bounds_allow_leaves_all_figures_finite(name: str, parameter: str) -> None:
    entry = next(e for e in fields(mechanisms()[name]) if e.name == parameter)
    base = COMPANIONS.get((name, parameter), {})
    value = entry.default
    if entry.metadata["options"] or not isinstance(value, int | float) or isinstance(value, bool):
        return
    above = entry.metadata["above"]
    ends = [bound for bound in (entry.metadata["low"], entry.metadata["high"]) if math.isfinite(bound)]
    ends += [] if above is None else [above + (abs(value) or 1.0) / 1000]
    for end in ends:
        values = {**base, parameter: type(value)(end)}
        if allowed(name, values):
            seen = lived(surroundings(name).having(**{name: values}), seeds=(1,), days=8)
            assert all(np.isfinite(figure).all() and (figure >= 0).all() for figure in seen.values()), values


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_what_makes_no_sense_is_refused_by_name(name: str, parameter: str) -> None:
    entry = next(e for e in fields(mechanisms()[name]) if e.name == parameter)
    meta, value = entry.metadata, entry.default
    wrong: list[Any] = [None, {"a": 1}]
    if isinstance(value, float | int) and not isinstance(value, bool):
        wrong += [math.nan, math.inf, "many", True]
        wrong += [meta["low"] - 1] if math.isfinite(meta["low"]) else []
        wrong += [meta["high"] + 1] if math.isfinite(meta["high"]) else []
        wrong += [] if meta["above"] is None else [meta["above"]]
    if meta["options"]:
        wrong += ["nonsense", 1]
    if isinstance(value, int) and not isinstance(value, bool):
        wrong.append(value + 0.5)
    for bad in wrong:
        with pytest.raises(ValueError, match=re.escape(f"{name}.{parameter}")):
            build_mechanism(name, {parameter: bad})


@pytest.mark.parametrize("name", NAMES)
def test_a_misspelt_parameter_is_refused_with_the_right_one(name: str) -> None:
    known = [entry.name for entry in fields(mechanisms()[name])]
    if not known:
        return
    with pytest.raises(ValueError, match=f"did you mean '{known[0]}'"):
        build_mechanism(name, {f"{known[0]}x": 1})


@pytest.mark.parametrize("name", NAMES)
def test_what_is_decided_today_does_not_change_what_today_is_like(name: str) -> None:
    values = next((COMPANIONS[key] for key in COMPANIONS if key[0] == name), {})
    world = World(surroundings(name).having(**{name: values}), (1, 2))
    for _ in range(4):
        world.step()
    probe = np.full((2, 5), 5_000.0)
    before = world.expected_value_minor(probe)
    world.set_budgets(3 * world.budgets_minor)

    assert np.array_equal(world.expected_value_minor(probe), before)


def test_the_table_of_companions_names_parameters_that_exist() -> None:
    assert set(COMPANIONS) | set(ALTERNATIVES) <= set(PARAMETERS)
    assert set(SURROUNDINGS) <= set(NAMES)
    assert all(inspect.isclass(kind) and issubclass(kind, Mechanism) for kind in mechanisms().values())


@pytest.mark.parametrize("name", NAMES)
def test_budgets_set_one_by_one_or_all_at_once_are_the_same_deed(name: str) -> None:
    values = {"flight_days": 7} if name == "lifetime_budget" else {}
    scenario = surroundings(name).having(**{name: values})
    worlds = World(scenario, (1, 2)), World(scenario, (1, 2))
    for times in (2.0, 0.4, 1.0, 1.5, 1.0, 1.0, 0.2, 1.0):
        wanted = worlds[0].budgets_minor
        wanted[1, 3] = int(times * wanted[1, 3]) + 100
        worlds[0].set_budgets(wanted)
        worlds[1].set_budget(1, 3, int(wanted[1, 3]))
        for world in worlds:
            world.step()

    one, other = (world.report(8) for world in worlds)
    assert not differ(one, other)


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_every_number_has_a_least_and_a_most(name: str, parameter: str) -> None:
    entry = next(e for e in fields(mechanisms()[name]) if e.name == parameter)
    if isinstance(entry.default, int | float) and not isinstance(entry.default, bool):
        assert math.isfinite(entry.metadata["high"])
        assert math.isfinite(entry.metadata["low"]) or entry.metadata["above"] is not None


@pytest.mark.parametrize(
    ("name", "parameter", "bad"),
    [
        ("tracking_outage", "fixed_days", ["tomorrow"]),
        ("tracking_outage", "fixed_days", [1.5]),
        ("tracking_outage", "fixed_days", [True]),
        ("audiences", "lookalike_shares", ["one"]),
        ("audiences", "people", [1.0, 1.0, 1.0, 1.0, "many"]),
    ],
)
def test_a_list_with_something_else_in_it_is_refused_by_place(name: str, parameter: str, bad: list[Any]) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{name}.{parameter}[{len(bad) - 1}]")):
        build_mechanism(name, {parameter: bad})
