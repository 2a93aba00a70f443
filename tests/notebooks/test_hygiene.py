"""Notebooks are executed by the test command itself; here, only what they are committed with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
LARGEST_BYTES = 3_000_000

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def code_cells(path: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]


def told(outputs: list[dict[str, Any]]) -> str:
    """Everything in outputs but pictures."""
    kept = [{k: v for k, v in one.get("data", one).items() if not k.startswith("image/")} for one in outputs]
    return json.dumps(kept)


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@each_notebook
def test_a_notebook_is_committed_as_it_was_run_from_top_to_bottom_or_not_run_at_all(path: Path) -> None:
    cells = code_cells(path)
    counts = [cell["execution_count"] for cell in cells]

    assert counts == list(range(1, len(cells) + 1)) or (
        counts == [None] * len(cells) and not any(cell["outputs"] for cell in cells)
    )


@each_notebook
def test_a_notebook_is_committed_without_complaints(path: Path) -> None:
    for cell in code_cells(path):
        for one in cell["outputs"]:
            assert one["output_type"] != "error"
            assert one.get("name") != "stderr", one["text"]


@each_notebook
def test_a_notebook_names_no_places_of_the_machine_it_was_run_on(path: Path) -> None:
    for cell in code_cells(path):
        words = told(cell["outputs"]) + "".join(cell["source"])
        places = str(Path.home()), str(Path(__file__).parents[2]), "/home/", "/tmp/", "0x7f"  # noqa: S108
        assert not [place for place in places if place in words]


@each_notebook
def test_a_notebook_is_light_and_for_any_kernel(path: Path) -> None:
    assert path.stat().st_size < LARGEST_BYTES
    assert json.loads(path.read_text())["metadata"]["kernelspec"]["name"] == "python3"
