from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from simulator.noise import counts, mean_one, occurring


@pytest.mark.parametrize("mean", [0.01, 0.3, 3.0, 19.9, 20.0, 50.0, 4000.0])
def test_counts_have_the_poisson_mean_and_variance(mean: float, many_normals: np.ndarray) -> None:
    drawn = counts(np.full(many_normals.shape, mean), many_normals)
    error = 4 * np.sqrt(mean / many_normals.size)

    assert drawn.mean() == pytest.approx(mean, abs=error)
    assert drawn.var() == pytest.approx(mean, rel=0.04 if mean < 1 else 0.015)


@pytest.mark.parametrize("mean", [0.2, 2.0, 12.0])
def test_small_counts_are_exact_quantiles(mean: float) -> None:
    normals = np.linspace(-4, 4, 999)
    exact = stats.poisson.ppf(special.ndtr(normals), mean)

    assert np.array_equal(counts(np.full(normals.shape, mean), normals), exact)


def test_large_counts_are_at_most_one_off_and_seldom() -> None:
    normals = np.linspace(-5, 5, 4001)
    off = counts(np.full(normals.shape, 20.0), normals) - stats.poisson.ppf(special.ndtr(normals), 20.0)

    assert np.abs(off).max() <= 1
    assert np.average(off != 0, weights=stats.norm.pdf(normals)) < 0.003


def test_a_count_rises_with_its_mean() -> None:
    means = np.geomspace(1e-3, 19.0, 500)
    for normal in (-2.0, 0.3, 2.5):
        assert (np.diff(counts(means, np.full(means.shape, normal))) >= 0).all()


def test_a_cell_is_counted_alone_as_in_company(many_normals: np.ndarray) -> None:
    normals = many_normals[:600]
    means = np.geomspace(0.01, 1e4, normals.size)
    together = counts(means, normals)
    alone = [int(counts(means[i : i + 1], normals[i : i + 1])[0]) for i in range(normals.size)]

    assert together.tolist() == alone


def test_no_mean_no_count_even_on_the_luckiest_day() -> None:
    assert counts(np.zeros(2), np.array([9.0, 40.0])).tolist() == [0, 0]
    assert 19 < counts(np.array([19.0]), np.array([40.0]))[0] <= 150


def test_factors_have_mean_one(many_normals: np.ndarray) -> None:
    assert mean_one(many_normals, 0.3).mean() == pytest.approx(1.0, abs=0.003)


@pytest.mark.parametrize("mean", [0.01, 0.4, 3.0, 19.9])
def test_counts_that_occur_are_exact_quantiles_of_their_uniforms(mean: float) -> None:
    uniforms = (np.arange(4000) + 0.5) / 4000
    parts = np.array([1.0, 0.5, 0.01, 1.0])
    places, found = occurring(np.full(uniforms.shape, mean), np.tile(uniforms, (4, 1)), parts)
    dense = np.zeros((4, 4000), dtype=np.int64)
    for row, some, number in zip(
        dense, places, np.split(found, np.cumsum([some.size for some in places])), strict=False
    ):
        row[some] = number

    assert (found > 0).all()
    assert np.array_equal(dense, stats.poisson.ppf(uniforms, mean * parts[:, None]))


def test_large_counts_among_small_ones_are_found_too() -> None:
    means, uniforms = np.array([[0.1, 400.0], [30.0, 0.2]]), np.array([[[0.99, 0.5], [0.9, 0.1]]])
    places, found = occurring(means, uniforms, np.ones((1, 1, 1)))

    assert [some.tolist() for some in places] == [[0, 1, 2]]
    assert found.tolist() == stats.poisson.ppf([0.99, 0.5, 0.9], [0.1, 400.0, 30.0]).tolist()


def test_counts_that_occur_are_those_of_counts_for_the_same_probabilities() -> None:
    rng = np.random.default_rng(1)
    means, uniforms = rng.gamma(0.5, 8.0, (300, 40)), rng.random((2, 300, 40))
    parts = np.array([1.0, 0.07])[:, None, None]
    places, found = occurring(means, uniforms, parts)
    dense = np.zeros((2, means.size), dtype=np.int64)
    for row, some, number in zip(dense, places, (found[: places[0].size], found[places[0].size :]), strict=True):
        row[some] = number

    assert np.array_equal(dense.reshape(uniforms.shape), counts(means * parts, special.ndtri(uniforms)))
