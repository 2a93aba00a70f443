"""Which ads may be switched, read off their figures: runtime, rest, and what people put away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.rotation import best_of, certain, creatives_of, delivery_streaks, starts, turns
from agents.vocabulary import Creatives


def _account(make_whole_account: Any, delivered: list[list[int]], **changes: Any) -> Any:
    """One ad set whose ads had impressions on these days (C, D)."""
    account = make_whole_account(1, days=len(delivered[0]))
    shown = np.array([delivered]) * 100
    places = (1, len(delivered))
    ads = Creatives(
        ids=(tuple(f"ad {c}" for c in range(len(delivered))),),
        names=(tuple(f"ad {c}" for c in range(len(delivered))),),
        exists=np.ones(places, dtype=np.bool_),
        active=shown[..., -1] > 0,
        age_days=np.full(places, 50),
        spend_minor=shown,
        impressions=shown,
        reach=shown,
        clicks=shown // 50,
        conversions=shown * 0,
        value_minor=shown * 0,
    )
    account.extra = {"creatives": replace(ads, **changes)}
    return account


def test_runtime_and_rest_are_counted_on_days_when_the_ad_set_delivered(make_whole_account: Any) -> None:
    account = _account(make_whole_account, [[1, 1, 0, 1, 1], [1, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]])

    streak, rest = delivery_streaks(account.extra["creatives"])

    assert streak.tolist() == [[4, 0, 1, 0]]
    assert rest.tolist() == [[0, 1, 0, 4]]


def test_an_ad_that_has_not_run_long_enough_is_kept_on(make_whole_account: Any) -> None:
    observation = _account(make_whole_account, [[1, 1, 1, 1], [0, 0, 1, 1]]).observed()

    turn = turns(observation, creatives_of(observation), 1, min_runtime_days=3)

    assert turn.kept.tolist() == [[False, True]]
    assert turn.slots.tolist() == [0]


def test_the_start_of_an_ad_is_counted_from_its_launch(make_whole_account: Any) -> None:
    ages = np.array([[50, 3, 1, 0]])
    account = _account(make_whole_account, [[1, 1, 0, 1], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]], age_days=ages)

    there, shown = starts(account.extra["creatives"])

    assert there.tolist() == [[49, 2, 1, 0]]
    assert shown.tolist() == [[3, 1, 1, 0]]


@pytest.mark.parametrize(("age", "kept"), [(0, True), (5, True), (9, True), (13, True), (14, False), (60, False)])
def test_a_new_ad_that_did_not_deliver_stays_for_twice_the_minimum_and_no_longer(
    make_whole_account: Any, age: int, kept: bool
) -> None:
    on, ages = np.array([[True, True]]), np.array([[60, age]])
    observation = _account(make_whole_account, [[1] * 28, [0] * 28], active=on, age_days=ages).observed()

    assert turns(observation, creatives_of(observation), 1, min_runtime_days=7).kept[0, 1] == kept


@pytest.mark.parametrize(("delivered", "kept"), [(2, True), (3, False)])
def test_a_new_ad_that_delivers_on_and_off_stays_until_it_had_its_minimum(
    make_whole_account: Any, delivered: int, kept: bool
) -> None:
    on, ages = np.array([[True, True]]), np.array([[60, 5]])
    days = [0] * 5 + [int(day < delivered) for day in range(5)]
    observation = _account(make_whole_account, [[1] * 10, days], active=on, age_days=ages).observed()

    assert turns(observation, creatives_of(observation), 1, min_runtime_days=3).kept[0, 1] == kept


def test_days_on_which_the_ad_set_showed_nothing_do_not_count_against_a_new_ad(make_whole_account: Any) -> None:
    on, ages = np.array([[True, True]]), np.array([[60, 9]])
    asleep = [1] * 2 + [0] * 6 + [1] * 2
    observation = _account(make_whole_account, [asleep, [0] * 10], active=on, age_days=ages).observed()

    assert turns(observation, creatives_of(observation), 1, min_runtime_days=3).kept[0, 1]


def test_an_old_ad_that_came_back_and_was_not_shown_may_go(make_whole_account: Any) -> None:
    on = np.array([[True, True]])
    observation = _account(make_whole_account, [[1] * 6, [1, 0, 0, 0, 0, 0]], active=on).observed()

    assert not turns(observation, creatives_of(observation), 1, min_runtime_days=3).kept[0, 1]


def test_an_ad_that_was_switched_off_rests_and_then_is_free_again(make_whole_account: Any) -> None:
    observation = _account(make_whole_account, [[1, 1, 1, 1], [1, 1, 1, 0], [1, 0, 0, 0]]).observed()

    turn = turns(observation, creatives_of(observation), 2, min_rest_days=2)

    assert turn.free.tolist() == [[True, False, True]]


def test_an_ad_that_never_delivered_need_not_rest(make_whole_account: Any) -> None:
    observation = _account(make_whole_account, [[1, 1, 1, 1], [0, 0, 0, 0]]).observed()

    assert turns(observation, creatives_of(observation), 1, min_rest_days=30).free.all()


def test_rest_gives_way_where_nothing_else_is_left_to_run(make_whole_account: Any) -> None:
    away = np.array([[True, False]])
    observation = _account(make_whole_account, [[1, 1, 1, 1], [1, 1, 1, 0]], archived=away).observed()

    turn = turns(observation, creatives_of(observation), 1, min_rest_days=9)

    assert turn.free.tolist() == [[False, True]]
    assert turn.slots.tolist() == [1]


@pytest.mark.parametrize("gone", ["archived", "missing"])
def test_what_people_put_away_or_what_is_not_there_never_runs(make_whole_account: Any, gone: str) -> None:
    away = np.array([[True, False, False]])
    changes = {"archived": away} if gone == "archived" else {"exists": ~away}
    observation = _account(make_whole_account, [[1, 1], [1, 1], [0, 0]], **changes).observed()

    turn = turns(observation, creatives_of(observation), 3, min_runtime_days=30)

    assert not (turn.kept | turn.free)[0, 0]


def test_the_highest_scores_fill_the_slots_beside_the_kept_and_of_equals_the_first(make_whole_account: Any) -> None:
    observation = _account(make_whole_account, [[1, 1, 1], [0, 0, 1], [1, 1, 1], [1, 1, 1]]).observed()
    turn = turns(observation, creatives_of(observation), 3, min_runtime_days=2)

    assert best_of(np.array([[1.0, 0.0, 5.0, 5.0]]), turn).tolist() == [[False, True, True, True]]
    assert best_of(np.array([[5.0, 0.0, 5.0, 5.0]]), turn).tolist() == [[True, True, True, False]]


def test_a_certain_rotation_has_probabilities_of_one_and_zero(make_whole_account: Any) -> None:
    observation = make_whole_account(3).observed()
    ads = creatives_of(observation)

    rotation = certain(observation, ads.active)

    assert (rotation.propensities == ads.active).all()
    assert (rotation.propensity == 1).all()


def test_archived_ads_are_part_of_what_was_seen(make_whole_account: Any) -> None:
    account = make_whole_account(4)
    whole = account.observed()
    ads = account.extra["creatives"]

    account.extra["creatives"] = replace(ads, archived=np.zeros_like(ads.archived))

    assert account.observed().digest != whole.digest
