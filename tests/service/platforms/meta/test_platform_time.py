"""The platform's time is taken from its answers, however it runs, and a single odd answer does not move it."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.platforms.meta.platform_time import PlatformTime

START = 1_700_000_000


class Here:
    """This machine's seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 50.0
        self.time = PlatformTime(lambda: self.now)

    def hear(self, seconds: float) -> float:
        self.time.heard(formatdate(seconds, usegmt=True))
        return self.time.now()


def test_time_goes_on_between_answers() -> None:
    here = Here()
    here.hear(START)
    here.now += 30.0

    assert here.time.now() == START + 30.0


@given(st.lists(st.sampled_from([-3600, 3600, -500, 90_000]), max_size=10))
def test_single_odd_answers_are_not_believed(skews) -> None:
    here = Here()
    here.hear(START)
    for skew in skews:
        here.now += 1.0
        assert abs(here.hear(START + here.now - 50.0 + skew) - (START + here.now - 50.0)) < 2.0
        here.now += 1.0
        here.hear(START + here.now - 50.0)


@pytest.mark.parametrize("jump", [86_400, -86_400])
def test_a_jump_that_two_answers_tell_is_believed(jump) -> None:
    here = Here()
    here.hear(START)

    here.hear(START + jump)

    assert here.hear(START + jump + 1) == START + jump + 1


@pytest.mark.parametrize("speed", [1, 60, 1440, 86_400, 10_000_000])
def test_time_that_runs_fast_is_followed(speed) -> None:
    here = Here()
    for n in range(50):
        now = here.hear(START + n * 0.01 * speed)
        here.now += 0.01

    assert START + 49 * 0.01 * speed - now <= 120.0 + 0.02 * speed


@pytest.mark.parametrize("odd", [None, "", "soon", "Thu, 32 Foo 9999 99:99:99 GMT"])
def test_what_is_no_date_changes_nothing(odd) -> None:
    here = Here()
    here.hear(START)

    here.time.heard(odd)

    assert here.time.now() == START
