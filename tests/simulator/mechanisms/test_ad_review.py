from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from simulator.mechanism import Morning, Outcome, Setting
from simulator.mechanisms.ad_review import Reviews, status
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams

ADS = 4


def a_setting(seeds=range(50), **parameters: float) -> Setting:
    scenario = load_scenario("medium").having(creatives={"ads": ADS, "first_ads": ADS}, ad_review=parameters)
    streams = Streams(list(seeds))
    return Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day)


def morning_of(setting: Setting, day: int, generation=0) -> Morning:
    nothing = np.zeros(setting.shape, dtype=np.int64)
    return Morning(setting, setting.scenario.start_day + timedelta(days=day), nothing, nothing == 0, generation)


def outcome_of(delivers: np.ndarray) -> Outcome:
    none = np.zeros(delivers.shape, dtype=np.int64)
    return Outcome(none, 1000 * delivers, none, none, none)


def lived(setting: Setting, days: int, generation=0) -> list[Reviews]:
    """States on so many mornings in a row; every ad that may run is shown."""
    mechanism = setting.scenario.mechanisms["ad_review"]
    states = [mechanism.begin(setting)]
    for day in range(days):
        morning = morning_of(setting, day, generation)
        outcome = outcome_of(mechanism.morning(states[-1], morning).delivers)
        states.append(mechanism.evening(states[-1], morning, outcome))
    return states


def shares_of(state: Reviews) -> dict[str, float]:
    return {word: float(np.mean(status(state) == word)) for word in ("ACTIVE", "PENDING_REVIEW", "DISAPPROVED")}


def test_everything_runs_at_first() -> None:
    setting = a_setting()
    mechanism = setting.scenario.mechanisms["ad_review"]
    state = mechanism.begin(setting)

    assert mechanism.morning(state, morning_of(setting, 0)).delivers.all()
    assert (status(state) == "ACTIVE").all()


def test_a_running_ad_is_rejected_with_its_daily_chance_and_stops() -> None:
    setting = a_setting(rejected=0.1)
    after = lived(setting, 1)[-1]
    delivers = setting.scenario.mechanisms["ad_review"].morning(after, morning_of(setting, 1)).delivers

    # 4,000 ads: standard error 0.0047.
    assert shares_of(after)["DISAPPROVED"] == pytest.approx(0.1, abs=0.02)
    assert np.array_equal(delivers, status(after) == "ACTIVE")


def test_an_ad_that_is_not_shown_is_not_rejected() -> None:
    setting = a_setting(rejected=1.0)
    mechanism = setting.scenario.mechanisms["ad_review"]
    state = mechanism.begin(setting)
    shown = np.zeros(state.stage.shape, dtype=np.bool_)
    shown[..., 0] = True
    after = mechanism.evening(state, morning_of(setting, 0), outcome_of(shown))

    assert np.array_equal(status(after) == "DISAPPROVED", shown)


def test_a_rejected_ad_waits_as_long_as_reviews_take_and_is_restored_or_stays_off() -> None:
    setting = a_setting(rejected=1.0, review_days=4.0, restored=0.6)
    mechanism = setting.scenario.mechanisms["ad_review"]
    rejected = lived(setting, 1)[-1]
    nothing = outcome_of(np.zeros(rejected.stage.shape, dtype=np.bool_))
    states = [rejected]
    for day in range(1, 60):
        states.append(mechanism.evening(states[-1], morning_of(setting, day), nothing))
    waiting = np.array([np.mean(state.stage == rejected.stage) for state in states])

    # A geometric wait of mean 4 days, 4,000 ads: its mean is known to 0.06.
    assert waiting.sum() == pytest.approx(4.0, abs=0.25)
    assert shares_of(states[-1]) == pytest.approx({"ACTIVE": 0.6, "PENDING_REVIEW": 0.0, "DISAPPROVED": 0.4}, abs=0.035)


def test_an_ad_that_stays_off_never_runs_again() -> None:
    states = lived(a_setting(rejected=0.5, review_days=1.0, restored=0.0), 40)

    assert shares_of(states[-1])["DISAPPROVED"] == 1.0
    off = [status(state) == "DISAPPROVED" for state in states]
    assert all((later | ~earlier).all() for earlier, later in pairwise(off))


def test_a_new_creative_is_reviewed_before_it_runs() -> None:
    setting = a_setting(rejected=0.0, first_rejected=0.2, first_days=1.0)
    mechanism = setting.scenario.mechanisms["ad_review"]
    state = mechanism.begin(setting)
    generation = np.zeros(state.stage.shape, dtype=np.int64)
    generation[..., 1] = 1
    morning = morning_of(setting, 0, generation)
    delivers = mechanism.morning(state, morning).delivers
    after = mechanism.evening(state, morning, outcome_of(delivers))

    assert np.array_equal(delivers, generation == 0)
    assert np.mean(after.stage[..., 1] == 0) == pytest.approx(0.8, abs=0.05)  # 1,000 ads: standard error 0.013
    assert (status(after)[generation == 0] == "ACTIVE").all()
    assert np.array_equal(mechanism.morning(after, morning).delivers, status(after) == "ACTIVE")


def test_a_new_creative_waits_as_long_as_first_reviews_take() -> None:
    setting = a_setting(rejected=0.0, first_days=5.0)
    states = lived(setting, 1, generation=np.ones((50, 20, ADS), dtype=np.int64))

    # 4,000 ads: standard error 0.006.
    assert shares_of(states[-1])["PENDING_REVIEW"] == pytest.approx(0.8, abs=0.03)


def test_a_new_creative_takes_the_place_of_one_that_was_rejected_for_good() -> None:
    setting = a_setting(rejected=1.0, review_days=1.0, restored=0.0, first_rejected=0.0)
    mechanism = setting.scenario.mechanisms["ad_review"]
    off = lived(setting, 2)[-1]
    morning = morning_of(setting, 2, np.ones(off.stage.shape, dtype=np.int64))
    after = mechanism.evening(off, morning, outcome_of(mechanism.morning(off, morning).delivers))

    assert (status(off) == "DISAPPROVED").all()
    assert (status(off, morning.generation) == "PENDING_REVIEW").all()
    assert (status(after, morning.generation) == "ACTIVE").all()


def test_a_world_is_bitwise_the_same_alone_and_in_a_batch() -> None:
    together, alone = (lived(a_setting(seeds, rejected=0.2), 10) for seeds in ((3, 8, 5), (8,)))

    assert all(np.array_equal(many.stage[1:2], single.stage) for many, single in zip(together, alone, strict=True))


def test_what_is_shown_in_one_ad_set_does_not_change_reviews_in_another() -> None:
    setting = a_setting(rejected=0.3)
    mechanism = setting.scenario.mechanisms["ad_review"]
    state = mechanism.begin(setting)
    all_shown = np.ones(state.stage.shape, dtype=np.bool_)
    one_not = all_shown.copy()
    one_not[:, 0] = False
    stages = [
        mechanism.evening(state, morning_of(setting, 0), outcome_of(shown)).stage for shown in (all_shown, one_not)
    ]

    assert np.array_equal(stages[0][:, 1:], stages[1][:, 1:])
