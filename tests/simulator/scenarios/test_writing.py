"""Scenarios for people: files that read back as they were, and a table that is never stale."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from simulator.mechanism import mechanisms
from simulator.scenario import Scenario
from simulator.scenarios import fleets, load_scenario, scenarios
from simulator.scenarios.writing import as_markdown, as_yaml, lines

DOCUMENT = Path(__file__).parents[3] / "docs" / "scenarios.md"


@pytest.mark.parametrize("name", scenarios())
def test_a_scenario_that_is_shown_is_read_back_as_it_was(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.yaml"
    path.write_text(as_yaml(load_scenario(name)))

    assert load_scenario(str(path)) == load_scenario(name)
    assert load_scenario(str(path)).digest == load_scenario(name).digest


def test_every_parameter_of_every_mechanism_is_shown_with_its_meaning(tmp_path: Path) -> None:
    everything = load_scenario("small").having(**{name: {} for name in mechanisms()})
    shown = as_yaml(everything).splitlines()

    for name in {entry.name for entry in fields(Scenario)} - {"name", "mechanisms"}:
        place = next(i for i, line in enumerate(shown) if line.startswith(f"{name}: "))
        assert re.match(r"# \w", shown[place - 1]), name
    for name, kind in mechanisms().items():
        start = next(i for i, line in enumerate(shown) if line.startswith(f"{name}:"))
        assert re.match(r"# \w", shown[start - 1]), name
        for i, entry in enumerate(fields(kind)):
            assert shown[start + 1 + 2 * i].startswith(f"  # {entry.metadata['what']}")
            assert shown[start + 2 + 2 * i].startswith(f"  {entry.name}: ")
    path = tmp_path / "small.yaml"
    path.write_text("\n".join(shown))
    assert load_scenario(str(path)) == everything


def test_what_is_off_is_named_with_what_it_would_do() -> None:
    shown = as_yaml(load_scenario("small"))

    for name in mechanisms():
        assert re.search(rf"^# {name}: on  # \w.+", shown, re.MULTILINE)


def test_bounds_are_shown() -> None:
    shown = as_yaml(load_scenario("small").having(competition={}))

    assert "# share of ad sets whose market is entered (at least 0, at most 1)" in shown


def test_the_table_has_a_line_for_everything_there_is() -> None:
    assert [line.name for line in lines()] == [*scenarios(), *fleets()]
    assert len(as_markdown().splitlines()) == 2 + len(lines())


def test_the_document_shows_the_table_as_it_is_today() -> None:
    assert as_markdown() in DOCUMENT.read_text()
