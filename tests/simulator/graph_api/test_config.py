"""What an emulator cannot be started with."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from simulator.graph_api import AccountConfig, EmulatorConfig, EmulatorError, accounts_of
from simulator.graph_api.emulator import Emulator
from simulator.graph_api.journal import header_of
from simulator.graph_api.tokens import Credentials
from simulator.scenarios import load_fleet, load_scenario

ONE = (AccountConfig("small", 1),)
LATER = load_scenario("small").having(name="later", start_day=date(2026, 11, 2))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"accounts": ()}, "at least one account"),
        ({"accounts": (*ONE, AccountConfig("medium", 1))}, "same seed"),
        ({"accounts": (AccountConfig("small", -1),)}, "seed must be in"),
        (
            {"accounts": (*ONE, AccountConfig(LATER, 2))},
            "small on 2026-03-02, later on 2026-11-02: give them one start_",
        ),
        ({"accounts": ONE, "speed": -1.0}, "speed"),
        ({"accounts": ONE, "speed": float("inf")}, "speed"),
        ({"accounts": ONE, "port": 70000}, "port"),
        ({"accounts": ONE, "host": "0.0.0.0"}, "this machine only"),  # noqa: S104 - refused is what it must be
    ],
)
def test_a_configuration_that_cannot_be_is_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(EmulatorError, match=sentence):
        EmulatorConfig(**values)


def test_an_unknown_scenario_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(EmulatorError, match="did you mean 'small'"):
        Emulator(EmulatorConfig((AccountConfig("smalls", 1),)), lambda: 0.0)


def test_credentials_are_the_same_at_every_start_and_differ_between_configurations() -> None:
    first, again = Credentials.derive(EmulatorConfig(ONE)), Credentials.derive(EmulatorConfig(ONE, port=5000))
    other = Credentials.derive(EmulatorConfig((AccountConfig("small", 2),)))

    assert first == again
    assert first.access_token != other.access_token


def test_an_account_lives_in_a_scenario_of_a_file_under_the_scenarios_own_name(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: small\nad_sets: 7\n")
    config = EmulatorConfig(accounts_of([str(tmp_path / "mine.yaml")], 4))
    (account,) = Emulator(config, lambda: 0.0).state.accounts.values()

    assert (account.name, len(account.ad_sets)) == ("mine 4", 7)


def test_a_state_file_is_bound_to_what_the_file_said(tmp_path: Path) -> None:
    mine, state = tmp_path / "mine.yaml", tmp_path / "state.jsonl"
    mine.write_text("extends: small\nad_sets: 7\n")
    first = EmulatorConfig(accounts_of([str(mine)], 4), state_file=state)
    Emulator(first, lambda: 0.0).close()
    mine.write_text("extends: small\nad_sets: 8\n")
    changed = EmulatorConfig(accounts_of([str(mine)], 4), state_file=state)

    assert header_of(first)["accounts"][0]["scenario"] == "mine"
    Emulator(first, lambda: 0.0).close()
    with pytest.raises(EmulatorError, match="was made for other contents of mine seed 4"):
        Emulator(changed, lambda: 0.0)


def test_a_fleet_brings_all_its_accounts_with_seeds_of_their_own() -> None:
    members = load_fleet("fleet").members
    accounts = accounts_of(["fleet"], 10)

    assert [(a.market, a.seed) for a in accounts] == [(m.scenario, 10 + m.seed_offset) for m in members]
    assert len(EmulatorConfig(accounts).accounts) == len(members)


def test_a_scenario_that_is_not_there_is_refused_by_name_and_by_path() -> None:
    for reference, sentence in (("smalls", "did you mean 'small'"), ("nowhere.yaml", "there is no file")):
        with pytest.raises(EmulatorError, match=sentence):
            accounts_of([reference], 1)
