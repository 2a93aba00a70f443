from __future__ import annotations

import numpy as np
import pytest

from simulator.streams import Purpose, Streams


def test_a_draw_depends_on_seed_purpose_and_day_alone() -> None:
    together = Streams([5, 9, 1])
    together.normals(Purpose.DRIFT, 3, (50,))
    drawn = together.normals(Purpose.DAY, 7, (4, 2))

    assert np.array_equal(drawn[1], Streams([9]).normals(Purpose.DAY, 7, (4, 2))[0])
    assert np.array_equal(drawn, together.normals(Purpose.DAY, 7, (4, 2)))


def test_streams_are_apart() -> None:
    streams = Streams([5, 6])
    drawn = [streams.normals(p, d, (200,)) for p in (Purpose.DAY, Purpose.DRIFT) for d in (1, 2)]
    rows = np.concatenate(drawn)

    assert np.abs(np.corrcoef(rows) - np.eye(len(rows))).max() < 0.3
    assert len({row.tobytes() for row in rows}) == len(rows)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_named(seed: int) -> None:
    with pytest.raises(ValueError, match=str(seed)):
        Streams([seed])
