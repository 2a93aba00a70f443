"""People of an audience, with changes that take their time."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from simulator.graph_api.audiences.members import LONGEST_HOURS, Members, lag
from simulator.graph_api.audiences.rows import country_digest, read_row

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=9)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def people(numbers):
    """People who are found, whatever the share of matches."""
    found = (read_row(("EMAIL", "EXTERN_ID"), [sha(f"{number}@example.com"), str(number)]) for number in numbers)
    return [person for person in found if person and person.matches]


@given(st.text())
def test_what_takes_time_takes_the_same_time_again(purpose: str) -> None:
    assert timedelta(hours=1) <= lag(purpose, 1, 6) == lag(purpose, 1, 6) <= timedelta(hours=6)


def test_a_change_is_seen_within_a_day_and_not_at_once() -> None:
    members = Members("7")
    members.change(NOW, "add", people(range(50)))

    assert members.pending(NOW)
    assert members.matched(NOW) == 0
    assert not members.pending(NOW + timedelta(hours=LONGEST_HOURS))
    assert members.matched(LATER) == len(people(range(50)))


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "replace"]), st.sets(st.integers(0, 9)))))
def test_changes_keep_their_order(changes) -> None:
    members, expected = Members("7"), set()
    for action, numbers in changes:
        members.change(NOW, action, people(numbers))
        expected = {"add": expected | numbers, "remove": expected - numbers, "replace": numbers}[action]

    assert members.matched(LATER) == len(people(expected))


def test_one_identifier_is_enough_to_be_the_same_person() -> None:
    both, (one,) = read_row(("EMAIL", "PHONE"), [sha("a"), sha("1")]), [read_row(("PHONE",), sha("1"))]
    members = Members("7")
    members.change(NOW, "add", [both, one])
    members.change(NOW, "remove", [one])

    assert members.matched(LATER) == 0


def test_people_of_another_country_are_left_out_of_a_countrys_count() -> None:
    found = []
    for number in range(40):
        row = read_row(("EMAIL", "COUNTRY"), [sha(str(number)), sha("de" if number % 2 else "us")])
        found.append(row)
    members = Members("7")
    members.change(NOW, "add", found)

    german = members.matched(LATER, country_digest("DE"))
    assert german + members.matched(LATER, country_digest("US")) == members.matched(LATER)
    assert 0 < german < members.matched(LATER)
