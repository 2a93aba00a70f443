from __future__ import annotations

import pytest

from simulator.identity import account_id, ad_id, ad_set_id, campaign_id


def test_sorted_ids_are_in_index_order() -> None:
    ids = [ad_set_id(42, i) for i in range(120)]

    assert sorted(ids) == ids
    assert len({len(i) for i in ids}) == 1
    assert all(i.isdigit() and int(i) < 2**63 for i in ids)


def test_different_things_have_different_ids() -> None:
    made = [f(seed, i) for f in (campaign_id, ad_set_id, ad_id) for seed in (1, 2, 12) for i in (0, 1, 11)]

    assert len(set(made)) == len(made)


def test_an_account_id_has_the_platforms_prefix() -> None:
    assert account_id(3).removeprefix("act_").isdigit()
    assert account_id(3) != account_id(4)


@pytest.mark.parametrize(("seed", "index"), [(-1, 0), (10**10, 0), (0, -1), (0, 10**4)])
def test_numbers_that_would_not_fit_are_refused(seed: int, index: int) -> None:
    with pytest.raises(ValueError, match=r"must be in 0\.\."):
        ad_set_id(seed, index)
