from __future__ import annotations

import numpy as np

from simulator.mechanisms._campaigns import least, parts, sums

VALUES = np.array([[1.0, 3.0, 2.0, 4.0, 5.0], [0.0, 0.0, 1.0, 1.0, 0.0]])


def test_every_ad_set_sees_its_campaigns_sum_and_least_and_the_last_campaign_may_be_short() -> None:
    assert sums(VALUES, 2).tolist() == [[4.0, 4.0, 6.0, 6.0, 5.0], [0.0, 0.0, 2.0, 2.0, 0.0]]
    assert least(VALUES, 2).tolist() == [[1.0, 1.0, 2.0, 2.0, 5.0], [0.0, 0.0, 1.0, 1.0, 0.0]]


def test_parts_add_up_to_one_where_there_is_anything() -> None:
    assert parts(VALUES, 2).tolist() == [[0.25, 0.75, 2 / 6, 4 / 6, 1.0], [0.0, 0.0, 0.5, 0.5, 0.0]]


def test_one_campaign_of_all_and_campaigns_of_one() -> None:
    assert (sums(VALUES, 9) == VALUES.sum(axis=-1, keepdims=True)).all()
    assert (sums(VALUES, 1) == VALUES).all()
