"""`caudal replay`, as a person or a script calls it."""

from __future__ import annotations

import json

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner

from agents.vocabulary import PolicySpec
from service.commands.replay import COMMAND
from service.decision import Mode
from service.errors import CorruptRecord, NotFound
from service.persistence import SqlLedger, migrate, open_engine
from service.persistence.engine import writing
from service.planning import plan


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setenv("CAUDAL_HOME", str(tmp_path))
    engine = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def decided(engine, observation_of, onboard, account_of, clock):
    """A recorded morning of act_1 on 2026-03-05."""
    ledger, seen = SqlLedger(engine), observation_of()
    onboard(ledger, account_of({"a": 1}))
    decision = plan(seen, PolicySpec("equal_split"), "7", {"max_daily_change": {}}, root_seed=1, mode=Mode.LIVE)
    assert ledger.record_decision(decision, seen, clock.now())
    return decision


@pytest.fixture
def call():
    app = typer.Typer()
    app.command()(COMMAND)
    return lambda *args: CliRunner().invoke(app, args)


def test_a_morning_that_comes_out_the_same_exits_with_zero(decided, call):
    done = call("act_1/2026-03-05")

    assert done.exit_code == 0
    assert done.stdout == "act_1/2026-03-05: identical (equal_split, version 7)\n"


def test_a_morning_that_comes_out_differently_says_what_and_exits_with_one(decided, engine, call):
    forged = "UPDATE decision SET body = json_set(body, '$.lines[1].asked_minor', 5)"
    with writing(engine) as connection:
        connection.execute(text(forged))

    done = call("act_1/2026-03-05", "--json")

    assert done.exit_code == 1
    assert json.loads(done.stdout)["identical"] is False
    assert "asked_minor: it was 5, now it is 24000" in json.loads(done.stdout)["differences"][0]
    assert "asked_minor: it was 5" in call("act_1/2026-03-05").stdout


def test_json_is_one_object(decided, call):
    found = json.loads(call("act_1/2026-03-05", "--json").stdout)

    assert found["identical"] is True
    assert found["observation_digest"] == decided.observation_digest


def test_a_morning_that_was_not_decided_names_those_that_were(decided, call):
    error = call("act_1/2026-03-06").exception

    assert isinstance(error, NotFound)
    assert "the newest are 2026-03-05" in str(error)


def test_an_altered_observation_is_not_replayed(decided, engine, call):
    with writing(engine) as connection:
        connection.execute(text("UPDATE observation SET body = x'00'"))

    assert isinstance(call("act_1/2026-03-05").exception, CorruptRecord)


def test_looking_for_a_ledger_does_not_create_one(call, tmp_path, monkeypatch):
    monkeypatch.setenv("CAUDAL_HOME", str(tmp_path / "home"))
    error = call("act_1/2026-03-05").exception

    assert isinstance(error, NotFound)
    assert str(error) == (
        f"there is no ledger in {tmp_path}/home: set CAUDAL_HOME to the home of the service that decided (the demo's "
        "are .caudal/demo/run-NNN)"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_was_named_and_is_not_there_is_not_created(call, tmp_path, monkeypatch):
    monkeypatch.setenv("CAUDAL_DATABASE_URL", f"sqlite:///{tmp_path}/other.db")

    assert "check CAUDAL_DATABASE_URL" in str(call("act_1/2026-03-05").exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", ["act_1", "act_1/tomorrow", ""])
def test_what_names_no_morning_is_bad_usage(words, call):
    done = call(words)

    assert done.exit_code == 2
    assert "ACCOUNT/DAY" in done.stderr
