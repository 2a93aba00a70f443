"""Only what may safely be repeated is repeated, within its budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import (
    HeldBack,
    InvalidRequest,
    OutcomeUnknown,
    PermissionDenied,
    Throttled,
    Unauthorised,
    Unavailable,
    WrongState,
)
from service.platforms.meta.errors import Malformed, NotReady, TooMuchData
from service.platforms.meta.retrying import Patience, pause_seconds

PATIENCE = Patience(attempts=5, total_seconds=60.0)
FINAL = [
    kind("no")
    for kind in (
        InvalidRequest,
        PermissionDenied,
        WrongState,
        Unauthorised,
        OutcomeUnknown,
        Malformed,
        TooMuchData,
        NotReady,
        HeldBack,
        Throttled,
    )
]


def pause(failure, *, writing=False, attempt=1, draw=0.5, left=60.0):
    return pause_seconds(PATIENCE, attempt, failure, writing=writing, draw=draw, left_seconds=left)


@pytest.mark.parametrize("failure", FINAL, ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("writing", [True, False])
def test_what_would_fail_again_or_may_be_done_is_not_repeated(failure, writing) -> None:
    assert pause(failure, writing=writing) is None


def test_a_write_is_repeated_only_after_throttling_of_a_known_length() -> None:
    assert pause(Unavailable("no"), writing=True) is None
    assert pause(OutcomeUnknown("no"), writing=True) is None
    assert pause(Throttled("no", 2.0), writing=True) >= 2.0


@given(st.integers(1, 4), st.floats(0.0, 0.999), st.floats(0.0, 100.0))
def test_a_passing_failure_waits_with_full_jitter_within_the_budget(attempt, draw, left) -> None:
    found = pause(Unavailable("no"), attempt=attempt, draw=draw, left=left)

    wanted = draw * (0.5 * 2**attempt)
    assert found == (wanted if wanted <= left else None)


@given(st.floats(0.0, 100.0), st.floats(0.0, 0.999), st.floats(0.0, 100.0))
def test_throttling_is_never_cut_short(regain, draw, left) -> None:
    found = pause(Throttled("no", regain), draw=draw, left=left)

    assert found is None or regain <= found <= left


def test_attempts_end() -> None:
    assert pause(Unavailable("no"), attempt=4) is not None
    assert pause(Unavailable("no"), attempt=5) is None


@pytest.mark.parametrize("bad", [{"attempts": 0}, {"total_seconds": -1.0}, {"first_wait_seconds": -1.0}])
def test_patience_that_is_none_is_refused(bad) -> None:
    with pytest.raises(ValueError, match="patience"):
        Patience(**{"attempts": 1, "total_seconds": 1.0, **bad})
