"""`caudal emulate` as a process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.scenarios import load_fleet

PROGRAM = "import typer; from experiments.commands.emulate import COMMAND; typer.run(COMMAND)"
COMMAND = (sys.executable, "-c", PROGRAM)


@contextmanager
def emulating(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def refused(*arguments: str) -> tuple[int, str]:
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.slow
def test_it_prints_one_line_of_facts_serves_and_stops_when_told(tmp_path: Path) -> None:
    state = str(tmp_path / "state.jsonl")
    with emulating("--scenario", "small", "--accounts", "2", "--state-file", state, "--json") as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        with httpx.Client(trust_env=False) as client:
            answer = client.get(
                f"{facts['url']}/{facts['graph_version']}/me/adaccounts",
                headers={"Authorization": f"Bearer {facts['access_token']}"},
            )
            moved = client.post(f"{facts['admin_url']}/clock", json={"advance_days": 1}).json()
            taken = refused("--port", facts["url"].rpartition(":")[2])
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stdout.read() == ""

    assert [row["id"] for row in answer.json()["data"]] == facts["ad_account_ids"]
    assert len(facts["ad_account_ids"]) == 2
    assert taken[0] == 1
    assert "choose another one with --port" in taken[1]
    with emulating("--scenario", "small", "--accounts", "2", "--state-file", state, "--json") as process:
        assert process.stdout is not None
        again = json.loads(process.stdout.readline())
        with httpx.Client(trust_env=False) as client:
            assert client.get(f"{again['admin_url']}/clock").json() == moved


@pytest.mark.slow
def test_a_killed_process_goes_on_in_all_its_worlds_where_it_was(tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    arguments = ("--world", "b=small@7", "--state-file", str(state), "--json")

    def budget_of(client: httpx.Client, facts: dict[str, Any], **change: str) -> str:
        token = {"Authorization": f"Bearer {facts['access_token']}"}
        account = f"{facts['url']}/v26.0/{facts['ad_account_ids'][0]}"
        url = f"{facts['url']}/v26.0/{client.get(f'{account}/adsets', headers=token).json()['data'][0]['id']}"
        if change:
            assert client.post(url, data=change, headers=token).json() == {"success": True}
        return str(client.get(url, params={"fields": "daily_budget"}, headers=token).json()["daily_budget"])

    with emulating(*arguments) as process, httpx.Client(trust_env=False) as client:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        client.post(f"{first['admin_url']}/worlds", json={"name": "c", "seed": 9}).raise_for_status()
        found = {world["world"]: world for world in client.get(f"{first['admin_url']}/worlds").json()["worlds"]}
        for name, budget in (("", "20001"), ("b", "20002"), ("c", "20003")):
            assert budget_of(client, found[name], daily_budget=budget) == budget
        process.kill()
        process.wait(20)
    with state.with_name("state.jsonl.b").open("ab") as torn:
        torn.write(b'{"at":"2026-03-0')
    with emulating(*arguments) as process, httpx.Client(trust_env=False) as client:
        assert process.stdout is not None
        second = json.loads(process.stdout.readline())
        known = {"": second, **second["worlds"]}
        assert {name: budget_of(client, facts) for name, facts in known.items()} == {
            "": "20001",
            "b": "20002",
            "c": "20003",
        }


@pytest.mark.slow
def test_other_machines_are_served_only_where_that_is_said() -> None:
    everyone = "0.0.0.0"  # noqa: S104 - what is tested
    code, said = refused("--host", everyone)
    assert (code, "takes --everyone-may-call" in said) == (2, True)
    with emulating("--host", everyone, "--everyone-may-call", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["url"].startswith("http://127.0.0.1:")
        assert "have no lock" in process.stderr.readline()


@pytest.mark.slow
def test_simulated_time_begins_as_real_time_where_that_is_asked() -> None:
    before = datetime.now(UTC)
    with emulating("--start", "now", "--json") as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        with httpx.Client(trust_env=False) as client:
            clock = client.get(f"{facts['admin_url']}/clock").json()

    assert timedelta() < datetime.fromisoformat(clock["now"]) - before < timedelta(minutes=2)
    assert clock["speed"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--world", "b"), "a world is NAME=SCENARIO"),
        (("--world", "b=small", "--world", "b=medium"), "two worlds are called 'b'"),
        (("--world", "b=smalls"), "did you mean 'small'"),
        (("--start", "yesterday"), "start must be 'now' or a day"),
        (("--faults", "wurst"), "did you mean 'worst'"),
        (("--tier", "standart"), "did you mean 'standard'"),
    ],
)
def test_what_makes_no_world_is_bad_usage_in_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    code, said = refused(*arguments)

    assert (code, sentence in said, said.count("\n")) == (2, True, 1)


@pytest.mark.slow
def test_faults_tier_and_proofs_are_as_told() -> None:
    with emulating("--json", "--faults", "worst@3", "--tier", "development", "--require-proof") as process:
        assert process.stdout is not None
        admin = json.loads(process.stdout.readline())["admin_url"]
        with httpx.Client(trust_env=False) as client:
            told = {name: client.get(f"{admin}/{name}").json() for name in ("faults", "limits", "tokens")}

    assert told["faults"]["profile"] == {"name": "worst", "seed": 3}
    assert told["limits"]["tier"] == "development"
    assert told["tokens"]["require_proof"] is True


@pytest.mark.slow
def test_without_json_it_prints_lines_to_paste() -> None:
    with emulating() as process:
        assert process.stdout is not None
        text = "".join(process.stdout.readline() for _ in range(19))

    assert re.search(r"page \d+, dataset \(pixel\) \d+", text)
    assert "session.GRAPH =" in text
    assert "/adsets?fields=name,daily_budget" in text
    assert '{"advance_days": 1}' in text


@pytest.mark.slow
def test_an_unknown_scenario_is_bad_usage_with_a_hint() -> None:
    assert refused("--scenario", "smalls") == (
        2,
        "caudal emulate: there is no scenario 'smalls': did you mean 'small'?\n",
    )


@pytest.mark.slow
def test_a_scenario_file_that_is_wrong_is_bad_usage_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: small\n\nad_set: 3\n")

    code, said = refused("--scenario", str(tmp_path / "mine.yaml"))
    assert code == 2
    assert "mine.yaml, line 3: a scenario has no 'ad_set': did you mean 'ad_sets'?" in said


@pytest.mark.slow
def test_a_fleet_is_served_whole() -> None:
    with emulating("--scenario", "fleet", "--json") as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())

    assert len(facts["ad_account_ids"]) == len(load_fleet("fleet").members)
