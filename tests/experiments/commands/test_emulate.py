"""`caudal emulate` as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


def test_without_json_it_prints_lines_to_paste() -> None:
    with emulating() as process:
        assert process.stdout is not None
        text = "".join(process.stdout.readline() for _ in range(18))

    assert "session.GRAPH =" in text
    assert "/adsets?fields=name,daily_budget" in text
    assert '{"advance_days": 1}' in text


def test_an_unknown_scenario_is_bad_usage_with_a_hint() -> None:
    assert refused("--scenario", "smalls") == (
        2,
        "caudal emulate: there is no scenario 'smalls': did you mean 'small'?\n",
    )


def test_a_scenario_file_that_is_wrong_is_bad_usage_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: small\n\nad_set: 3\n")

    code, said = refused("--scenario", str(tmp_path / "mine.yaml"))
    assert code == 2
    assert "mine.yaml, line 3: a scenario has no 'ad_set': did you mean 'ad_sets'?" in said


def test_a_fleet_is_served_whole() -> None:
    with emulating("--scenario", "fleet", "--json") as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())

    assert len(facts["ad_account_ids"]) == len(load_fleet("fleet").members)
