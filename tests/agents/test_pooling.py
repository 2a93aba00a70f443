"""Partial pooling: exact for given spreads, honest about what was not seen, and learning how far ads differ."""

from __future__ import annotations

import numpy as np
import pytest

from agents.pooling import Spreads, _ad_sets, campaigns_of, pool

ONE = np.zeros(1, dtype=np.intp)


def test_messages_over_the_tree_give_the_posterior_of_the_whole_joint_normal() -> None:
    rng = np.random.default_rng(3)
    campaigns, prior, spread2 = np.array([0, 0, 1, 1, 1]), Spreads(0.3, 0.3, 0.15, 1.0), np.array(0.2**2)
    y, precision, centre = rng.normal(-4.0, 0.5, 5), np.array([3.0, 40.0, 0.0, 9.0, 200.0]), np.array(-3.5)
    same = campaigns[:, None] == campaigns[None, :]
    joint = prior.account**2 + prior.campaign**2 * same + spread2 * np.eye(5)
    seen = precision > 0
    gain = joint[:, seen] @ np.linalg.inv(joint[np.ix_(seen, seen)] + np.diag(1.0 / precision[seen]))

    mean, var = _ad_sets(y, precision, campaigns, spread2, prior, centre)

    assert mean == pytest.approx(centre + gain @ (y[seen] - centre))
    assert var == pytest.approx(np.diag(joint - gain @ joint[seen]))


def test_what_was_not_seen_is_believed_to_be_like_a_new_ad_of_its_ad_set() -> None:
    y, precision = np.array([[-4.0, -3.6, 99.0]]), np.array([[500.0, 500.0, 0.0]])

    found = pool(y, precision, ONE, Spreads(0.3), np.array(-3.0))

    assert found.mean[0, 2] == pytest.approx(found.usual[0])
    assert found.var[0, 2] == pytest.approx(found.usual_var[0])
    assert -4.0 < found.usual[0] < -3.4


@pytest.mark.parametrize("spread", [0.05, 0.25, 0.7])
def test_how_far_ads_differ_is_learnt_from_the_account(spread: float) -> None:
    rng = np.random.default_rng(8)
    truth = rng.normal(-4.0, 0.3, (40, 1)) + rng.normal(0.0, spread, (40, 6))
    precision = rng.uniform(50.0, 400.0, truth.shape)

    found = pool(
        truth + rng.standard_normal(truth.shape) / np.sqrt(precision),
        precision,
        np.zeros(40, dtype=np.intp),
        Spreads(0.3),
        np.array(-4.0),
    )

    assert found.spread == pytest.approx(spread, rel=0.25)


def test_intervals_hold_what_they_promise_when_the_best_estimate_is_picked() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(-4.0, 0.2, (300, 1)) + rng.normal(0.0, 0.3, (300, 5))
    precision = np.full(truth.shape, 12.0)
    y = truth + rng.standard_normal(truth.shape) / np.sqrt(precision)

    found = pool(y, precision, np.arange(300) // 10, Spreads(0.3), np.array(-4.0))

    top = found.mean.argmax(axis=-1)[:, None]
    picked = [np.take_along_axis(array, top, -1)[:, 0] for array in (truth, y, found.mean, found.var)]
    assert np.mean(picked[1] - picked[0]) > 0.12  # the winner's curse of raw estimates
    assert abs(np.mean(picked[2] - picked[0])) < 0.03
    inside = np.abs(picked[2] - picked[0]) < 1.2816 * np.sqrt(picked[3])
    assert np.mean(inside) == pytest.approx(0.8, abs=0.06)


def test_features_tell_what_to_expect_of_an_ad_without_figures() -> None:
    rng = np.random.default_rng(4)
    video = (np.arange(8) % 2)[None, :, None] * 2.0 - 1.0 + np.zeros((20, 1, 1))
    truth = -4.0 + 0.3 * video[..., 0] + rng.normal(0.0, 0.1, (20, 8))
    precision = np.full(truth.shape, 200.0)
    precision[:, 6:] = 0.0

    found = pool(truth, precision, np.zeros(20, dtype=np.intp), Spreads(0.3), np.array(-4.0), video)
    blind = pool(truth, precision, np.zeros(20, dtype=np.intp), Spreads(0.3), np.array(-4.0))

    assert np.mean(found.mean[:, 7] - found.mean[:, 6]) == pytest.approx(0.6, abs=0.1)
    assert np.abs(blind.mean[:, 7] - blind.mean[:, 6]).max() < 1e-9


def test_what_a_campaign_knows_helps_its_ad_sets_without_figures() -> None:
    y = np.array([[-3.5] * 3] * 4 + [[-4.5] * 3] * 4 + [[0.0] * 3] * 2)
    precision = np.where(np.arange(10)[:, None] < 8, 300.0, 0.0) + np.zeros((10, 3))
    campaigns = np.array([0] * 4 + [1] * 4 + [0, 1])

    found = pool(y, precision, campaigns, Spreads(0.3), np.array(-4.0))

    assert found.usual[8] > found.usual[9] + 0.1


def test_ad_sets_of_one_campaign_are_numbered_alike() -> None:
    assert campaigns_of(("b", "a", "b"), 3).tolist() == [1, 0, 1]
    assert campaigns_of(None, 3).tolist() == [0, 0, 0]
