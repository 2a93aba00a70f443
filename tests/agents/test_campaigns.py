"""An account seen from its campaigns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.campaigns import by_campaign, campaign_keys, spread
from agents.vocabulary import NO_CEILING_MINOR, Baseline, LearningStage, Observation


@pytest.fixture(name="account")
def _account(make_account: Any) -> Any:
    account = make_account(5)
    account.budgets_minor[...] = [100, 200, 300, 400, 500]
    return account


def grouped(account: Any, campaigns: tuple[str, ...] = ("b", "a", "b", "a", ""), **changed: Any) -> Observation:
    seen: Observation = account.observed()
    return replace(seen, ad_sets=replace(seen.ad_sets, campaign_ids=campaigns, **changed))


def test_budgets_and_history_are_sums_over_the_ad_sets_of_a_campaign(account: Any) -> None:
    observation = grouped(account)
    seen = by_campaign(observation)

    assert seen.ad_sets.ids == ("ad set 238500004", "campaign a", "campaign b")
    assert seen.ad_sets.budgets_minor.tolist() == [500, 600, 400]
    assert int(seen.budget_minor) == 1_500
    spend = account.metrics["spend_minor"]
    assert np.array_equal(seen.history.spend_minor[1], spend[1] + spend[3])


def test_what_may_not_be_moved_is_no_part_of_its_campaign(account: Any) -> None:
    account.protected[1], account.active[3] = True, False

    seen = by_campaign(grouped(account))

    assert seen.ad_sets.budgets_minor.tolist() == [500, 0, 400]
    assert seen.ad_sets.active.tolist() == [True, False, True]
    assert int(seen.budget_minor) == 900
    assert (seen.history.spend_minor[1] == 0).all()


def test_a_campaign_with_one_open_ad_set_is_open_and_floors_add(account: Any) -> None:
    account.ceilings_minor[...] = [150, NO_CEILING_MINOR, 350, 450, 550]
    account.floors_minor[...] = [10, 20, 30, 40, 50]

    sets = by_campaign(grouped(account)).ad_sets

    assert sets.ceilings_minor.tolist() == [550, NO_CEILING_MINOR, 500]
    assert sets.floors_minor.tolist() == [50, 60, 40]


def test_the_strictest_wish_is_the_campaigns(account: Any) -> None:
    observation = grouped(
        account, roas_floors=np.array([1.0, 0.0, 2.5, 0.0, 0.0]), cpa_ceilings_minor=np.array([900, 0, 700, 0, 0])
    )

    sets = by_campaign(observation).ad_sets

    assert sets.roas_floors is not None
    assert sets.cpa_ceilings_minor is not None
    assert sets.roas_floors.tolist() == [0.0, 0.0, 2.5]
    assert sets.cpa_ceilings_minor.tolist() == [0, 0, 700]


def test_one_learning_ad_set_makes_a_learning_campaign(account: Any) -> None:
    stages = np.array([0, int(LearningStage.LEARNING), 0, 0, int(LearningStage.SUCCESS)])

    seen = by_campaign(grouped(account, learning_stages=stages)).ad_sets.learning_stages

    assert seen.tolist() == [LearningStage.UNKNOWN, LearningStage.LEARNING, LearningStage.UNKNOWN]


def test_what_people_had_set_is_summed_too(account: Any) -> None:
    account.extra["baseline"] = Baseline(np.array([1, 2, 3, 4, 5]), account.observed().day)

    baseline = by_campaign(grouped(account)).baseline

    assert baseline is not None
    assert baseline.budgets_minor.tolist() == [5, 6, 4]


def test_a_campaigns_budget_is_spread_in_present_proportions_and_back(account: Any) -> None:
    observation = grouped(account)

    assert spread(observation, by_campaign(observation).ad_sets.budgets_minor) == pytest.approx(
        [100, 200, 300, 400, 500]
    )
    assert spread(observation, np.array([0, 300, 800])) == pytest.approx([200, 100, 600, 200, 0])


def test_a_campaign_without_budgets_yet_is_split_evenly(account: Any) -> None:
    account.budgets_minor[[1, 3]] = 0

    assert spread(grouped(account), np.array([500, 90, 400]))[[1, 3]] == pytest.approx([45, 45])


def test_without_campaigns_every_ad_set_stands_alone(account: Any) -> None:
    observation = account.observed()
    seen = by_campaign(observation)

    assert campaign_keys(observation.ad_sets)[0] == "ad set 238500000"
    assert np.array_equal(seen.ad_sets.budgets_minor, account.budgets_minor)
    assert np.array_equal(seen.history.value_minor, observation.history.value_minor)


def test_a_batch_gives_what_each_of_its_accounts_gives(make_account: Any) -> None:
    batch = make_account(5, worlds=3)
    batch.active[1, 0] = batch.active[2, :2] = False
    together = by_campaign(grouped(batch))

    for world in range(3):
        alone = by_campaign(grouped(batch.row(world)))
        assert np.array_equal(together.ad_sets.budgets_minor[world], alone.ad_sets.budgets_minor)
        assert np.array_equal(together.history.clicks[world], alone.history.clicks)
        assert np.array_equal(together.ad_sets.active[world], alone.ad_sets.active)
