"""The population model finds what was planted, and refuses what it cannot know."""

import numpy as np
import pytest

from agents.population import DELAY, Population
from experiments.errors import FitRefused
from experiments.response_model import Panel, delay_shares, fit

PLANTED = Population(
    elasticity=0.4,
    elasticity_sd=0.15,
    per_click=-0.1,
    per_click_sd=0.1,
    drift=0.03,
    click_level_sd=0.5,
    conversion_level_sd=0.3,
    click_dispersion=70.0,
    conversion_dispersion=12.0,
    day_sd=0.1,
)
ARRIVED = np.array([500, 250, 150, 100])


def planted_panel(population: Population, seed: int) -> Panel:
    """Counts from the filter's own world: 4 groups of 10 ad sets, 56 days, budgets swung by 50 %."""
    rng = np.random.default_rng(seed)
    shape, units = (4, 10, 56), (4, 10, 1)
    spend = (np.exp(rng.normal(0, 0.5, shape)) * rng.lognormal(9, 0.6, units)).astype(np.int64)
    usual = spend.mean(axis=-1, keepdims=True)
    x = np.log(spend / usual)
    gap = rng.normal(population.per_click, population.per_click_sd, units)
    steeper = rng.normal(population.elasticity, population.elasticity_sd, units) - gap
    clicks, conversions = (
        np.cumsum(rng.normal(0, population.drift / np.sqrt(2), shape), axis=-1) + rng.normal(0, sd, units)
        for sd in (np.hypot(population.click_level_sd, population.impression_level_sd), population.conversion_level_sd)
    )
    conversions = conversions + rng.normal(0, population.day_sd, (4, 1, 56)) - 2.5
    clicked = 0.02 * usual * np.exp(clicks + steeper * x - 0.06 * x**2)
    size = 1 / (1 / population.click_dispersion + 1 / population.impression_dispersion)
    seen = rng.poisson(clicked * rng.gamma(size, 1 / size, shape))
    ordered = (seen + 0.5) * np.exp(conversions + gap * x)
    luck = rng.gamma(population.conversion_dispersion, 1 / population.conversion_dispersion, shape)
    return Panel(spend, seen, rng.poisson(ordered * luck), arrivals=ARRIVED)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the sampler's own dependencies
@pytest.mark.timeout(900)
def test_a_planted_population_is_found_within_the_intervals() -> None:
    priors = fit(planted_panel(PLANTED, seed=3), draws=800, tune=400, seed=1)

    missed = {
        name: (getattr(PLANTED, name), interval)
        for name, interval in priors.intervals.items()
        if not interval[0] <= getattr(PLANTED, name) <= interval[1]
    }
    assert len(missed) <= 1, missed  # of ten intervals of 95 %
    low, high = priors.intervals["elasticity"]
    assert high - low < 0.3  # a quarter of the prior's: four accounts do not tell by how much accounts differ
    assert (priors.groups, priors.ad_sets, priors.days) == (4, 40, 56)
    assert priors.spec().priors_digest == priors.digest


def test_too_little_history_is_refused_with_the_number_of_days() -> None:
    empty = np.zeros((1, 2, 30), dtype=np.int64)

    with pytest.raises(FitRefused, match="only 0 days with spend"):
        fit(Panel(empty, empty, empty))


def test_a_history_without_clicks_is_refused() -> None:
    ones = np.ones((1, 4, 30), dtype=np.int64)

    with pytest.raises(FitRefused, match="0 clicks for 120 conversions"):
        fit(Panel(ones, 0 * ones, ones))


def test_delays_that_were_watched_replace_the_usual_ones() -> None:
    shares = delay_shares(1000 * ARRIVED)

    np.testing.assert_allclose(shares[:4], [0.5, 0.25, 0.15, 0.1], atol=0.001)
    assert sum(shares) == pytest.approx(1.0, abs=1e-9)


def test_delays_stay_the_usual_ones_where_nothing_was_watched() -> None:
    assert delay_shares(None) == DELAY
    np.testing.assert_allclose(delay_shares(np.zeros(8, dtype=np.int64)), DELAY, atol=1e-4)
