"""Notebooks are executed by the test command itself; here, only what they are committed with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
MOST_BYTES = 3_000_000


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_small_and_was_run_from_top_to_bottom_or_not_at_all(path: Path) -> None:
    notebook = json.loads(path.read_text())
    counts = [cell["execution_count"] for cell in notebook["cells"] if cell["cell_type"] == "code"]

    assert counts in ([None] * len(counts), list(range(1, len(counts) + 1)))
    assert path.stat().st_size < MOST_BYTES
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_shows_no_error_and_no_place_of_the_machine_it_ran_on(path: Path) -> None:
    outputs = [
        output
        for cell in json.loads(path.read_text())["cells"]
        if cell["cell_type"] == "code"
        for output in cell["outputs"]
    ]

    assert all(output["output_type"] != "error" and output.get("name") != "stderr" for output in outputs)
    assert not re.search(r"/(?:home|root|tmp|work|Users|usr)/\w", path.read_text())
