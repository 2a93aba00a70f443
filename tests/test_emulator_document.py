"""docs/emulator.md: its program runs, its calls are answered, and it names every option, door and profile."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from experiments.commands.emulate import emulate
from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread
from simulator.graph_api.profiles import built_in
from simulator.graph_api.server import Running
from simulator.scenarios import load_scenario, scenarios

TEXT = (Path(__file__).parents[1] / "docs" / "emulator.md").read_text(encoding="utf-8")
DOOR = re.compile(r"(GET|POST) /_emulator/(\w+)")
EXAMPLES = [
    (door[2], example)
    for row in TEXT.splitlines()
    if row.startswith("| `") and (door := re.search(r"(POST) /_emulator/(\w+)", row))
    for example in re.findall(r"`(\{[^`…]*\})`", row)
    if not re.search(r": [A-Z]", example)  # stands for an id or a token
]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with run_in_thread(EmulatorConfig((AccountConfig("small", 1),))) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def web() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def test_the_first_program_runs_as_it_is_printed_and_shows_what_was_spent(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "emulator.json").write_text(json.dumps(running.facts))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    exec(compile(program, "docs/emulator.md", "exec"), {})  # noqa: S102 - the document's own program

    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert {age for age, *_ in rows} >= {"18-24", "25-34"}
    assert sum(float(spend) for *_, spend in rows) > 100


@pytest.mark.parametrize(("door", "example"), EXAMPLES)
def test_what_the_table_says_to_send_is_taken(running: Running, web: requests.Session, door: str, example: str) -> None:
    asked: dict[str, Any] = json.loads(example)
    if "to" in asked:
        asked["to"] = "2027-01-01T00:00:00Z"  # wherever the tests before have moved the clock
    answer = web.post(f"{running.facts['admin_url']}/{door}", json=asked)

    assert (answer.status_code, answer.text) == (200, answer.text)
    web.post(f"{running.facts['admin_url']}/faults", json={"clear": True})
    web.post(f"{running.facts['admin_url']}/clock", json={"speed": 0})


def test_every_admin_call_is_named_and_every_named_one_exists(running: Running, web: requests.Session) -> None:
    listed = web.get(f"{running.facts['admin_url']}/nothing").json()["error"].partition("known: ")[2]
    known = set(re.findall(r"(GET|POST) (\w+)", listed))

    assert set(DOOR.findall(TEXT)) == known


def test_every_option_of_the_command_is_named() -> None:
    given = {"as_json": "json"}
    options = {f"--{given.get(name, name).replace('_', '-')}" for name in inspect.signature(emulate).parameters}

    assert {option for option in options if option not in TEXT} == set()


def test_every_profile_is_described() -> None:
    for name, profile in built_in().items():
        assert f"| `{name}` | {profile.description[0].lower()}{profile.description[1:].rstrip('.')} |" in TEXT


def test_every_link_within_the_page_leads_somewhere() -> None:
    titles = {
        re.sub(r"[^\w\s-]", "", title).strip().lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.*)", TEXT, re.MULTILINE)
    }

    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= titles


def test_the_scenarios_that_are_said_to_have_real_ads_are_those_that_have() -> None:
    (named,) = re.findall(r"scenarios with the mechanism `creatives` \((.*?)\)", TEXT)
    having = {name for name in scenarios() if "creatives" in load_scenario(name).mechanisms}

    assert set(re.findall(r"`(\w+)`", named)) == having
