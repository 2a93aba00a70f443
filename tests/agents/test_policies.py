"""What every policy has to satisfy, asked of every policy there is."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from agents.allocation import bounds
from agents.errors import SpecError
from agents.observation import observe
from agents.randomness import WorldStreams, decision_rng
from agents.registry import build_policy, policies
from agents.vocabulary import NO_CEILING_MINOR, Allocation, Observation, Policy, PolicySpec

Odd = Callable[[Any], None]
EVERY = sorted(policies())


def _paused(account: Any) -> None:
    account.active[..., 0] = False


def _all_paused(account: Any) -> None:
    account.active[...] = False


def _all_protected(account: Any) -> None:
    account.protected[...] = True


def _one_protected(account: Any) -> None:
    account.protected[..., 0] = True


def _brand_new(account: Any) -> None:
    for array in account.metrics.values():
        array[..., 0, :] = 0


def _no_history(account: Any) -> None:
    for array in account.metrics.values():
        array[...] = 0


def _never_converts(account: Any) -> None:
    for name in ("conversions", "value_minor"):
        account.metrics[name][..., 0, :] = 0


def _nobody_converts(account: Any) -> None:
    for name in ("conversions", "value_minor"):
        account.metrics[name][...] = 0


def _no_clicks(account: Any) -> None:
    account.metrics["clicks"][...] = 0


def _idle_days(account: Any) -> None:
    for array in account.metrics.values():
        array[..., 5:9] = 0


def _conversions_without_spend(account: Any) -> None:
    account.metrics["spend_minor"][..., 0, :] = 0


def _all_equal(account: Any) -> None:
    account.budgets_minor[...] = 5_000
    for array in account.metrics.values():
        array[...] = array[..., :1, :1]


def _zero_budgets(account: Any) -> None:
    account.budgets_minor[..., 1:] = 0


def _nothing_to_give(account: Any) -> None:
    account.budget_minor = np.zeros(account.budgets_minor.shape[:-1], dtype=np.int64)


def _total_halved(account: Any) -> None:
    account.budget_minor = account.budgets_minor.sum(axis=-1) // 2


def _total_trebled(account: Any) -> None:
    account.budget_minor = account.budgets_minor.sum(axis=-1) * 3


def _floors_and_ceilings(account: Any) -> None:
    account.floors_minor[...] = account.budgets_minor * 9 // 10
    account.ceilings_minor[...] = account.budgets_minor * 11 // 10


def _outside_its_bounds(account: Any) -> None:
    account.floors_minor[..., 0] = account.budgets_minor[..., 0] * 3
    account.ceilings_minor[..., 1] = account.budgets_minor[..., 1] // 3


def _floor_above_ceiling(account: Any) -> None:
    account.floors_minor[..., 0] = account.budgets_minor[..., 0] + 50
    account.ceilings_minor[..., 0] = account.budgets_minor[..., 0] - 50


def _tiny(account: Any) -> None:
    account.budgets_minor[...] = 3
    account.minor_per_major, account.currency = 1, "JPY"


def _huge(account: Any) -> None:
    account.budgets_minor[...] *= 10**7
    account.metrics["spend_minor"] = account.metrics["spend_minor"] * 10**7


def _one_flood(account: Any) -> None:
    account.metrics["conversions"][..., 0, -1] = 10_000_000
    account.metrics["value_minor"][..., 0, -1] = 10**15


ODD: dict[str, Odd] = {
    function.__name__.strip("_").replace("_", " "): function
    for function in (
        _paused,
        _all_paused,
        _all_protected,
        _one_protected,
        _brand_new,
        _no_history,
        _never_converts,
        _nobody_converts,
        _no_clicks,
        _idle_days,
        _conversions_without_spend,
        _all_equal,
        _zero_budgets,
        _nothing_to_give,
        _total_halved,
        _total_trebled,
        _floors_and_ceilings,
        _outside_its_bounds,
        _floor_above_ceiling,
        _tiny,
        _huge,
        _one_flood,
    )
}


@pytest.fixture(name="policy", params=EVERY)
def _policy(request: pytest.FixtureRequest) -> Policy:
    return build_policy(PolicySpec(request.param))


def decide(policy: Policy, observation: Observation, seed: int = 1) -> Allocation:
    return policy.decide(observation, decision_rng((seed,)))


def examine(policy: Policy, observation: Observation, allocation: Allocation) -> None:
    """Money: whole, exact, never over, within bounds; beliefs and certificate: finite and of the right shape."""
    sets, budgets = observation.ad_sets, allocation.budgets_minor
    assert budgets.dtype == np.int64
    assert budgets.shape == sets.budgets_minor.shape
    assert (budgets >= 0).all()
    assert (budgets == sets.budgets_minor)[~sets.adjustable].all()
    spent = np.where(sets.active, budgets, 0).sum(axis=-1)
    kept = np.where(sets.active & sets.protected, budgets, 0).sum(axis=-1)
    assert (spent <= np.maximum(observation.budget_minor, kept)).all()
    low, high = bounds(observation, getattr(policy, "max_change", None))
    assert (budgets <= high)[sets.active].all()
    room_above = np.where(sets.active, np.minimum(high, NO_CEILING_MINOR // 64), 0).sum(axis=-1)
    must = np.where(sets.active, low, 0).sum(axis=-1)
    fits = (must <= observation.budget_minor) & (observation.budget_minor <= room_above)
    assert (spent == observation.budget_minor)[fits].all()
    assert (spent == room_above)[(observation.budget_minor > room_above)].all()
    assert (budgets >= low)[(sets.active & (must <= observation.budget_minor)[..., None])].all()
    if allocation.certificate is not None:
        assert (allocation.certificate.gap_minor == observation.budget_minor - spent).all()
        assert not np.isinf(allocation.certificate.dual_value).any()
        assert set(np.unique(allocation.certificate.binding)) <= {-1, 0, 1}
    if allocation.beliefs is not None:
        b = allocation.beliefs
        for array in (b.marginal_roas, b.low, b.high, b.p_best):
            assert array.shape == budgets.shape
            assert np.isfinite(array).all()
        assert (b.low <= b.marginal_roas).all()
        assert (b.marginal_roas <= b.high).all()
        assert np.allclose(b.p_best.sum(axis=-1), sets.active.any(axis=-1))
        assert (b.p_best[~sets.active] == 0).all()


@pytest.mark.parametrize("ad_sets", [0, 1, 2, 5, 40])
@pytest.mark.parametrize("seed", range(3))
def test_the_sum_is_exact_and_every_budget_within_bounds(
    policy: Policy, make_account: Any, ad_sets: int, seed: int
) -> None:
    observation = make_account(ad_sets, seed=seed).observed()

    allocation = decide(policy, observation)

    examine(policy, observation, allocation)
    assert int(allocation.budgets_minor.sum()) == int(observation.budget_minor)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("ad_sets", [1, 6])
def test_an_odd_account_is_no_trouble(policy: Policy, make_account: Any, odd: str, ad_sets: int) -> None:
    account = make_account(ad_sets)
    if ad_sets == 1 and odd == "outside its bounds":
        account.floors_minor[...] = account.budgets_minor * 3
    else:
        ODD[odd](account)
    observation = account.observed()

    allocation = decide(policy, observation)

    examine(policy, observation, allocation)
    words = policy.explain(observation, allocation)
    assert len(words) == ad_sets
    assert not any("nan" in sentence or "inf" in sentence for sentence in words)


@pytest.mark.parametrize("days", [1, 3, 90])
def test_a_history_of_any_length_will_do(policy: Policy, make_account: Any, days: int) -> None:
    observation = make_account(days=days).observed()

    examine(policy, observation, decide(policy, observation))


def test_the_same_seed_gives_the_same_decision(policy: Policy, make_account: Any) -> None:
    observation = make_account().observed()

    assert _bits(decide(policy, observation)) == _bits(decide(policy, observation))


def test_a_decision_leaves_the_observation_as_it_was(policy: Policy, make_account: Any) -> None:
    account = make_account()
    observation = account.observed()

    decide(policy, observation)

    sets, history = observation.ad_sets, observation.history
    again = observe(
        account_id=observation.account_id,
        day=observation.day,
        currency=observation.currency,
        minor_per_major=observation.minor_per_major,
        budget_minor=observation.budget_minor,
        ad_sets=sets,
        metrics={name: getattr(history, name) for name in account.metrics},
        days=history.days,
        collected_through=observation.collected_through,
    )
    assert again.digest == observation.digest


def test_a_policy_survives_pickling(policy: Policy, make_account: Any) -> None:
    observation = make_account().observed()

    copy = pickle.loads(pickle.dumps(policy))  # noqa: S301 - our own bytes, as worker processes exchange them

    assert _bits(decide(copy, observation)) == _bits(decide(policy, observation))


@pytest.mark.parametrize("name", EVERY)
def test_a_spec_written_as_json_builds_the_same_policy(name: str) -> None:
    policy: Any = build_policy(PolicySpec(name))
    spec = PolicySpec(name, asdict(policy))

    back = json.loads(spec.to_json())

    assert build_policy(PolicySpec(**back)) == policy


@pytest.mark.parametrize("name", EVERY)
def test_every_parameter_refuses_nonsense_by_name(name: str) -> None:
    policy: Any = build_policy(PolicySpec(name))
    for parameter in asdict(policy):
        for nonsense in (
            -1,
            float("nan"),
            "much",
            1e9,
            *(() if isinstance(getattr(policy, parameter), bool) else (True,)),
        ):
            with pytest.raises(SpecError, match=parameter):
                build_policy(PolicySpec(name, {parameter: nonsense}))


def test_every_ad_set_gets_a_sentence_with_its_budget_and_currency(policy: Policy, make_account: Any) -> None:
    account = make_account(6)
    account.active[1], account.protected[2] = False, True
    observation = account.observed()

    allocation = decide(policy, observation)
    words = policy.explain(observation, allocation)

    assert len(words) == 6
    for i, sentence in enumerate(words):
        assert f"{int(allocation.budgets_minor[i]) / 100:.2f} USD" in sentence
    assert words[1].endswith("paused")
    assert words[2].endswith("protected")
    moved = [i for i in range(6) if allocation.budgets_minor[i] > observation.ad_sets.budgets_minor[i]]
    assert all(words[i].startswith("raise ") for i in moved)


def test_a_batch_is_not_explained(policy: Policy, make_account: Any) -> None:
    observation = make_account(worlds=2).observed()
    allocation = policy.decide(observation, WorldStreams([decision_rng((w,)) for w in range(2)]))

    with pytest.raises(ValueError, match="single account"):
        policy.explain(observation, allocation)


@pytest.mark.slow
@pytest.mark.parametrize("odd", [None, *ODD])
@pytest.mark.parametrize("ad_sets", [1, 17])
def test_a_batch_decides_what_each_of_its_worlds_decides_alone(
    policy: Policy, make_account: Any, ad_sets: int, odd: str | None
) -> None:
    worlds = 5
    batch = make_account(ad_sets, worlds=worlds)
    if odd and not (ad_sets == 1 and odd == "outside its bounds"):
        ODD[odd](batch)
    together = policy.decide(batch.observed(), WorldStreams([decision_rng((9, w)) for w in range(worlds)]))

    for w in range(worlds):
        alone = policy.decide(batch.row(w).observed(), decision_rng((9, w)))
        assert _bits(alone) == _bits(together, w)


def test_the_order_in_which_ad_sets_are_told_does_not_matter(policy: Policy, make_account: Any) -> None:
    account = make_account(7)

    one, other = account.observed(), account.reordered([3, 0, 6, 2, 5, 1, 4]).observed()

    assert one.ad_sets.ids == other.ad_sets.ids
    assert _bits(decide(policy, one)) == _bits(decide(policy, other))


def test_what_clearly_returns_more_gets_no_less_on_average(policy: Policy, make_account: Any) -> None:
    account = make_account(2)
    account.budgets_minor[...] = 10_000
    for name, figure in (("spend_minor", 10_000), ("impressions", 6000), ("reach", 4000), ("clicks", 100)):
        account.metrics[name][...] = figure
    account.metrics["conversions"][...] = np.array([[2], [8]])
    account.metrics["value_minor"][...] = account.metrics["conversions"] * 6_000
    observation = account.observed()

    budgets = np.mean([decide(policy, observation, seed).budgets_minor for seed in range(20)], axis=0)

    assert budgets[1] >= budgets[0]


LEARNERS = (
    "calm",
    "campaign_level",
    "conservative",
    "constrained",
    "curve_thompson",
    "epsilon_greedy",
    "gp_thompson",
    "greedy_elasticity",
    "linear_thompson",
    "linear_ucb",
    "proportional_roas",
    "risk_averse",
    "rules",
    "static_roas",
)


@pytest.mark.parametrize("name", LEARNERS)
def test_a_policy_that_learns_moves_money_to_what_returns_more(name: str, make_account: Any) -> None:
    account = make_account(3)
    account.budgets_minor[...] = 10_000
    account.metrics["spend_minor"][...] = 10_000
    account.metrics["clicks"][...] = 100
    account.metrics["conversions"][...] = np.array([[1], [4], [12]])
    account.metrics["value_minor"][...] = account.metrics["conversions"] * 6_000

    budgets = decide(build_policy(PolicySpec(name)), account.observed()).budgets_minor

    assert budgets[0] < 10_000 < budgets[2]


def _bits(allocation: Allocation, world: int | None = None) -> tuple[bytes, ...]:
    """All arrays of an allocation, or of one world of a batch, as bytes."""
    arrays: list[Any] = [allocation.budgets_minor]
    for part in (allocation.beliefs, allocation.certificate):
        if part is not None:
            arrays += [getattr(part, name) for name in part.__slots__ if getattr(part, name) is not None]
    return tuple((a if world is None else a[world]).tobytes() for a in map(np.asarray, arrays))
