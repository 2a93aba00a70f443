from __future__ import annotations

import numpy as np
import pytest

from simulator.delay import LAGS, arrival_shares


@pytest.mark.parametrize("same_day", [0.0, 0.45, 1.0])
def test_every_order_arrives_within_a_week(same_day: float) -> None:
    shares = arrival_shares(same_day)

    assert shares.shape == (LAGS,)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0] == same_day
    assert (np.diff(shares[1:]) <= 0).all()


def test_later_orders_come_in_as_they_are_said_to() -> None:
    shares = arrival_shares(0.4, (4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0))

    assert shares == pytest.approx([0.4, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2])
