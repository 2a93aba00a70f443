"""Plain arms: what is counted, what it costs, and the textbook's known regret."""

from __future__ import annotations

import numpy as np
import pytest

from agents.registry import build
from agents.vocabulary import PolicySpec
from experiments.creative_arms import Arms, begun, beta_thompson, constant, live, population, regret


def _arms(replications: int, impressions: int = 25, **more: float) -> Arms:
    rates = constant((0.9, 0.8, 0.7), replications)
    return Arms(rates, np.full(rates.shape, 0.1), impressions, **more)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_textbook_loses_what_it_is_known_to_lose_on_three_arms() -> None:
    arms = _arms(1_000)

    lost = regret(arms, beta_thompson(arms, 40, seed=1))

    # 11.0 +- 0.2 over 2,000 replications of 1,000 single rounds (reference implementation in numpy).
    assert lost.mean() == pytest.approx(11.0, abs=1.0)


def test_every_impression_is_shown_once_whatever_runs() -> None:
    arms = _arms(4, 101, favour=2.0)

    log = live(build(PolicySpec("creative_all"), "creative"), arms, 5, seed=2)

    assert (log.shown.sum(axis=-2) == 101).all()
    assert (log.clicks <= log.shown).all()


def test_conversions_become_known_day_by_day_and_never_fewer() -> None:
    rates = constant((0.5, 0.4), 50)
    arms = Arms(rates, rates, 200, delay=(0.5, 0.3, 0.2))

    log = live(build(PolicySpec("creative_all"), "creative"), arms, 4, seed=3)

    known = log.known()
    caused = log.orders.sum(axis=0)
    assert (known <= caused).all()
    assert (known[..., :2] == caused[..., :2]).all()
    assert known[..., 3].sum() == pytest.approx(0.5 * caused[..., 3].sum(), rel=0.1)


def test_running_only_the_best_loses_nothing() -> None:
    arms = _arms(3)
    log = begun(arms, 1)

    assert (regret(arms, log.shown[..., 0] + (arms.gaps == 0) * 100) == 0).all()


def test_an_accounts_ads_differ_as_said() -> None:
    rates = np.log(population(400, 3, 6, 1, spread=0.5))

    assert rates.std(axis=-1, ddof=1).mean() == pytest.approx(0.48, abs=0.03)
    assert rates.mean() == pytest.approx(np.log(0.015), abs=0.05)
