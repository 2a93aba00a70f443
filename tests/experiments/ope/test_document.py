"""The document's example runs, and its table of estimators is complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from experiments.ope.estimator import estimators

DOCUMENT = (Path(__file__).parents[3] / "docs" / "off_policy_evaluation.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_example_runs_and_answers(capsys: pytest.CaptureFixture[str]) -> None:
    example = re.search(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert example

    exec(compile(example[1], "off_policy_evaluation.md", "exec"), {})  # noqa: S102 - our own document

    said = capsys.readouterr().out
    assert said.startswith(("adequate", "weak"))
    assert "adaptive_two_point 0." in said


@pytest.mark.parametrize("name", estimators())
def test_every_estimator_is_in_the_table(name: str) -> None:
    assert f"| `{name}` |" in DOCUMENT
