"""Profiles: files that say how often what goes wrong, the same way every time."""

from __future__ import annotations

import json

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.graph_api import EmulatorConfig, EmulatorError, accounts_of
from simulator.graph_api.fault_kinds import KINDS
from simulator.graph_api.profiles import built_in, load_profile, read_profile
from simulator.graph_api.profiles.profile import Window

AD_SET = "1202000000000120000"
ACCOUNT = "act_1000000000000001"
NAMES = ("calm", "realistic", "worst", "throttling_storm", "flaky_network", "insights_trouble", "maintenance")
EVERYTHING = frozenset({"any", "write", "list", "insights", "report", "batch"})


def struck(profile, count: int = 1000, line: str = "POST GET insights report /v26.0/x after"):
    """What strikes each of the first requests, with its drawn options."""
    found = (profile.strike(number, 0.0, line, EVERYTHING) for number in range(1, count + 1))
    return [(fault.kind, tuple(fault.options.items())) if fault else None for fault in found]


def test_the_built_in_profiles_are_there_and_say_what_they_are_for() -> None:
    assert set(built_in()) == set(NAMES)
    assert all(profile.description.endswith(".") for profile in built_in().values())


def test_the_worst_profile_has_every_sort_of_trouble_but_a_token_that_is_gone() -> None:
    assert {rule.wish.kind for rule in built_in()["worst"].rules} == set(KINDS) - {"token_expiry"}


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_strikes_the_same_requests_and_another_seed_others(name: str) -> None:
    profile = built_in()[name]

    assert struck(profile) == struck(load_profile(name))
    if name != "maintenance":  # which goes by the clock
        assert struck(profile) != struck(profile.with_seed(profile.seed + 1))


def test_a_rate_is_the_share_of_requests_that_are_struck() -> None:
    profile = read_profile({"faults": [{"kind": "drop", "rate": 0.1}]})

    assert struck(profile, 10_000).count(None) == pytest.approx(9_000, abs=120)  # four standard deviations


def test_a_burst_strikes_so_many_in_a_row() -> None:
    alone = struck(read_profile({"seed": 5, "faults": [{"kind": "drop", "rate": 0.02}]}))
    burst = struck(read_profile({"seed": 5, "faults": [{"kind": "drop", "rate": 0.02, "burst": 4}]}))
    places = {place + step for place, one in enumerate(alone) if one for step in range(4)}

    assert {place for place, one in enumerate(burst) if one} == {place for place in places if place < len(burst)}


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.integers(1, 50), st.integers(1, 50), st.integers(0, 50), st.integers(1, 300), st.floats(0, 300, allow_nan=False)
)
def test_a_window_is_open_for_its_length_in_every_period(every: int, length: int, after: int, number: int, at: float):
    window = Window(every=(every, every), length=(length, length), after=(after, after))
    requests_open = number - 1 >= after and (number - 1 - after) % every < length
    seconds_open = at >= after and (at - after) % every < length

    assert window.open_at(number, at) == (requests_open and seconds_open)


def test_words_choose_the_requests() -> None:
    profile = read_profile({"faults": [{"kind": "drop", "match": "POST adset"}]})

    assert profile.strike(1, 0.0, "POST /v26.0/1 adset name", frozenset({"any"}))
    assert profile.strike(1, 0.0, "GET /v26.0/1 adset name", frozenset({"any"})) is None
    assert read_profile({"faults": [{"kind": "drop", "match": "!adset"}]}).strike(1, 0.0, "GET ads", EVERYTHING)
    assert not read_profile({"faults": [{"kind": "drop", "match": "!ads"}]}).strike(1, 0.0, "GET ads", EVERYTHING)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            {"faults": [{"kind": "drop"}, {"kind": "lost_anser"}]},
            "fault 2: there is no fault 'lost_anser'; did you mean",
        ),
        ({"faults": [{"kind": "drop", "ratio": 1}]}, "fault 1: fault drop has no 'ratio'; did you mean 'rate'?"),
        ({"faults": [{"kind": "drop", "rate": 2}]}, "rate is a chance from 0 to 1"),
        ({"faults": [{"kind": "drop", "burst": 0}]}, "burst is a number of requests"),
        ({"faults": [{"kind": "drop", "window": {"every_hours": 1}}]}, "a window has no 'every_hours'"),
        ({"faults": [{"kind": "drop", "window": {"for_seconds": -1}}]}, "for_seconds is a number of at least 0"),
        ({"faults": [{"kind": "latency", "seconds": [1, -1]}]}, "seconds of fault latency is a number from 0"),
        ({"faults": [{"kind": "error", "code": 613, "subcode": 1}]}, "no error 613 with subcode 1"),
        ({"faults": {"kind": "drop"}}, "faults is a list of rules"),
        ({"fault": []}, "a fault profile has no 'fault'; did you mean 'faults'?"),
        ({"seed": "seven"}, "seed is a whole number"),
    ],
)
def test_a_profile_that_cannot_be_says_where_and_what_was_meant(spec, said: str) -> None:
    with pytest.raises(EmulatorError) as caught:
        read_profile(spec)
    assert said in str(caught.value)


def test_a_profile_is_a_name_or_a_file_and_may_bring_a_seed(tmp_path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("faults: [{kind: drop, rate: 0.5}]\n")

    assert load_profile("worst@7").seed == 7
    assert (load_profile(str(file)).name, load_profile(f"{file}@9").seed) == ("mine", 9)
    with pytest.raises(EmulatorError, match="did you mean 'worst'"):
        load_profile("wurst")
    for text in ("[1, 2]", "{", "faults: [{kind: dorp}]"):
        file.write_text(text)
        with pytest.raises(EmulatorError, match=str(file)):
            load_profile(str(file))


def test_an_emulator_is_not_started_with_a_profile_or_tier_that_is_not_there() -> None:
    with pytest.raises(EmulatorError, match="no fault profile 'best'"):
        EmulatorConfig(accounts_of(["small"], 1), faults="best")
    with pytest.raises(EmulatorError, match="did you mean 'development'"):
        EmulatorConfig(accounts_of(["small"], 1), tier="develop")


def outcomes(client, calls: int) -> list[str]:
    """What a plain client sees of some reads and writes, one word each."""
    seen, client.patience_seconds = [], 3.0
    for number in range(calls):
        method, params = ("GET", {"fields": "name"}) if number % 2 else ("POST", {"name": f"name {number}"})
        try:
            answer = client.call(method, AD_SET, **params)
            seen.append(f"{answer.status_code} {answer.text[:24]}")
        except requests.RequestException as error:
            seen.append(type(error).__name__)
    return seen


@pytest.mark.slow
def test_the_same_requests_meet_the_same_faults_over_http(open_client) -> None:
    told = []
    for seed in (7, 7, 8):
        with open_client() as client:
            client.admin("POST", "faults", profile="worst", seed=seed)
            seen = outcomes(client, 150)
            found = client.admin("GET", "faults")
            assert found["profile"] == {"name": "worst", "seed": seed}
            told.append((seen, [(e["n"], e["fault"], e["number"], e["applied"]) for e in found["history"]]))

    assert told[0] == told[1]
    assert told[0] != told[2]
    assert len({fault for _, fault, _, _ in told[0][1]}) > 8


def test_a_profile_can_be_given_in_full_and_stopped(open_client) -> None:
    with open_client(faults="calm@3") as client:
        assert client.admin("GET", "faults")["profile"] == {"name": "calm", "seed": 3}
        client.admin("POST", "faults", profile={"name": "dark", "faults": [{"kind": "http_500_html"}]})
        assert client.call("GET", AD_SET).status_code == 500
        client.admin("POST", "faults", profile=None)
        assert client.call("GET", AD_SET).status_code == 200
        assert "goes with seed alone" in client.admin("POST", "faults", profile="calm", kind="drop")["error"]
        assert "dark" not in json.dumps(client.admin("GET", "profiles")["profiles"])


@pytest.mark.slow
def test_what_was_applied_under_the_worst_profile_is_what_a_restart_finds(open_client, tmp_path) -> None:
    file = tmp_path / "state.jsonl"
    with open_client(state_file=file, faults="worst@4") as first:
        outcomes(first, 200)
        first.fault(clear=True)
        for _ in range(5):  # stale reads are used up
            name = first.get(AD_SET, fields="name")["name"]
    with open_client(state_file=file) as second:
        assert second.get(AD_SET, fields="name")["name"] == name


def test_maintenance_comes_with_simulated_time(client) -> None:
    client.admin("POST", "faults", profile="maintenance")
    assert client.call("GET", AD_SET).status_code == 200
    client.pass_seconds(3600)
    down = []
    for _ in range(5):
        try:
            down.append(client.call("GET", AD_SET).status_code >= 500)
        except requests.ConnectionError:
            down.append(True)
    assert all(down)
    client.pass_seconds(1201)
    assert client.call("GET", AD_SET).status_code == 200


def test_a_seed_that_is_no_number_is_refused_with_an_example() -> None:
    with pytest.raises(EmulatorError, match=r"a whole number.*worst@7; got 'worst@x'"):
        load_profile("worst@x")
