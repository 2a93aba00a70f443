from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.streams import Streams, mixed

GAMMA = np.uint64(0x9E3779B97F4A7C15)


def test_words_are_those_of_the_published_generator() -> None:
    # Seed 1234567, first five words: the check values that implementations of SplitMix64 agree on.
    words = mixed(np.array([1234567], dtype=np.uint64) + GAMMA * np.arange(1, 6, dtype=np.uint64))

    assert words.tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@pytest.mark.parametrize("draw", ["uniforms", "normals"])
def test_a_draw_depends_on_its_name_alone(draw: str) -> None:
    alone, together = getattr(Streams([9]), draw), getattr(Streams([4, 9, 2**63]), draw)
    many = together("day", 7, 9, 40, 3)

    assert np.array_equal(many[:, 1:2], alone("day", 7, 9, 40, 3))
    assert np.array_equal(many[:, :, :4], together("day", 7, 9, 4, 3))
    assert np.array_equal(many[..., :2], together("day", 7, 9, 40, 2))
    assert np.array_equal(many[..., 0], together("day", 7, 9, 40))
    together("other", 3, 50, 50)
    assert np.array_equal(many, together("day", 7, 9, 40, 3))


def test_seeds_purposes_days_ad_sets_and_ads_have_numbers_of_their_own() -> None:
    streams = Streams([1, 2])
    drawn = [streams.normals(purpose, day, 8, 20, 5) for purpose in ("day", "drift") for day in (1, 2)]
    flat = np.stack([array.ravel() for array in drawn])

    assert len(np.unique(flat)) == flat.size
    assert np.abs(np.corrcoef(flat) - np.eye(4)).max() < 4 / np.sqrt(flat.shape[1])
    for axis in range(4):
        first, second = drawn[0].take(range(1), axis), drawn[0].take(range(1, 2), axis)
        assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 5 / np.sqrt(first.size)


def test_draws_have_the_distribution_they_claim() -> None:
    streams = Streams(range(200))

    assert stats.kstest(streams.uniforms("a", 1, 10, 50).ravel(), "uniform").pvalue > 1e-3
    assert stats.kstest(streams.normals("a", 1, 10, 50).ravel(), "norm").pvalue > 1e-3
    # Sums over a world's ad sets would show a dependence between them.
    sums = streams.normals("b", 1, 50, 50).sum(axis=-1).ravel() / np.sqrt(50)
    assert stats.kstest(sums, "norm").pvalue > 1e-3


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused_by_name(seed: int) -> None:
    with pytest.raises(ValueError, match=str(seed)):
        Streams([1, seed])


@pytest.mark.parametrize("draws", [3, 8])
def test_some_normals_are_those_among_all(draws: int) -> None:
    streams, rng = Streams([5, 6, 7]), np.random.default_rng(1)
    draw, world, ad_set, ad = (rng.integers(0, most, 200) for most in (draws, 3, 4, 5))
    every = np.stack([streams.normals("worth", day, draws, 4, 5) for day in range(9)])
    days = rng.integers(0, 9, 200)

    assert (
        streams.normals_at("worth", days, draws, draw, (world, ad_set, ad)) == every[days, draw, world, ad_set, ad]
    ).all()
    assert (streams.normals_at("worth", 8, draws, draw, (world, ad_set, ad)) == every[8, draw, world, ad_set, ad]).all()
    without_ads = streams.normals("worth", 2, draws, 4)
    assert (streams.normals_at("worth", 2, draws, draw, (world, ad_set, 0)) == without_ads[draw, world, ad_set]).all()
