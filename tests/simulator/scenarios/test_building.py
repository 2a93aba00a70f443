"""What a file says becomes a scenario or a fleet, or one sentence with file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.fleet import Fleet, Member
from simulator.scenario import Scenario
from simulator.scenarios import lineup, load_fleet, load_scenario, scenarios_of
from simulator.scenarios.writing import as_yaml


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_is_a_scenario_called_after_the_file(folder: Path) -> None:
    values = 'description: mine\nad_sets: 3\ncurrency: EUR\nminor_per_major: 100\ntime_zone: "Europe/Paris"\n'
    (folder / "mine.yml").write_text(f"{values}start_day: 2026-05-04\nprice: 20\ncompetition: on\n")
    mine = load_scenario("mine.yml")

    assert (mine.name, mine.ad_sets, mine.start_day.isoformat(), mine.price) == ("mine", 3, "2026-05-04", 20.0)
    assert list(mine.mechanisms) == ["competition"]


def test_a_file_may_say_only_what_is_different(folder: Path) -> None:
    (folder / "dear.yaml").write_text("extends: small\nprice: 20\n")

    assert load_scenario("dear.yaml") == load_scenario("small").having(name="dear", price=20.0)


def test_whole_numbers_and_floats_have_one_digest(folder: Path) -> None:
    (folder / "dear.yaml").write_text("extends: small\nprice: 20\ncompetition: {share: 1}\n")

    dear = load_scenario("small").having(name="dear", price=20.0, competition={"share": 1.0})
    assert load_scenario("dear.yaml").digest == dear.digest


def test_a_section_changes_the_parameters_that_it_names(folder: Path) -> None:
    (folder / "base.yaml").write_text("extends: small\ncompetition: {share: 0.5, stay_days: 7}\n")
    (folder / "more.yaml").write_text("extends: base.yaml\ncompetition: {share: 1.0}\n")
    (folder / "same.yaml").write_text("extends: base.yaml\ncompetition: on\n")
    (folder / "less.yaml").write_text("extends: base.yaml\ncompetition: off\n")
    more, same = (load_scenario(name).to_mapping()["competition"] for name in ("more.yaml", "same.yaml"))

    assert (more["share"], more["stay_days"]) == (1.0, 7)
    assert (same["share"], same["stay_days"]) == (0.5, 7)
    assert load_scenario("less.yaml").mechanisms == {}


def test_paths_inside_a_file_begin_at_the_file(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "base.yaml").write_text("extends: small\nprice: 20\n")
    (folder / "deep" / "mine.yaml").write_text("extends: base.yaml\nad_sets: 7\n")
    (folder / "deep" / "ours.yaml").write_text("accounts: [{scenario: ./mine.yaml}]\n")

    assert load_scenario("deep/mine.yaml").price == 20.0
    assert load_fleet("deep/ours.yaml").members[0].scenario.ad_sets == 7
    assert load_scenario(str(folder / "deep" / "mine.yaml")) == load_scenario("deep/mine.yaml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("extends: small\nprise: 2\n", "line 2: a scenario has no 'prise': did you mean 'price'?"),
        ("extends: small\n\nprice: -1\n", "line 3: price must be positive"),
        ("extends: small\nprice: dear\n", "line 2: price must be a number, got 'dear'"),
        ("extends: small\nad_sets: 1e400\n", "line 2: ad_sets must be a whole number"),
        ("extends: small\ncurrency: 5\n", "line 2: currency must be text"),
        ("extends: small\ntime_zone: Europe/Madird\n", "line 2: time_zone"),
        ("extends: small\nstart_day: 20260302\n", "line 2: start_day must be a day such as 2026-03-02"),
        ("extends: small\nstart_day: 2026-02-30\n", "line 2: start_day must be a day such as 2026-03-02"),
        ("extends: small\nname: a/b\n", "line 2: name must be letters"),
        ("extends: small\ncompetition:\n", "line 2: competition must be on, off, or parameters"),
        (
            "extends: small\ncompetition:\n  share: 1\n  stay_day: 3\n",
            "line 4: competition has no parameter 'stay_day'",
        ),
        ("extends: small\ncompetition:\n  share: 2\n", "line 3: competition.share must be between 0 and 1"),
        ("extends: small\nclick_rate: 1.5\n", "line 2: click_rate is a share of at most 1 (1.5 % is 0.015), got 1.5"),
        ("extends: small\nconversion_rate: 3\n", "line 2: conversion_rate is a share of at most 1"),
        ("extends: small\nprice:\n", "line 2: price has no value: say one"),
        ("extends: small\nlearning:\nresults: 40\n", "below it, got nothing: indent what belongs to it"),
        ("extends: small\nlearning: 'on'\n", "line 2: learning must be on, off, or parameters of its own below it"),
        ("extends: small\nlearning: 'on'\n", "got 'on' in quotes: leave them out"),
        ("", "`extends: small`"),
        ("accounts:\n- {scenario: small, seeds: 3}\n", "line 2: an account has no 'seeds': did you mean 'seed'?"),
        (
            "extends: small\naudiences:\n  people: [1.3, 0.6, little, 1, 2]\n",
            "line 3: audiences.people[2] must be a number, got 'little'",
        ),
        ("extends: small\naudiences:\n  price: [on, on, on, on, on]\n", "line 3: audiences.price[0] must be a number"),
        ("extends: small\ntracking_outage:\n  fixed_days: [3, 4.5]\n", "fixed_days[1] must be a whole number, got 4.5"),
        ("extends: small\nlearning:\n  results: [3]\n", "learning.results must be a whole number, got [3]"),
        ("extends: small\nholidays:\n  without: [{a: 1}]\n", "line 3: holidays.without names no occasion {'a': 1}"),
        ("extends: smal\n", "line 1: there is no scenario 'smal': did you mean 'small'?"),
        ("extends: other.yaml\n", "line 1: there is no file"),
        ("extends: fleet\n", "line 1: 'fleet' is a fleet"),
        ("price: 1\nextends: 5\n", "line 2: extends must be the name or the path"),
        ("extends: mine.yaml\n", "circle: mine.yaml -> mine.yaml"),
        ("ad_sets: 3\n", "a scenario needs description, currency, minor_per_major, time_zone"),
        ("accounts: []\n", "line 1: accounts must name at least one"),
        ("accounts: small\n", "line 1: accounts must be a list"),
        ("accounts:\n- small\n", "line 2: an account needs a scenario"),
        (
            "accounts:\n- scenario: small\n- {scenario: medium, prise: 3}\n",
            "line 3: an account has no 'prise': did you mean 'price'?",
        ),
        ("accounts:\n- scenario: small\n- scenario: smal\n", "line 3: there is no scenario 'smal'"),
        ("accounts:\n- scenario: fleet\n", "line 2: 'fleet' is a fleet"),
        ("accounts:\n- {scenario: small, seed: x}\n", "line 2: seed must be a whole number"),
        ("accounts:\n- {scenario: small, seed: -1}\n", "seed must not be negative"),
        (
            "accounts:\n- {scenario: small, seed: 1}\n- scenario: medium\n",
            "seed 1; every account needs a seed of its own",
        ),
        ("accounts:\n- scenario: small\n- {scenario: small, price: 3}\n", "two different scenarios are called 'small'"),
        ("accounts: [{scenario: small}]\nprice: 3\n", "line 2: a fleet has no 'price'"),
    ],
)
def test_what_is_wrong_is_said_once_with_file_and_line(text: str, sentence: str, folder: Path) -> None:
    (folder / "mine.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"^mine\.yaml") as refused:
        load_fleet("mine.yaml")

    assert sentence in str(refused.value)
    assert str(refused.value).count("mine.yaml, line") <= 1


def test_a_fault_in_the_file_that_is_extended_is_that_files(folder: Path) -> None:
    (folder / "base.yaml").write_text("extends: small\nprice: 0\n")
    (folder / "mine.yaml").write_text("extends: base.yaml\n")

    with pytest.raises(ValueError, match=r"^base\.yaml, line 2: price must be positive"):
        load_scenario("mine.yaml")


@pytest.mark.parametrize("reference", ["nowhere.yaml", "./small", "nowhere.toml", "deep/small"])
def test_a_missing_file_is_met_with_where_it_was_looked_for_and_with_the_names(reference: str, folder: Path) -> None:
    with pytest.raises(ValueError, match="all_equal") as refused:
        load_scenario(reference)

    assert str((folder / reference).absolute()) in str(refused.value)


def test_a_folder_is_no_file(folder: Path) -> None:
    (folder / "shops").mkdir()
    with pytest.raises(ValueError, match="shops is a folder, and one file is needed"):
        load_scenario("./shops")


def test_the_name_of_a_file_that_lies_here_is_met_with_the_file(folder: Path) -> None:
    (folder / "mine.yaml").write_text("extends: small\n")
    with pytest.raises(ValueError, match=r"there is no scenario 'mine': did you mean the file \./mine\.yaml\?"):
        load_scenario("mine")


@pytest.mark.parametrize("reference", ["a" * 300 + ".yaml", "~nobody-at-all/mine.yaml"])
def test_a_path_that_cannot_be_is_one_sentence(reference: str) -> None:
    with pytest.raises(ValueError, match="cannot be looked for"):
        load_scenario(reference)


def test_a_fleet_is_no_scenario_and_a_scenario_is_a_fleet_of_one() -> None:
    with pytest.raises(ValueError, match="'fleet' is a fleet of"):
        load_scenario("fleet")

    assert load_fleet("small").members == (Member(load_scenario("small"), 0),)


def test_accounts_of_a_fleet_may_differ_from_their_scenario(folder: Path) -> None:
    (folder / "ours.yaml").write_text(
        "description: two shops\naccounts:\n- scenario: small\n- {scenario: small, seed: 5, name: dear, price: 30}\n"
    )
    small = load_scenario("small")

    members = (Member(small, 0), Member(small.having(name="dear", price=30.0), 5))
    assert load_fleet("ours.yaml") == Fleet("ours", "two shops", members)


def seeds(members: tuple[Member, ...]) -> list[tuple[str, int]]:
    return [(member.scenario.name, member.seed_offset) for member in members]


def test_seeds_count_on_from_one_scenario_and_fleet_to_the_next(folder: Path) -> None:
    (folder / "ours.yaml").write_text("accounts:\n- scenario: small\n- {scenario: sparse, seed: 3}\n")
    once = [("medium", 0), ("small", 1), ("sparse", 4), ("volatile", 5)]
    chosen = ("medium", "ours.yaml", "volatile")

    assert seeds(lineup(("medium", "small"))) == [("medium", 0), ("small", 1)]
    assert seeds(lineup(chosen)) == once
    assert seeds(lineup(chosen, 6)) == [*once, ("medium", 6), ("small", 7)]
    assert seeds(lineup(("medium", "small"), 3)) == [("medium", 0), ("small", 1), ("medium", 2)]
    assert seeds(lineup(chosen, 1)) == once[:1]


def test_a_fleet_stands_for_its_scenarios_each_once(folder: Path) -> None:
    (folder / "ours.yaml").write_text("accounts:\n- scenario: small\n- scenario: small\n- scenario: sparse\n")

    assert list(scenarios_of(["sparse", "ours.yaml", "small"])) == ["sparse", "small"]


def test_one_name_cannot_mean_two_scenarios(folder: Path) -> None:
    (folder / "small.yaml").write_text("extends: small\nprice: 20\n")

    with pytest.raises(ValueError, match="two different scenarios are called 'small'"):
        scenarios_of(["small", "small.yaml"])


def test_a_file_is_read_anew_each_time(folder: Path) -> None:
    mine = folder / "mine.yaml"
    mine.write_text("extends: small\nprice: 20\n")
    before = load_scenario("mine.yaml")
    mine.write_text("extends: small\nprice: 21\n")

    assert isinstance(before, Scenario)
    assert load_scenario("mine.yaml").price == 21.0


EVERYTHING = load_scenario("everything").to_mapping()
PLACES = [(key, None) for key in EVERYTHING] + [
    (name, parameter) for name, section in EVERYTHING.items() if isinstance(section, dict) for parameter in section
]
SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 10**20) | st.floats() | st.sampled_from(["", "x", "on", "2026-05-05"])
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(PLACES),
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.just("share"), inner)),
)
def test_whatever_stands_in_a_file_it_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[str, str | None], value: object
) -> None:
    key, parameter = place
    path = tmp_path_factory.mktemp("any") / "everything.json"
    path.write_text(json.dumps({**EVERYTHING, key: value if parameter is None else {parameter: value}}))
    try:
        found = load_scenario(str(path))
    except ValueError as error:
        assert str(error).startswith(str(path))  # noqa: PT017 - most values are refused, and some are not
    else:
        again = path.parent / f"{found.name}.yaml"
        again.write_text(as_yaml(found))
        assert load_scenario(str(again)).digest == found.digest
