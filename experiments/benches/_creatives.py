"""Figures of the policies that choose ads: regret, wrong winners, propensities. `benches/policies.py` calls them."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.creative_response import CLICKS, CONVERSIONS, PRICES
from agents.propensity import Scores, inclusion, set_probability
from agents.registry import build
from agents.vocabulary import Lever, PolicySpec
from experiments.bench import Figure
from experiments.benches._bandit_peers import ARMS, ROUNDS, installed_regrets
from experiments.creative_arms import Arms, beta_thompson, constant, live, population, regret
from experiments.creative_run import ByPolicy, RotationOracle, creative_scenario, run_creatives
from simulator.scenarios import load_scenario

if TYPE_CHECKING:
    from agents.vocabulary import Decides, FloatArray, Rotation

POLICY = "creative_thompson"
REPLICATIONS = 1_000
PLAIN = {"objective": "clicks", "min_runtime_days": 0, "min_rest_days": 0, "fatigue_prior": 0.0}
"""What is known of plain arms: clicks count, and they never tire."""
WORLDS, DAYS = 24, 40
ACTING: dict[str, tuple[str, dict[str, Any]]] = {
    "fatigue": ("strong_fatigue", {}),
    "delay": ("long_delay", {}),
    "both": ("small", {"same_day_share": 0.3}),
}
TEXTBOOKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("creative_beta", {}),
    ("creative_beta", {"running": 2}),
    ("creative_beta", {"objective": "conversions"}),
    ("creative_beta", {"objective": "conversions", "running": 2}),
)
"""The libraries' Thompson sampling in every form that a user would try; the best of them counts."""
PEEKS: dict[str, tuple[str, tuple[float, ...]]] = {
    "equal": ("conversions", (0.02, 0.02)),
    "two_best": ("conversions", (0.022, 0.022, 0.014)),
    "one_best": ("conversions", (0.04, 0.02, 0.02)),
    "equal_by_clicks": ("clicks", (0.02, 0.02)),
    "one_best_by_clicks": ("clicks", (0.026, 0.02, 0.02)),
}
"""What a test is for, and the click rates of its ads."""
PEEK_IMPRESSIONS = {"conversions": 10_000, "clicks": 100_000}
"""Of an ad set a day: so many that the luck of days weighs more than that of counts."""
PEEK_LUCK = {
    "price_luck": float(PRICES.dispersion**-0.5),
    "click_luck": float(CLICKS.dispersion**-0.5),
    "own_luck": float(CONVERSIONS.dispersion**-0.5),
    "common_luck": 0.2,
}
"""An ad's own luck of a day is as large as the policies take it to be, at every step from the money to the order."""
LATE = (0.52, 0.17, 0.10, 0.07, 0.05, 0.04, 0.03, 0.02)
PEEK_DAYS = 35
DRAWS, BATCHES, CASES = 1_000_000, 10, 5
ROWS, ADS = 1_000, 5


def figures(seed: int) -> tuple[Figure, ...]:
    """All of them."""
    return (*stationary(seed), *libraries(seed), *acting(seed), *wrong_winners(seed), *propensities(seed))


def stationary(seed: int) -> tuple[Figure, ...]:
    """Regret on arms that stay as they are, as a share of the textbook's on the same mornings, paired."""
    return tuple(
        _stationary(name, arms, days, seed)
        for name, arms, days in (
            ("account", _arms(population(REPLICATIONS, 4, 5, seed), 1_000), 28),
            ("small_account", _arms(population(REPLICATIONS, 8, 5, seed), 150), 28),
            ("three_arms", _arms(constant((0.9, 0.8, 0.7), REPLICATIONS), 25), 40),
            ("ten_arms", _arms(constant((0.5, *(0.4,) * 9), REPLICATIONS), 25), 40),
        )
    )


def _arms(click_rates: FloatArray, impressions: int) -> Arms:
    return Arms(click_rates, np.full(click_rates.shape, 0.03), impressions)


def _stationary(name: str, arms: Arms, days: int, seed: int) -> Figure:
    lost = {
        policy: regret(arms, live(_built(policy, params), arms, days, seed).shown.sum(axis=-1))
        for policy, params in ((POLICY, PLAIN), ("creative_beta", {}))
    }
    ours, peers = lost[POLICY], lost["creative_beta"]
    at_once = regret(arms, beta_thompson(arms, days, seed))
    how = (
        f"clicks lost: {ours.mean():.1f} against {peers.mean():.1f} of Beta(1,1) Thompson sampling, both deciding once "
        f"a morning; difference {_interval(ours - peers)} over {len(ours)} paired replications of {days} days; "
        f"Beta(1,1) drawing anew and learning within the day: {at_once.mean():.1f}"
    )
    return Figure(f"creative_regret_{name}", float(ours.mean() / peers.mean()), "x textbook", 1.0, "lower", how)


def libraries(seed: int) -> tuple[Figure, ...]:
    """What installed libraries' Thompson sampling loses on three arms round by round, against the numpy stand-in."""
    stand_in = _arms(constant(ARMS, REPLICATIONS), 25)
    ours = regret(stand_in, beta_thompson(stand_in, ROUNDS // 25, seed))
    found = []
    for name, lost in installed_regrets(seed).items():
        error = float(np.hypot(lost.std(ddof=1) / np.sqrt(len(lost)), ours.std(ddof=1) / np.sqrt(len(ours))))
        how = f"{lost.mean():.2f} over {len(lost)} replications, numpy {ours.mean():.2f}, in standard errors of that"
        apart = float(abs(lost.mean() - ours.mean())) / error
        found.append(Figure(f"{name}_is_the_textbook", apart, "standard errors", 3.0, "lower", how))
    return tuple(found)


def acting(seed: int) -> tuple[Figure, ...]:
    """Regret against the oracle rotation where ads tire or conversions are late, as a share of the textbook's best."""
    return tuple(_acting(name, scenario, changes, seed) for name, (scenario, changes) in ACTING.items())


def _acting(name: str, scenario: str, changes: dict[str, Any], seed: int) -> Figure:
    world = creative_scenario(load_scenario(scenario).having(**changes))
    seeds = range(300_000 + 1_000 * seed, 300_000 + 1_000 * seed + WORLDS)

    def earned(rotating: Any) -> FloatArray:
        run = run_creatives(rotating, world, seeds, DAYS, root_seed=seed, launch_days=None)
        value: FloatArray = run.expected_value_minor.sum(axis=-1)
        return value

    best = earned(RotationOracle())
    ours = 1.0 - earned(ByPolicy(_built(POLICY, {}))) / best
    others = [1.0 - earned(ByPolicy(_built(policy, params))) / best for policy, params in TEXTBOOKS]
    peers = min(others, key=lambda lost: float(lost.mean()))
    how = (
        f"value lost against the oracle rotation: {100 * ours.mean():.1f} % against {100 * peers.mean():.1f} % of the "
        f"best of {len(others)} forms of Beta(1,1) Thompson sampling; difference {_interval(100 * (ours - peers))} "
        f"points over {WORLDS} paired worlds of {scenario}, {DAYS} days"
    )
    return Figure(f"creative_regret_{name}", float(ours.mean() / peers.mean()), "x textbook", 0.8, "lower", how)


def wrong_winners(seed: int) -> tuple[Figure, ...]:
    """How often a test that is looked at every morning ever calls a wrong winner, conversions late and luck uneven."""
    found = []
    for name, (objective, rates) in PEEKS.items():
        clicks = constant(rates, REPLICATIONS)
        shown = PEEK_IMPRESSIONS[objective]
        arms = Arms(clicks, np.full(clicks.shape, 0.08), shown, LATE, favour=2.0, **PEEK_LUCK)
        test = _built("creative_test", {"objective": objective, "fatigue_prior": 0.0})
        said = np.stack(live(test, arms, PEEK_DAYS, seed).verdicts, axis=-1)
        top = clicks == clicks.max(axis=-1, keepdims=True)
        right = top & (top.sum(axis=-1, keepdims=True) == 1)
        wrong = ((said > 0) & ~right[..., None]).any(axis=(-1, -2)).mean()
        true = ((said > 0) & right[..., None]).any(axis=(-1, -2)).mean()
        lost = ((said < 0) & top[..., None]).any(axis=(-1, -2)).mean()
        how = (
            f"{REPLICATIONS} tests by {objective} of ads with click rates {', '.join(map(str, rates))}, "
            f"{PEEK_DAYS + 1} looks each; right winner {100 * true:.1f} %, a best ad called a loser {100 * lost:.1f} %"
        )
        found.append(Figure(f"wrong_winner_{name}", 100.0 * float(wrong), "%", 5.0, "lower", how))
    return tuple(found)


def propensities(seed: int) -> tuple[Figure, ...]:
    """How far integrated propensities are from counted ones, and what a thousand ad sets' cost."""
    draws = np.random.default_rng((seed, 11))
    worst = max(_disagreement(draws) for _ in range(CASES))
    mean, sd = draws.normal(0.0, 0.4, (ROWS, ADS)), draws.uniform(0.05, 0.5, (ROWS, ADS))
    scores, free, two = Scores(mean, sd), np.ones((ROWS, ADS), dtype=np.bool_), np.full(ROWS, 2)
    top = np.argsort(np.argsort(-mean, axis=-1), axis=-1) < 2  # noqa: PLR2004 - two run

    def integrate() -> None:
        inclusion(scores, free, two)
        set_probability(scores, free, top)

    def count() -> None:
        drawn = mean[:100, None] + sd[:100, None] * draws.standard_normal((100, 10_000, ADS))
        (np.argsort(-drawn, axis=-1)[..., :2]).sum()

    speed = _seconds(count) * (ROWS / 100) / _seconds(integrate)
    said = f"largest difference in {CASES} random cases to counting {DRAWS * BATCHES:,} draws, whose error is 0.00016"
    return (
        Figure("propensity_disagreement", worst, "probability", 1e-3, "lower", said),
        Figure(
            "propensity_speed",
            speed,
            "x counting",
            1.0,
            "higher",
            f"{ROWS} ad sets of {ADS} ads, two run, against sorting 10,000 draws each (two digits)",
        ),
    )


def _disagreement(draws: np.random.Generator) -> float:
    ads = int(draws.integers(2, 8))
    slots = int(draws.integers(1, ads))
    mean, sd = draws.normal(0.0, 0.4, ads), 10.0 ** draws.uniform(-2.0, 0.3, ads)
    chosen = np.isin(np.arange(ads), np.argsort(-mean)[:slots])
    counted, of_set = np.zeros(ads), 0.0
    for _ in range(BATCHES):
        drawn = mean + sd * draws.standard_normal((DRAWS, ads))
        top = np.argpartition(-drawn, slots - 1, axis=-1)[:, :slots]
        counted += np.bincount(top.reshape(-1), minlength=ads) / (DRAWS * BATCHES)
        of_set += float(chosen[top].all(axis=-1).mean()) / BATCHES
    scores, free = Scores(mean, sd), np.ones(ads, dtype=np.bool_)
    far = np.abs(inclusion(scores, free, np.array(slots)) - counted).max()
    return float(max(far, abs(set_probability(scores, free, chosen) - of_set)))


def _built(name: str, params: dict[str, Any]) -> Decides[Rotation]:
    policy: Decides[Rotation] = build(PolicySpec(name, params), Lever.CREATIVE)
    return policy


def _interval(differences: FloatArray) -> str:
    """Mean and 95 % interval in words."""
    middle, error = float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(len(differences)))
    return f"{middle:.2f} ± {1.96 * error:.2f}"


def _seconds(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(5):
        start = process_time()
        work()
        times.append(process_time() - start)
    return median(times)
