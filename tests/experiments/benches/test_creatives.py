"""The benches of the policies for ads, in small."""

from __future__ import annotations

import pytest

from experiments.benches import _bandit_peers, _creatives


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"REPLICATIONS": 30, "WORLDS": 3, "DAYS": 6, "PEEK_DAYS": 5, "DRAWS": 200_000, "BATCHES": 2, "CASES": 2}
    for name, value in {**small, "ROWS": 200}.items():
        monkeypatch.setattr(_creatives, name, value)


@pytest.mark.slow
def test_every_figure_has_a_goal_and_says_how_it_was_measured() -> None:
    figures = {figure.name: figure for part in ("acting", "wrong_winners") for figure in getattr(_creatives, part)(1)}

    assert set(figures) == {
        *(f"creative_regret_{name}" for name in _creatives.ACTING),
        *(f"wrong_winner_{name}" for name in _creatives.PEEKS),
    }
    assert all((figure.goal is not None and "±" in figure.how) or "looks" in figure.how for figure in figures.values())
    assert all(figure.met for name, figure in figures.items() if name.startswith("wrong"))


@pytest.mark.slow
def test_propensities_agree_with_counting_even_in_a_small_run() -> None:
    disagreement, speed = _creatives.propensities(2)

    assert disagreement.value < 6e-3
    assert speed.met


def test_a_library_that_is_not_there_is_left_out_and_said_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(seed: int, arms: tuple[float, ...], rounds: int) -> float:
        raise ImportError

    monkeypatch.setattr(_bandit_peers, "LIBRARIES", {"river": missing})

    assert _creatives.libraries(1) == ()
    assert "river is not installed" in capsys.readouterr().err


def test_a_library_that_does_as_the_textbook_is_found_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_bandit_peers, "LIBRARIES", {"river": lambda seed, arms, rounds: 11.0 + seed % 7 - 3.0})

    (figure,) = _creatives.libraries(1)

    assert figure.name == "river_is_the_textbook"
    assert figure.met
