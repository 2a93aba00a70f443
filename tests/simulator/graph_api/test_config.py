"""What an emulator cannot be started with."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.graph_api import AccountConfig, EmulatorConfig, EmulatorError
from simulator.graph_api.emulator import Emulator
from simulator.graph_api.tokens import Credentials

ONE = (AccountConfig("small", 1),)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"accounts": ()}, "at least one account"),
        ({"accounts": (*ONE, AccountConfig("medium", 1))}, "same seed"),
        ({"accounts": (AccountConfig("small", -1),)}, "seed must be in"),
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
