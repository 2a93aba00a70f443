"""The tour of the simulator leaves nothing out: what is new there has to be shown as well."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from simulator.environments import ENV_ID
from simulator.mechanism import mechanisms

CELLS = json.loads((Path(__file__).parents[2] / "notebooks" / "01_simulator.ipynb").read_text())["cells"]


def sections() -> dict[str, list[dict[str, Any]]]:
    """Cells by the heading that they stand under."""
    found: dict[str, list[dict[str, Any]]] = {}
    for cell in CELLS:
        first = "".join(cell["source"]).partition("\n")[0]
        if cell["cell_type"] == "markdown" and first.startswith("#"):
            found[first] = []
        found[next(reversed(found))].append(cell)
    return found


def about(name: str) -> list[dict[str, Any]]:
    """Cells of the section of a mechanism; none where it has none."""
    return next((cells for heading, cells in sections().items() if heading.startswith(f"### `{name}`")), [])


@pytest.mark.parametrize("name", mechanisms())
def test_every_mechanism_has_a_section_that_switches_it_on_and_shows_it(name: str) -> None:
    cells = about(name)
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    pictures = [one for cell in cells for one in cell.get("outputs", []) if "image/png" in one.get("data", {})]

    assert re.search(rf"\b{name}=|\b{name}\b.*import|\"{name}\"", code), f"the tour shows nothing of {name}"
    assert pictures, f"the tour has no picture of {name}"


def test_the_tour_tells_of_no_mechanism_that_there_is_not() -> None:
    told = {match[1] for heading in sections() if (match := re.match(r"### `(\w+)`", heading))}

    assert told == set(mechanisms())


def test_every_section_with_code_first_says_in_words_what_it_is() -> None:
    for heading, cells in sections().items():
        if any(cell["cell_type"] == "code" for cell in cells):
            assert len("".join(cells[0]["source"]).split()) > 30, heading


def test_the_tour_ends_in_truth_scenarios_and_environments() -> None:
    text = "\n".join("".join(cell["source"]) for cell in CELLS)

    assert all(name in text for name in ("best_within", "caused(", "load_scenario(str(path))", ENV_ID))
