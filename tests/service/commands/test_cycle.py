"""`caudal cycle`: shadow shows and changes nothing, live acts, and both explain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from agents.vocabulary import PolicySpec
from service.commands.cycle import COMMAND
from service.errors import Conflict, NotFound
from simulator.identity import account_id

APP = typer.Typer()
APP.command()(COMMAND)
ACCOUNT = account_id(1)


class Promoted:
    """A policy store with something in it."""

    policy = "proportional_roas"

    def __init__(self, *_: str) -> None:
        pass

    def promoted(self) -> tuple[PolicySpec, str]:
        return PolicySpec(self.policy), "3"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("service.app.MlflowPolicyStore", Promoted)
    for name, value in {
        "DUMMY_MODE": "true",
        "CAUDAL_HOME": str(tmp_path),
        "CAUDAL_EMULATOR_SCENARIOS": "small",
        "CAUDAL_EMULATOR_SPEED": "0",
        "CAUDAL_MODE": "live",
    }.items():
        monkeypatch.setenv(name, value)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(APP, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.slow
def test_shadow_shows_the_same_decision_again_and_again() -> None:
    first, second = json.loads(run(ACCOUNT, "--json")), json.loads(run(ACCOUNT, "--json"))

    assert first == second
    assert first["mode"] == "shadow"
    assert first["day"] == "2026-03-02"
    assert first["changes"]
    assert first["receipts"] == []


@pytest.mark.slow
def test_live_does_what_shadow_showed_and_says_what_became_of_it() -> None:
    shown = json.loads(run(ACCOUNT, "--json"))
    done = json.loads(run(ACCOUNT, "--mode", "live", "--json"))
    again = json.loads(run(ACCOUNT, "--mode", "live", "--json"))

    assert done["lines"] == shown["lines"]
    assert {receipt["state"] for receipt in done["receipts"]} == {"applied"}
    assert again["receipts"] == done["receipts"]


def test_live_needs_an_account_that_its_owner_set_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUDAL_MODE", "shadow")
    with pytest.raises(Conflict, match="is in mode shadow"):
        run(ACCOUNT, "--mode", "live")


def test_an_account_that_is_not_configured_gets_a_suggestion() -> None:
    with pytest.raises(NotFound, match=f"did you mean '{ACCOUNT}'"):
        run(ACCOUNT[:-1] + "9")


def test_the_explanation_has_a_sentence_for_every_ad_set() -> None:
    told = " ".join(run(ACCOUNT, "--explain").split())
    decision = json.loads(run(ACCOUNT, "--json"))

    assert all(f"{line['name']}: " in told for line in decision["lines"])
    assert "proportional_roas version 3" in told


def test_a_policy_with_curves_explains_in_figures_what_would_turn_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Promoted, "policy", "curve_thompson")
    monkeypatch.setenv("COLUMNS", "200")

    told = " ".join(run(ACCOUNT, "--explain").split())
    decision = json.loads(run(ACCOUNT, "--json"))

    assert "a day more than holding every budget" in told
    assert "next order costs" in told
    assert told.count("if its next unit were believed to return") == sum(
        line["explanation"]["flip"] is not None for line in decision["lines"]
    )
    assert decision["summary"]["words"].split(".")[0] in told
