from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.vocabulary import PolicySpec
from experiments.bench import Figure, benches, load_bench, machine
from experiments.benches import _draws, _peers, _policy_quality, simulator
from experiments.errors import UnknownName
from simulator.scenarios import load_scenario
from simulator.streams import Streams
from simulator.world import World


@pytest.mark.parametrize(
    ("value", "better", "met"),
    [(10.0, "higher", True), (9.9, "higher", False), (10.0, "lower", True), (10.1, "lower", False)],
)
def test_a_goal_is_met_on_its_better_side(value: float, better: str, met: bool) -> None:
    assert Figure("f", value, "s", 10.0, better, "so").met is met  # type: ignore[arg-type]  # a literal by construction


def test_a_figure_without_a_goal_is_met() -> None:
    assert Figure("f", 1.0, "s", None, "lower", "so").to_json() == {
        "name": "f",
        "value": 1.0,
        "unit": "s",
        "goal": None,
        "better": "lower",
        "met": True,
        "how": "so",
    }


def test_benches_are_found_by_their_files() -> None:
    assert {"simulator", "policies"} <= set(benches())
    with pytest.raises(UnknownName, match="did you mean 'policies'"):
        load_bench("polices")


def test_the_machine_is_described_but_not_named() -> None:
    assert set(machine()) == {"processor", "cores", "system", "python", "numpy"}


@pytest.mark.slow
def test_the_policy_bench_measures_quality_on_worlds_no_study_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_policy_quality, "tuned_rules", lambda: {"typical": PolicySpec("rules")})

    found = _policy_quality.measured(load_scenario("reference_small"), seed=1, worlds=6)

    assert found.gap_in_money("curve_thompson") > found.gap_in_money("tuned_rules")
    assert found.last_budgets["curve_thompson"] == pytest.approx(1.0, abs=0.01)


SMALL = {
    "WORLDS": 4,
    "STEPS": 1,
    "EVERYTHING_WORLDS": 2,
    "ENVIRONMENTS": 8,
    "SINGLE_STEPS": 2,
    "MEMORY_WORLDS": (1, 2),
    "MEMORY_DAYS": 2,
    "REPEATS": 2,
}


@pytest.fixture
def small_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SMALL.items():
        monkeypatch.setattr(simulator, name, value)


@pytest.mark.slow
@pytest.mark.usefixtures("small_bench")
def test_the_simulator_bench_measures_speed_gain_of_batches_and_memory() -> None:
    figures = {figure.name: figure for figure in simulator.bench(seed=1)}

    assert {
        "ad_set_days_per_cpu_second",
        "everything_hourly_ad_set_days_per_cpu_second",
        "vector_over_single",
        "vector_share_of_draws",
        "vector_share_of_draws_expected_reward",
        "numpy_draws_over_own_draws",
        "single_steps_per_cpu_second_everything",
        "bytes_per_world",
        "memory_linearity",
    } <= set(figures)
    assert all(figure.value > 0 for figure in figures.values())
    assert figures["bytes_per_world"].value > 8 * 20 * 30


@pytest.mark.usefixtures("small_bench")
def test_the_draws_of_a_day_are_made_again_as_they_were() -> None:
    world = World(load_scenario("small").having(history_days=0), [1, 2])
    with _draws.recorded() as calls:
        world.step()
    names = [function.__name__ for function, _, _ in calls]
    before = Streams.normals

    assert {"uniforms", "normals", "counts", "drawn_orders"} <= set(names)
    _draws.make_again(calls)
    assert len(calls) == len(names)
    assert Streams.normals is before
    assert not hasattr(Streams.normals, "__wrapped__")


def test_numpy_draws_as_many_variates_with_the_same_means() -> None:
    """400 worlds: the standard errors of the means are below 2 %."""
    world = World(load_scenario("small").having(history_days=0), range(400))
    with _draws.recorded() as calls:
        world.step()
    ours = {function.__name__: function(*args, **kwargs) for function, args, kwargs in calls}
    theirs = [function(*args, **kwargs) for function, args, kwargs in _draws.by_numpy(calls, np.random.default_rng(1))]
    normals, clicks, orders, worth = theirs
    ad_sets = 400 * 5

    assert normals.size == (2 + 2) * ad_sets + 2 * ad_sets + 400
    assert clicks.shape == ours["counts"].shape
    assert clicks.mean() == pytest.approx(ours["counts"].mean(), rel=0.02)
    assert orders.sum() == pytest.approx(ours["drawn_orders"][0].sum(), rel=0.1)
    assert worth.sum() == pytest.approx(ours["drawn_orders"][1].sum(), rel=0.1)


@pytest.mark.usefixtures("small_bench")
def test_a_peer_that_is_there_is_compared_and_one_that_is_not_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(seed: int) -> Callable[[], object]:
        raise ImportError(f"nothing of seed {seed}")

    monkeypatch.setattr(_peers, "PEERS", {"slow": lambda seed: lambda: sum(range(20_000 + seed)), "absent": missing})
    figures = simulator.peers(seed=1)

    assert [figure.name for figure in figures] == ["env_steps_over_slow"]
    assert figures[0].value > 0
    assert "absent is not installed" in capsys.readouterr().err
