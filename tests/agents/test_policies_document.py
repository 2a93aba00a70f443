"""docs/policies.md names every budget policy, and no parameter that does not exist."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from agents.registry import policies

DOCUMENT = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
ROWS = set(re.findall(r"^\| `(\w+)` \|", DOCUMENT, flags=re.MULTILINE))
BULLETS = dict(re.findall(r"^- \*\*`(\w+)`\*\*: (.+?)(?=\n- |\n\n)", DOCUMENT, flags=re.MULTILINE | re.DOTALL))
WORDS = {"roas", "budget_roas", "best_first", "p_best", "ad_set", "account"}
"""Values of parameters, which are no parameters."""


@pytest.mark.parametrize("name", sorted(policies()))
def test_every_budget_policy_has_its_row(name: str) -> None:
    assert name in ROWS


@pytest.mark.parametrize("name", sorted(BULLETS))
def test_the_parameters_that_are_said_to_matter_exist(name: str) -> None:
    said = set(re.findall(r"`(\w+)`", BULLETS[name])) - WORDS

    assert said
    assert said <= {field.name for field in fields(policies()[name])}
